"""Telegram, or whatever stands in its place, answers nonsense, refuses for an hour, or is gone."""

import asyncio

import pytest
from telegram.error import TelegramError

from bot.simulator import FaultKind, SimulatedTelegram
from bot.updates.poller import Deaf
from tests.faults.watching import complaints
from tests.stories.clinic import A_DROP, TOKEN, Story, answer, said

pytestmark = pytest.mark.sqlite_only("these faults strike files, and bots beside them")

LONG = 60.0
NOTICE = "A check-in needs your attention."

SHAPES = {
    "nothing at all": b"",
    "half of a reply": b'{"ok":true,"result":{"message_id":',
    "bytes that are no text": b"\xff\xfe\x00",
    "brackets without end": b"[" * 100_000,
    "a list": b"[]",
    "null": b"null",
    "no result": b'{"ok":true}',
    "a word for a result": b'{"ok":true,"result":"banana"}',
    "a number for a result": b'{"ok":true,"result":7}',
    "an empty object for a result": b'{"ok":true,"result":{}}',
    "updates that are none": b'{"ok":true,"result":[null,7,{"update_id":"x"}]}',
    "a refusal without words": b'{"ok":false,"parameters":"soon"}',
}


@pytest.mark.fault("Telegram's replies are of any shape")
@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
async def test_a_reply_of_any_shape_is_borne(clinic: Story, body: bytes) -> None:
    """Polls, questions, edits and spinners: each is tried again, and the check-in is whole."""
    for method in ("getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"):
        clinic.telegram.faults.add(FaultKind.GARBAGE, method=method, times=1, body=body)
    clinic.therapist.say("/session P-1")
    await clinic.patient.until(lambda p: "ready" in said(p), LONG)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)
    assert clinic.rows("SELECT COUNT(*) FROM set_aside") == [(0,)]


async def revived(clinic: Story) -> None:
    """Start the bot anew until it stays, as whoever supervises it does."""
    async with asyncio.timeout(LONG):
        while True:
            try:
                await clinic.start()
            except TelegramError:
                await asyncio.sleep(0.05)
            else:
                return


async def died_deaf(clinic: Story) -> None:
    """Wait until the bot gives up, and let go of what it held."""
    assert clinic._running is not None
    with pytest.raises(Deaf):
        await asyncio.wait_for(clinic._running, LONG)
    clinic._running = None
    await clinic.stop()


STORMS = [
    pytest.param(FaultKind.DROP_BEFORE, 86_400, marks=pytest.mark.fault("network cut for a day")),
    pytest.param(FaultKind.FLOOD, 3_600, marks=pytest.mark.fault("429 for an hour")),
    pytest.param(FaultKind.SERVER_ERROR, 3_600, marks=pytest.mark.fault("500 for an hour")),
    pytest.param(FaultKind.BAD_GATEWAY, 3_600, marks=pytest.mark.fault("502 for an hour")),
]


@pytest.mark.parametrize(("kind", "seconds"), STORMS)
async def test_a_long_storm_loses_no_alert(clinic: Story, kind: FaultKind, seconds: int) -> None:
    """The bot ends and is started anew; what waited leaves once, and coordinators are told."""
    await clinic.steady_weeks()
    await clinic.ask()
    quiet = clinic.telegram.faults.add(kind, chat_id=clinic.therapist.id, times=None)
    await answer(clinic.patient, A_DROP)
    clinic.telegram.faults.add(kind, times=None)
    clinic.timepiece.skip(seconds)
    await died_deaf(clinic)
    with pytest.raises(TelegramError):
        await clinic.start()
    clinic.telegram.faults.clear()
    assert quiet not in clinic.telegram.faults.arranged
    await revived(clinic)
    await clinic.pass_time(minutes=11)  # as long as a letter rests at most
    await clinic.therapist.until(lambda p: NOTICE in p.notifications, LONG)
    await clinic.pass_time(minutes=30)
    assert clinic.therapist.notifications.count(NOTICE) == 1
    assert len((await clinic.state())["alerts"]) == 1


@pytest.mark.fault("two bots with one token")
async def test_another_program_with_the_same_token_is_told(clinic: Story) -> None:
    """Each of the two hears only a part: a coordinator is told, and readiness is lost."""
    clinic.telegram.faults.add(
        FaultKind.REFUSE,
        method="getUpdates",
        times=4,
        code=409,
        description="Conflict: terminated by other getUpdates request",
    )
    clinic.therapist.say("/alerts")
    await clinic.coordinator.until(
        lambda p: any("Another program fetches" in (m.text or "") for m in p.messages), LONG
    )
    assert "another program fetches this bot's updates" in await complaints(clinic)
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


@pytest.mark.fault("the token is revoked while the bot runs")
async def test_a_revoked_token_ends_the_bot(clinic: Story) -> None:
    """It cannot be mended by waiting: the process ends, and whoever supervises it sees that."""
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
