"""The network goes and comes back, or falls silent, while the bot lives on."""

import pytest

from bot import wiring
from bot.simulator import FaultKind, Phone
from tests.stories.clinic import A_DROP, Story, answer, said, seen

AWAY = "I was away for a while."
NOTICE = "A check-in needs your attention."
IMPATIENT = 0.3
LONG = 30.0
"""Seconds that a poll, or a letter, may at most wait for its next try."""


async def cut_off(clinic: Story, seconds: float) -> None:
    """Cut the bot's polls off, let a patient tap meanwhile, and bring the network back."""
    cut = clinic.telegram.faults.add(FaultKind.DROP_BEFORE, method="getUpdates", times=None)
    clinic.therapist.say("/alerts")  # the poll that waits comes back; the next one is cut
    await seen(clinic.therapist, "Nothing is open.")
    while not any("fault" in call.outcome for call in clinic.telegram.calls):
        await clinic.telegram.state.changes.wait()
    clinic.patient.tap("9")
    clinic.timepiece.skip(seconds)
    clinic.telegram.faults.lift(cut)


@pytest.mark.fault("the network is cut for minutes while the bot lives")
async def test_after_a_long_cut_the_question_is_sent_anew(clinic: Story) -> None:
    """The bot lived, but a tap of that time is gone: it says so and asks again, once."""
    await clinic.ask()
    first = clinic.patient.screen.id
    await cut_off(clinic, 200)
    await clinic.patient.until(lambda p: AWAY in said(p), LONG)
    await clinic.patient.until(lambda p: first not in [m.id for m in p.messages])
    assert (await clinic.checkins("P-1"))[0]["answers"] == {}
    await answer(clinic.patient, (5, 5, 5, 5))
    letters = [one for one in (await clinic.state())["outbox"] if one["kind"] == "again"]
    assert [one["state"] for one in letters] == ["sent"]


@pytest.mark.fault("the network is cut for a moment")
async def test_a_short_cut_goes_by_unnoticed(clinic: Story) -> None:
    """A tap of less than 150 s ago is still there: it counts, and nobody is asked again."""
    await clinic.ask()
    await cut_off(clinic, 100)
    await clinic.patient.until(lambda p: "2/5" in said(p), LONG)
    assert not any(AWAY in (message.text or "") for message in clinic.patient.messages)
    assert (await clinic.checkins("P-1"))[0]["answers"] == {"goal": 9}


@pytest.mark.fault("a login page in place of Telegram")
async def test_a_network_that_answers_nonsense_is_borne(clinic: Story) -> None:
    """A login page in place of each answer: polls, questions and replies are tried again."""
    for method in ("getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"):
        clinic.telegram.faults.add(FaultKind.NONSENSE, method=method, times=1)
    clinic.therapist.say("/session P-1")
    await clinic.patient.until(lambda p: "ready" in said(p), LONG)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)


@pytest.mark.fault("the time of day jumps while the bot hears")
async def test_a_jump_of_the_clock_is_no_cut(clinic: Story) -> None:
    """The time of day is set, and the bot heard all along: nothing is sent anew."""
    await clinic.ask()
    await clinic.pass_time(minutes=10)
    clinic.therapist.say("/alerts")
    await seen(clinic.therapist, "Nothing is open.")
    clinic.patient.tap("9")
    await seen(clinic.patient, "2/5")
    assert not any(one["kind"] == "again" for one in (await clinic.state())["outbox"])


@pytest.fixture
async def impatient(clinic: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A clinic whose bot waits only a moment for a reply."""
    await clinic.stop()
    monkeypatch.setattr(wiring, "READ_SECONDS", IMPATIENT)
    await clinic.start()
    return clinic


def texts(phone: Phone) -> list[str]:
    """Return all that stands in a chat."""
    return [message.text or "" for message in phone.messages]


@pytest.mark.parametrize("kind", [FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER])
@pytest.mark.fault("a connection that falls silent")
async def test_a_silent_connection_holds_up_nobody_and_nothing_is_lost(
    impatient: Story, kind: FaultKind
) -> None:
    """It takes a question and never says whether it arrived: others go on, and it comes again.

    Telegram may have taken it all the same; then it stands there twice, and counts once.
    """
    clinic = impatient
    other = await clinic.enrol("patient", "P-2", "T-1")
    clinic.telegram.faults.add(kind, chat_id=clinic.patient.id, method="sendMessage", times=1)
    clinic.therapist.say("/session P-1")
    clinic.therapist.say("/session P-2")
    await seen(other, "ready")
    await answer(other, (9, 9, 9, 9))
    copies = 2 if kind is FaultKind.SILENT_AFTER else 1
    await clinic.patient.until(lambda p: sum("ready" in t for t in texts(p)) == copies, LONG)
    await answer(clinic.patient, (9, 9, 9, 9))
    state = await clinic.state()
    assert len(await clinic.checkins("P-1")) == 1
    prompts = [one for one in state["outbox"] if one["kind"] == "prompt"]
    assert sorted((one["state"], one["attempts"]) for one in prompts) == [("sent", 1), ("sent", 2)]


@pytest.mark.parametrize("kind", [FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER])
@pytest.mark.fault("a reply to a tap that is lost")
async def test_a_silent_reply_to_a_tap_is_said_again(impatient: Story, kind: FaultKind) -> None:
    """The answer was kept before; the next question appears although the first try was lost."""
    clinic = impatient
    await clinic.ask()
    for method in ("editMessageText", "answerCallbackQuery"):
        clinic.telegram.faults.add(kind, method=method, times=1)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)


@pytest.mark.fault("a therapist's line falls silent twice")
async def test_an_alert_gets_through_a_line_that_falls_silent(impatient: Story) -> None:
    """The therapist's chat does not answer twice: the alert comes all the same, stored once."""
    clinic = impatient
    await clinic.steady_weeks()
    await clinic.ask()
    clinic.telegram.faults.add(
        FaultKind.SILENT_BEFORE, chat_id=clinic.therapist.id, method="sendMessage", times=2
    )
    await answer(clinic.patient, A_DROP)
    await clinic.therapist.until(lambda p: NOTICE in said(p), LONG)
    state = await clinic.state()
    assert len(state["alerts"]) == 1
    [letter] = [one for one in state["outbox"] if one["kind"] == "alert"]
    assert letter["attempts"] == 3
