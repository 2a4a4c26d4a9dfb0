"""Updates by webhook: the secret is checked, they are saved first, and none is lost."""

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
from bot.updates.webhook import MAX_BODY_BYTES, SECRET_HEADER, secret_of
from tests.stories.clinic import TOKEN, StoryClinic, answer, last_text, open_clinic
from tests.stories.updates.test_network_loss import AWAY, RETRY_SECONDS
from tests.waiting import POLL_SECONDS, wait_until

PATIENTS = 6
ITEMS = ("goal", "task", "bond", "overall")


@contextmanager
def reserve_port() -> Any:
    """Reserve a port against others; a bot can still listen on it."""
    with socket.socket() as reserving:
        reserving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserving.bind(("127.0.0.1", 0))
        yield reserving.getsockname()[1]


@pytest.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[StoryClinic]:
    """A clinic whose bot has a webhook."""
    with reserve_port() as port:
        url = f"http://127.0.0.1:{port}/attune"
        settings = {"ATTUNE_WEBHOOK_URL": url, "ATTUNE_WEBHOOK_PORT": str(port)}
        async with open_clinic(tmp_path, **settings) as story:
            story.telegram.webhook_retry_seconds = 0.05
            await switch(story, to_webhook=True)
            yield story


async def switch(clinic: StoryClinic, *, to_webhook: bool) -> None:
    """Restart the bot with or without a webhook."""
    await clinic.stop()
    clinic.uses_webhook = to_webhook
    await clinic.start()
    wanted = clinic.settings.webhook_url if to_webhook else ""
    while clinic.telegram.state.webhook["url"] != wanted:
        await clinic.telegram.state.changes.wait()


async def post_update(clinic: StoryClinic, content: str, secret: str | None = None) -> int:
    """Post something to the webhook, and return the status of the answer."""
    headers = {} if secret is None else {SECRET_HEADER: secret}
    body, url = io.BytesIO(content.encode()), clinic.settings.webhook_url or ""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as reply,
    ):
        return reply.status


async def test_a_check_in_over_a_webhook(clinic: StoryClinic) -> None:
    """Everything works as with polling, and nothing is left at Telegram."""
    await clinic.ask()
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)
    assert clinic.telegram.pending_update_count == 0
    assert not [call for call in clinic.telegram.calls if call.outcome != "ok"]
    params = clinic.telegram.calls_of("setWebhook")[-1].params
    assert params["max_connections"] == clinic.settings.webhook_connections
    assert not params.get("drop_pending_updates")


@pytest.mark.parametrize("secret", [None, "", "wrong", secret_of(TOKEN)[:-1]])
async def test_without_the_secret_nothing_comes_in(clinic: StoryClinic, secret: str | None) -> None:
    """The address alone is not enough."""
    therapist = {"id": clinic.therapist.id, "is_bot": False, "first_name": "T"}
    message = {
        "message_id": 1,
        "date": 1,
        "text": "/session P-1",
        "chat": {"id": clinic.therapist.id, "type": "private"},
        "from": therapist,
        "entities": [{"type": "bot_command", "offset": 0, "length": 8}],
    }
    forged = json.dumps({"update_id": 1, "message": message})
    assert await post_update(clinic, forged, secret) == 403
    assert await clinic.checkins("P-1") == []
    assert await post_update(clinic, forged, secret_of(TOKEN)) == 200
    assert len(await clinic.checkins("P-1")) == 1


@pytest.mark.parametrize("content", ["", "[]", '{"update_id": "one"}', " " * (MAX_BODY_BYTES + 1)])
async def test_what_is_no_update_is_refused(clinic: StoryClinic, content: str) -> None:
    """Even with the secret."""
    assert await post_update(clinic, content, secret_of(TOKEN)) == 400


async def test_health_stands_beside_it(clinic: StoryClinic) -> None:
    """A load balancer can ask on the same port."""
    base = (clinic.settings.webhook_url or "").removesuffix("/attune")
    async with aiohttp.ClientSession() as session:
        for path in ("/healthz", "/readyz", "/metrics"):
            async with session.get(base + path) as reply:
                assert reply.status == 200, path


async def test_switching_to_and_fro_loses_nothing(clinic: StoryClinic) -> None:
    """Switching between webhook and polling while six patients answer loses nothing."""
    chance = random.Random(3)
    phones = {f"P-{n}": await clinic.enrol("patient", f"P-{n}", "T-1") for n in range(2, 8)}
    wanted = {code: [chance.randint(0, 10) for _ in ITEMS] for code in phones}
    for code, phone in phones.items():
        clinic.therapist.say(f"/session {code}")
        await phone.wait_until(lambda p: "ready" in last_text(p), RETRY_SECONDS)
    async with asyncio.TaskGroup() as group:
        for code, phone in phones.items():
            group.create_task(answer_patiently(phone, wanted[code]))
        for to_webhook in (False, True, False, True):
            await wait_for_answers(clinic, more=4)
            await switch(clinic, to_webhook=to_webhook)
    assert {code: await _given(clinic, code) for code in phones} == wanted
    assert clinic.telegram.state.updates.expired_ids == []


async def answer_patiently(phone: Phone, scores: list[int]) -> None:
    """Answer one question after the other with one tap each, however long it takes."""
    then = [*(f"{place}/5" for place in range(2, 6)), "Your answers are saved"]
    for label, words in zip([*map(str, scores), "No"], then, strict=True):
        phone.tap(label)
        await phone.wait_until(lambda p: words in last_text(p), RETRY_SECONDS)  # noqa: B023 - it is awaited here


async def wait_for_answers(clinic: StoryClinic, *, more: int) -> None:
    """Wait until that many more answers are saved, or all."""
    enough = min(_count(clinic) + more, PATIENTS * len(ITEMS))
    await wait_until(lambda: _count(clinic) >= enough, RETRY_SECONDS)


def _count(clinic: StoryClinic) -> int:
    return int(clinic.rows("SELECT COUNT(*) FROM answers")[0][0])


async def _given(clinic: StoryClinic, code: str) -> list[int]:
    [checkin] = await clinic.checkins(code)
    return [checkin["answers"][item] for item in ITEMS]


async def test_after_a_long_silence_the_question_is_sent_anew(clinic: StoryClinic) -> None:
    """Taps that could not be delivered for 150 s are lost: the bot says so and asks again."""
    await clinic.ask()
    await clinic.stop()
    clinic.patient.tap("9")
    clinic.clock.skip(200)
    await clinic.start()
    await clinic.patient.wait_until(lambda p: AWAY in last_text(p), RETRY_SECONDS)
    await answer(clinic.patient, (5, 5, 5, 5))


async def test_an_unreachable_webhook_is_noticed(
    clinic: StoryClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If Telegram could not reach the running bot, open questions are sent again."""
    monkeypatch.setattr("bot.updates.webhook.LOOK_SECONDS", POLL_SECONDS)
    await switch(clinic, to_webhook=True)
    await clinic.ask()
    updates = clinic.telegram.state.updates
    cut = clinic.telegram.faults.add(FaultKind.DROP_BEFORE, method="webhook", times=None)
    clinic.clock.advance(timedelta(seconds=2))  # Telegram reports whole seconds only
    clinic.patient.tap("9")
    await wait_for_webhook_checks(clinic, 2)
    clinic.clock.skip(200)
    assert len(updates) == 0
    assert len(updates.expired_ids) == 1
    await clinic.patient.wait_until(lambda p: AWAY in last_text(p), RETRY_SECONDS)
    clinic.telegram.faults.remove(cut)
    await answer(clinic.patient, (5, 5, 5, 5))


async def test_an_update_whose_answer_was_lost_counts_once(clinic: StoryClinic) -> None:
    """If Telegram does not get our answer, it delivers the update again."""
    clinic.telegram.faults.add(FaultKind.DROP_AFTER, method="webhook", times=2)
    await clinic.ask()
    await answer(clinic.patient, (5, 5, 5, 5))
    assert len(await clinic.checkins("P-1")) == 1


async def test_a_webhook_that_was_taken_away_is_set_again(
    clinic: StoryClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If somebody deletes it by hand, the waiting updates still arrive."""
    monkeypatch.setattr("bot.updates.webhook.LOOK_SECONDS", POLL_SECONDS)
    await switch(clinic, to_webhook=True)
    clinic.telegram.call("deleteWebhook")
    clinic.therapist.say("/session P-1")
    await clinic.patient.wait_until(lambda p: "ready" in last_text(p), RETRY_SECONDS)


async def test_an_address_that_telegram_refuses_is_one_sentence(clinic: StoryClinic) -> None:
    """The bot does not start, and names the setting."""
    await clinic.stop()
    given = clinic.settings.model_copy(update={"webhook_url": "http://clinic.example"})
    async with wiring.open_bot(given, clinic.clock, webhook=True) as bot:
        with pytest.raises(BadSettings, match="ATTUNE_WEBHOOK_URL"):
            await bot.run()
    [violation] = clinic.telegram.violations
    assert "setWebhook" in violation
    clinic.telegram.violations.clear()


async def wait_for_webhook_checks(clinic: StoryClinic, times: int) -> None:
    """Wait until the bot has checked its webhook that many more times."""
    enough = len(clinic.telegram.calls_of("getWebhookInfo")) + times
    while len(clinic.telegram.calls_of("getWebhookInfo")) < enough:
        await clinic.telegram.state.changes.wait()
