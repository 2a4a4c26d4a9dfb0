"""/sim: everything a page or another process needs to play the people."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.simulator import Address, Phone, SimulatedTelegram, serve
from tests.simulator.conftest import TOKEN
from tests.simulator.pictures import png


class Remote:
    """A caller of /sim."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str, status: int = 200) -> Any:
        """Return what a path holds."""
        async with self.session.get(path) as reply:
            assert reply.status == status, await reply.text()
            is_json = reply.content_type == "application/json"
            return await reply.json() if is_json else await reply.read()

    async def post(self, path: str, status: int = 200, **body: Any) -> Any:
        """Post JSON and return the answer."""
        async with self.session.post(path, json=body) as reply:
            assert reply.status == status, await reply.text()
            return await reply.json()


@pytest.fixture
async def remote(address: Address) -> AsyncIterator[Remote]:
    """A session with the simulator's control API."""
    async with aiohttp.ClientSession(address.url) as session:
        yield Remote(session)


async def test_a_person_can_be_played_from_outside(
    telegram: SimulatedTelegram, remote: Remote
) -> None:
    """Made, started, spoken through, tapped with, looked at."""
    person = await remote.post("/sim/people", name="Ada", language_code="de")
    room = f"/sim/people/{person['id']}"
    await remote.post(f"{room}/open_link", link="https://t.me/attune_bot?start=abc")
    await remote.post(f"{room}/say", text="hello")
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    telegram.call("sendMessage", {"chat_id": person["id"], "text": "Q", "reply_markup": markup})

    tap = await remote.post(f"{room}/tap", label="Yes")
    assert (tap["data"], tap["answer"]) == ("y", None)
    chat = await remote.get(room)
    assert [message["text"] for message in chat["messages"]] == ["/start abc", "hello", "Q"]
    assert chat["messages"][-1]["buttons"][0][0]["label"] == "Yes"
    assert b"[Yes]" in await remote.get(f"{room}/transcript")


async def test_a_tap_can_wait_for_its_answer(
    telegram: SimulatedTelegram, remote: Remote, phone: Phone
) -> None:
    """Which is how a page shows a toast."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q"})
    tapping = asyncio.create_task(
        remote.post(f"/sim/people/{phone.id}/tap_data", data="x", wait_seconds=5)
    )
    while not telegram.state.queries:
        await telegram.state.changes.wait()
    telegram.call(
        "answerCallbackQuery",
        {"callback_query_id": next(iter(telegram.state.queries)), "text": "Saved"},
    )

    assert (await tapping)["answer"]["text"] == "Saved"


async def test_files_go_both_ways(remote: Remote, phone: Phone) -> None:
    """Up as base64, down as they are."""
    room = f"/sim/people/{phone.id}"
    content = base64.b64encode(b"a,b").decode()
    sent = await remote.post(f"{room}/send_document", name="a.csv", content_base64=content)
    assert await remote.get(sent["media"]["url"]) == b"a,b"

    picture = base64.b64encode(png()).decode()
    sent = await remote.post(f"{room}/send_photo", content_base64=picture)
    assert await remote.get(sent["media"]["url"]) == png()


async def test_changes_are_streamed(remote: Remote, phone: Phone) -> None:
    """One event for each, as it happens; and the stream does not hold up the end."""
    async with remote.session.get("/sim/changes") as stream:
        await stream.content.readuntil(b"\n\n")
        phone.say("hello")
        event = (await stream.content.readuntil(b"\n\n")).decode()

    change = json.loads(event.removeprefix("data: "))
    assert (change["kind"], change["chat_id"]) == ("message", phone.id)


async def test_failures_limits_and_spoilt_updates_are_arranged(
    telegram: SimulatedTelegram, remote: Remote, phone: Phone
) -> None:
    """And seen, and taken back."""
    await remote.post("/sim/faults", kind="flood", method="sendMessage", retry_after=9)
    assert [one["kind"] for one in await remote.get("/sim/faults")] == ["flood"]
    async with remote.session.post(f"/bot{TOKEN}/sendMessage") as reply:
        assert reply.status == 429
    await remote.post("/sim/faults", kind="delay", times=None, delay=0.1)
    async with remote.session.delete("/sim/faults"):
        assert not telegram.faults.arranged

    await remote.post("/sim/limits", level="off")
    assert telegram.floods.limits is None
    await remote.post("/sim/updates", how="poison")
    await remote.post("/sim/updates", how="repeat")
    assert telegram.pending_updates == 3


async def test_calls_and_violations_can_be_read(remote: Remote, phone: Phone) -> None:
    """What the bot did, and what it did wrong."""
    async with remote.session.post(f"/bot{TOKEN}/sendMessage", data={"chat_id": phone.id}):
        (call,) = await remote.get("/sim/calls?method=sendMessage")

    assert call["outcome"] == "Bad Request: message text is empty"
    assert await remote.get("/sim/violations") == [
        "sendMessage: Bad Request: message text is empty"
    ]
    assert (await remote.get("/sim"))["violations"] == 1


async def test_rooms_can_be_made_and_spoken_in(
    telegram: SimulatedTelegram, remote: Remote, phone: Phone
) -> None:
    """By a person, by a bot, by nobody's name, and on a channel."""
    group = await remote.post("/sim/rooms", kind="group", title="Ward")
    channel = await remote.post("/sim/rooms", kind="channel", title="News")
    for room, who in (
        (group, {"person_id": phone.id}),
        (group, {"bot": "x_bot"}),
        (group, {}),
        (channel, {}),
    ):
        await remote.post(f"/sim/rooms/{room['id']}/say", text="a", **who)

    assert telegram.pending_updates == 5


async def test_what_cannot_be_done_is_said(remote: Remote, phone: Phone) -> None:
    """400 wrong, 404 not there, 409 not now; 403 for pages from elsewhere."""
    room = f"/sim/people/{phone.id}"
    assert "no button" in (await remote.post(f"{room}/tap", 409, label="No"))["error"]
    assert "there is no" in (await remote.get("/sim/people/7", 404))["error"]
    await remote.post(f"{room}/dance", 404)
    await remote.post("/sim/faults", 400, kind="earthquake")
    await remote.post("/sim/clock", 409, seconds=1)
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with remote.session.get("/sim", headers=headers) as reply:
        assert reply.status == 403


async def test_waiting_for_a_screen_works_from_outside(
    telegram: SimulatedTelegram, remote: Remote, phone: Phone
) -> None:
    """With the same failure as inside."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "1 of 4"})

    chat = await remote.post(f"/sim/people/{phone.id}/until", text="1 of 4")
    assert chat["messages"][-1]["text"] == "1 of 4"
    failure = await remote.post(f"/sim/people/{phone.id}/until", 409, text="2", seconds=0.01)
    assert "bot: 1 of 4" in failure["error"]


async def test_the_end_leaves_nothing_behind(telegram: SimulatedTelegram) -> None:
    """Long polls, streams and idle connections are cut; no task is left."""
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as session:
        async with serve(telegram) as address:
            stream = await session.get(f"{address.url}/sim/changes")
            poll = asyncio.create_task(
                session.post(f"{address.url}/bot{TOKEN}/getUpdates", data={"timeout": 50})
            )
            await telegram.state.updates.arrived.waited_for()
        with pytest.raises(aiohttp.ClientError):
            await poll
        stream.close()

    assert asyncio.all_tasks() == before


async def test_it_runs_alone(tmp_path: object) -> None:
    """One line says where; SIGTERM ends it in good order; its clock can be moved."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.simulator", "--token", TOKEN, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await asyncio.wait_for(process.stdout.readline(), 10)).decode().strip()
    async with aiohttp.ClientSession(url) as session:
        remote = Remote(session)
        before = (await remote.get("/sim/clock"))["now"]
        assert (await remote.post("/sim/clock", seconds=86_400))["now"] > before
    process.terminate()

    assert await asyncio.wait_for(process.wait(), 5) == 0
