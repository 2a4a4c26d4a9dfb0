"""/sim: what the demo page needs to play the people."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.simulator import Address, Phone, SimulatedTelegram, serve
from tests.bot.simulator.conftest import TOKEN, wait_until_polled

MARKUP = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


class ControlClient:
    """A client of /sim."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str, status: int = 200) -> Any:
        """Return the JSON or the bytes of a path."""
        async with self.session.get(path) as reply:
            assert reply.status == status, await reply.text()
            is_json = reply.content_type == "application/json"
            return await reply.json() if is_json else await reply.read()

    async def post(self, path: str, status: int = 200, **body: Any) -> Any:
        """Post JSON and return the reply."""
        async with self.session.post(path, json=body) as reply:
            assert reply.status == status, await reply.text()
            return await reply.json()


@pytest.fixture
async def client(address: Address) -> AsyncIterator[ControlClient]:
    """A client of the simulator's control API."""
    async with aiohttp.ClientSession(address.url) as session:
        yield ControlClient(session)


async def test_a_page_plays_a_person(
    telegram: SimulatedTelegram, client: ControlClient, phone: Phone
) -> None:
    """It types, sees the messages, and taps."""
    path = f"/sim/people/{phone.id}"
    await client.post(f"{path}/say", text="hello")
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q", "reply_markup": MARKUP})

    chat = await client.get(path)
    assert [message["text"] for message in chat["messages"]] == ["/start", "hello", "Q"]
    assert chat["messages"][-1]["buttons"] == [[{"label": "Yes", "data": "y", "url": None}]]
    tap = await client.post(f"{path}/tap", data="y", message_id=phone.screen.id)
    assert tap == {"answer": None}


async def test_a_tap_can_wait_for_its_answer(
    telegram: SimulatedTelegram, client: ControlClient, phone: Phone
) -> None:
    """A page can show the toast."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q", "reply_markup": MARKUP})
    tap = asyncio.create_task(
        client.post(
            f"/sim/people/{phone.id}/tap", data="y", message_id=phone.screen.id, wait_seconds=5
        )
    )
    while not telegram.state.queries:
        await telegram.state.changes.wait()
    telegram.call(
        "answerCallbackQuery",
        {"callback_query_id": next(iter(telegram.state.queries)), "text": "Saved"},
    )

    assert (await tap)["answer"] == {"text": "Saved", "is_alert": False}


async def test_files_can_be_fetched(client: ControlClient, phone: Phone) -> None:
    """A message names the address of its file."""
    phone.send_document("a.csv", b"a,b")

    [*_, sent] = (await client.get(f"/sim/people/{phone.id}"))["messages"]

    assert sent["media"]["kind"] == "document"
    assert await client.get(sent["media"]["url"]) == b"a,b"


async def test_changes_are_streamed(client: ControlClient, phone: Phone) -> None:
    """There is one event for each change; an open stream does not delay the shutdown."""
    async with client.session.get("/sim/changes") as stream:
        await stream.content.readuntil(b"\n\n")
        phone.say("hello")
        event = (await stream.content.readuntil(b"\n\n")).decode()

    change = json.loads(event.removeprefix("data: "))
    assert change == {"kind": "message", "chat_id": phone.id}


async def test_impossible_requests_are_refused(client: ControlClient, phone: Phone) -> None:
    """400 wrong, 404 does not exist, 409 not possible now; 403 for other websites."""
    path = f"/sim/people/{phone.id}"
    refused = await client.post(f"{path}/tap", 409, data="no", message_id=1)
    assert "no button" in refused["error"]
    assert "there is no" in (await client.get("/sim/people/7", 404))["error"]
    async with client.session.post(f"{path}/say", json=["hello"]) as reply:
        assert reply.status == 400
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with client.session.get(path, headers=headers) as reply:
        assert reply.status == 403


async def test_shutdown_leaves_no_task(telegram: SimulatedTelegram) -> None:
    """Long polls, streams and idle connections are cut."""
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as session:
        async with serve(telegram) as address:
            stream = await session.get(f"{address.url}/sim/changes")
            poll = asyncio.create_task(
                session.post(f"{address.url}/bot{TOKEN}/getUpdates", data={"timeout": 50})
            )
            await wait_until_polled(telegram)
        with pytest.raises(aiohttp.ClientError):
            await poll
        stream.close()

    assert asyncio.all_tasks() == before
