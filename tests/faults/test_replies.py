"""Telegram, or something in between, sends invalid replies, refuses for an hour, or is down."""

import asyncio

import pytest
from telegram.error import TelegramError

from bot.simulator import FaultKind, SimulatedTelegram
from bot.updates.poller import PollingStalled
from tests.faults.readiness import readiness_problems
from tests.stories.clinic import DROP_SCORES, TOKEN, StoryClinic, answer, last_text

pytestmark = pytest.mark.sqlite_only("the fault does not concern the database")

LONG = 60.0
NOTICE = "A check-in needs your attention."

INVALID_REPLIES = {
    "empty": b"",
    "half of a reply": b'{"ok":true,"result":{"message_id":',
    "not UTF-8": b"\xff\xfe\x00",
    "100,000 brackets": b"[" * 100_000,
    "a list": b"[]",
    "null": b"null",
    "no result": b'{"ok":true}',
    "result is a string": b'{"ok":true,"result":"banana"}',
    "result is a number": b'{"ok":true,"result":7}',
    "result is an empty object": b'{"ok":true,"result":{}}',
    "updates are invalid": b'{"ok":true,"result":[null,7,{"update_id":"x"}]}',
    "error without description": b'{"ok":false,"parameters":"soon"}',
}


@pytest.mark.fault("Telegram's replies are invalid")
@pytest.mark.parametrize("body", INVALID_REPLIES.values(), ids=INVALID_REPLIES)
async def test_an_invalid_reply_is_retried(clinic: StoryClinic, body: bytes) -> None:
    """Polls, prompts, edits and answers to taps are retried, and the check-in is complete."""
    for method in ("getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"):
        clinic.telegram.faults.add(FaultKind.CUSTOM_BODY, method=method, times=1, body=body)
    clinic.therapist.say("/session P-1")
    await clinic.patient.wait_until(lambda p: "ready" in last_text(p), LONG)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)
    assert clinic.rows("SELECT COUNT(*) FROM set_aside") == [(0,)]


async def restart_until_it_runs(clinic: StoryClinic) -> None:
    """Start the bot until it runs, as a process supervisor does."""
    async with asyncio.timeout(LONG):
        while True:
            try:
                await clinic.start()
            except TelegramError:
                await asyncio.sleep(0.05)
            else:
                return


async def wait_until_polling_stalled(clinic: StoryClinic) -> None:
    """Wait until the bot gives up, and close it."""
    assert clinic._running is not None
    with pytest.raises(PollingStalled):
        await asyncio.wait_for(clinic._running, LONG)
    clinic._running = None
    await clinic.stop()


OUTAGES = [
    pytest.param(FaultKind.DROP_BEFORE, 86_400, marks=pytest.mark.fault("network cut for a day")),
    pytest.param(FaultKind.FLOOD, 3_600, marks=pytest.mark.fault("429 for an hour")),
    pytest.param(FaultKind.SERVER_ERROR, 3_600, marks=pytest.mark.fault("500 for an hour")),
    pytest.param(FaultKind.BAD_GATEWAY, 3_600, marks=pytest.mark.fault("502 for an hour")),
]


@pytest.mark.parametrize(("kind", "seconds"), OUTAGES)
async def test_a_long_outage_loses_no_alert(
    clinic: StoryClinic, kind: FaultKind, seconds: int
) -> None:
    """The bot exits and is restarted; each waiting message is sent once."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    alert_fault = clinic.telegram.faults.add(kind, chat_id=clinic.therapist.id, times=None)
    await answer(clinic.patient, DROP_SCORES)
    clinic.telegram.faults.add(kind, times=None)
    clinic.clock.skip(seconds)
    await wait_until_polling_stalled(clinic)
    with pytest.raises(TelegramError):
        await clinic.start()
    clinic.telegram.faults.clear()
    assert alert_fault not in clinic.telegram.faults.active
    await restart_until_it_runs(clinic)
    await clinic.pass_time(minutes=11)  # the longest pause before a message is retried
    await clinic.therapist.wait_until(lambda p: NOTICE in p.notifications, LONG)
    await clinic.pass_time(minutes=30)
    assert clinic.therapist.notifications.count(NOTICE) == 1
    assert len((await clinic.state())["alerts"]) == 1


@pytest.mark.fault("two bots with one token")
async def test_another_program_with_the_same_token_is_reported(clinic: StoryClinic) -> None:
    """Each of the two gets only some updates: a coordinator is notified, and readiness is lost."""
    clinic.telegram.faults.add(
        FaultKind.REFUSE,
        method="getUpdates",
        times=4,
        code=409,
        description="Conflict: terminated by other getUpdates request",
    )
    clinic.therapist.say("/alerts")
    await clinic.coordinator.wait_until(
        lambda p: any("Another program is fetching" in (m.text or "") for m in p.messages), LONG
    )
    assert "another program fetches this bot's updates" in await readiness_problems(clinic)
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


@pytest.mark.fault("the token is revoked while the bot runs")
async def test_a_revoked_token_ends_the_bot(clinic: StoryClinic) -> None:
    """Waiting does not help: the process exits, which its supervisor sees."""
    telegram: SimulatedTelegram = clinic.telegram
    telegram.faults.add(
        FaultKind.REFUSE, method="getUpdates", times=None, code=401, description="Unauthorized"
    )
    clinic.therapist.say("/alerts")
    assert clinic._running is not None
    with pytest.raises(TelegramError, match="Unauthorized"):
        await asyncio.wait_for(clinic._running, LONG)
    clinic._running = None
    await clinic.stop()
    assert telegram.token == TOKEN
