"""Updates that are brought: with the secret, kept before the answer, and none lost in a switch."""

import asyncio
import io
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from alliance.errors import BadSettings
from bot import wiring
from bot.simulator import FaultKind, Phone
from bot.updates.webhook import MOST_BYTES, SECRET_HEADER, secret_of
from tests.stories.clinic import TOKEN, Story, a_clinic, answer, said
from tests.stories.test_cut_off import AWAY, LONG
from tests.waiting import A_BLINK, until

PATIENTS = 6
ITEMS = ("goal", "task", "bond", "overall")


@contextmanager
def a_free_port() -> Any:
    """Give a port that nobody else takes meanwhile; workers share it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
async def hooked(tmp_path: Path, engine: str) -> AsyncIterator[Story]:
    """A clinic whose bot has a webhook."""
    with a_free_port() as port:
        url = f"http://127.0.0.1:{port}/attune"
        settings = {"ATTUNE_WEBHOOK_URL": url, "ATTUNE_WEBHOOK_PORT": str(port)}
        async with a_clinic(tmp_path, **settings) as story:
            story.telegram.webhook_retry_seconds = 0.05
            await switch(story, to_webhook=True)
            yield story


async def switch(clinic: Story, *, to_webhook: bool) -> None:
    """Stop the bot, and start it with or without a webhook."""
    await clinic.stop()
    clinic.webhook = to_webhook
    await clinic.start()
    wanted = clinic.settings.webhook_url if to_webhook else ""
    while clinic.telegram.state.webhook["url"] != wanted:
        await clinic.telegram.state.changes.wait()


async def knock(clinic: Story, content: str, secret: str | None = None) -> int:
    """Bring something to the bot's door, and return the status of its answer."""
    headers = {} if secret is None else {SECRET_HEADER: secret}
    body, url = io.BytesIO(content.encode()), clinic.settings.webhook_url or ""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as reply,
    ):
        return reply.status


async def test_a_check_in_over_a_webhook(hooked: Story) -> None:
    """Everything goes as with polls, and nothing waits at Telegram afterwards."""
    await hooked.ask()
    await answer(hooked.patient, (9, 8, 7, 6))
    [checkin] = await hooked.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)
    assert hooked.telegram.pending_updates == 0
    assert not [call for call in hooked.telegram.calls if call.outcome != "ok"]
    told = hooked.telegram.calls_of("setWebhook")[-1].params
    assert told["max_connections"] == hooked.settings.webhook_connections
    assert not told.get("drop_pending_updates")


@pytest.mark.parametrize("secret", [None, "", "wrong", secret_of(TOKEN)[:-1]])
async def test_without_the_secret_nothing_comes_in(hooked: Story, secret: str | None) -> None:
    """Whoever finds the address can do nothing with it."""
    therapist = {"id": hooked.therapist.id, "is_bot": False, "first_name": "T"}
    message = {
        "message_id": 1,
        "date": 1,
        "text": "/session P-1",
        "chat": {"id": hooked.therapist.id, "type": "private"},
        "from": therapist,
        "entities": [{"type": "bot_command", "offset": 0, "length": 8}],
    }
    forged = json.dumps({"update_id": 1, "message": message})
    assert await knock(hooked, forged, secret) == 403
    assert await hooked.checkins("P-1") == []
    assert await knock(hooked, forged, secret_of(TOKEN)) == 200
    assert len(await hooked.checkins("P-1")) == 1


@pytest.mark.parametrize("content", ["", "[]", '{"update_id": "one"}', " " * (MOST_BYTES + 1)])
async def test_what_is_no_update_is_refused(hooked: Story, content: str) -> None:
    """Even with the secret."""
    assert await knock(hooked, content, secret_of(TOKEN)) == 400


async def test_health_stands_beside_it(hooked: Story) -> None:
    """Whoever balances the load asks at the same port."""
    base = (hooked.settings.webhook_url or "").removesuffix("/attune")
    async with aiohttp.ClientSession() as session:
        for path in ("/healthz", "/readyz", "/metrics"):
            async with session.get(base + path) as reply:
                assert reply.status == 200, path


async def test_switching_to_and_fro_loses_nothing(hooked: Story) -> None:
    """Webhook, polls, webhook, while six patients answer: every answer once, nothing dropped."""
    chance = random.Random(3)
    phones = {f"P-{n}": await hooked.enrol("patient", f"P-{n}", "T-1") for n in range(2, 8)}
    wanted = {code: [chance.randint(0, 10) for _ in ITEMS] for code in phones}
    for code, phone in phones.items():
        hooked.therapist.say(f"/session {code}")
        await phone.until(lambda p: "ready" in said(p), LONG)
    async with asyncio.TaskGroup() as group:
        for code, phone in phones.items():
            group.create_task(patiently(phone, wanted[code]))
        for to_webhook in (False, True, False, True):
            await kept(hooked, more=4)
            await switch(hooked, to_webhook=to_webhook)
    assert {code: await _given(hooked, code) for code in phones} == wanted
    assert hooked.telegram.state.updates.dropped == []


async def patiently(phone: Phone, scores: list[int]) -> None:
    """Answer one question after the other, each with one tap, and wait for the next."""
    then = [*(f"{place}/5" for place in range(2, 6)), "Your answers are kept"]
    for label, words in zip([*map(str, scores), "No"], then, strict=True):
        phone.tap(label)
        await phone.until(lambda p: words in said(p), LONG)  # noqa: B023 - it is awaited here


async def kept(clinic: Story, *, more: int) -> None:
    """Wait until so many more answers are kept, or all."""
    enough = min(_count(clinic) + more, PATIENTS * len(ITEMS))
    await until(lambda: _count(clinic) >= enough, LONG)


def _count(clinic: Story) -> int:
    return int(clinic.rows("SELECT COUNT(*) FROM answers")[0][0])


async def _given(clinic: Story, code: str) -> list[int]:
    [checkin] = await clinic.checkins(code)
    return [checkin["answers"][item] for item in ITEMS]


async def test_after_a_long_silence_the_question_is_sent_anew(hooked: Story) -> None:
    """Taps that could not be brought for 150 seconds are gone: the bot says so and asks again."""
    await hooked.ask()
    await hooked.stop()
    hooked.patient.tap("9")
    hooked.timepiece.skip(200)
    await hooked.start()
    await hooked.patient.until(lambda p: AWAY in said(p), LONG)
    await answer(hooked.patient, (5, 5, 5, 5))


async def test_a_door_that_nobody_could_reach_is_noticed(
    hooked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot lived, and Telegram did not get through: open questions are sent anew, too."""
    monkeypatch.setattr("bot.updates.webhook.LOOK_SECONDS", A_BLINK)
    await switch(hooked, to_webhook=True)
    await hooked.ask()
    updates = hooked.telegram.state.updates
    cut = hooked.telegram.faults.add(FaultKind.DROP_BEFORE, method="webhook", times=None)
    hooked.timepiece.move(timedelta(seconds=2))  # Telegram tells whole seconds only
    hooked.patient.tap("9")
    await looked(hooked, 2)
    hooked.timepiece.skip(200)
    assert len(updates) == 0
    assert len(updates.dropped) == 1
    await hooked.patient.until(lambda p: AWAY in said(p), LONG)
    hooked.telegram.faults.lift(cut)
    await answer(hooked.patient, (5, 5, 5, 5))


async def test_an_update_whose_answer_was_lost_counts_once(hooked: Story) -> None:
    """Telegram did not hear that it was taken, and brings it again."""
    hooked.telegram.faults.add(FaultKind.DROP_AFTER, method="webhook", times=2)
    await hooked.ask()
    await answer(hooked.patient, (5, 5, 5, 5))
    assert len(await hooked.checkins("P-1")) == 1


async def test_a_webhook_that_was_taken_away_is_set_again(
    hooked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has deleted it by hand: what waits meanwhile comes."""
    monkeypatch.setattr("bot.updates.webhook.LOOK_SECONDS", A_BLINK)
    await switch(hooked, to_webhook=True)
    hooked.telegram.call("deleteWebhook")
    hooked.therapist.say("/session P-1")
    await hooked.patient.until(lambda p: "ready" in said(p), LONG)


async def test_an_address_that_telegram_refuses_is_one_sentence(hooked: Story) -> None:
    """The setting is named, and what it must be; the bot does not start."""
    await hooked.stop()
    given = hooked.settings.model_copy(update={"webhook_url": "http://clinic.example"})
    async with wiring.opened(given, hooked.timepiece, webhook=True) as bot:
        with pytest.raises(BadSettings, match="ATTUNE_WEBHOOK_URL"):
            await bot.run()
    [violation] = hooked.telegram.violations
    assert "setWebhook" in violation
    hooked.telegram.violations.clear()


async def looked(clinic: Story, times: int) -> None:
    """Wait until the bot has looked at its webhook so many times more."""
    enough = len(clinic.telegram.calls_of("getWebhookInfo")) + times
    while len(clinic.telegram.calls_of("getWebhookInfo")) < enough:
        await clinic.telegram.state.changes.wait()
