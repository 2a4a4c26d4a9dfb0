"""The network fails and comes back, or stops answering, while the bot keeps running."""

import pytest

from bot import wiring
from bot.simulator import FaultKind, Phone
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)

AWAY = "I was offline for a while."
SHORT_READ_SECONDS = 0.3
RETRY_SECONDS = 30.0
"""How long a poll, or a message, may wait for its next try."""


async def cut_off(clinic: StoryClinic, seconds: float) -> None:
    """Cut off the bot's polls, let a patient tap meanwhile, and bring the network back."""
    cut = clinic.telegram.faults.add(FaultKind.DROP_BEFORE, method="getUpdates", times=None)
    clinic.therapist.say("/alerts")  # the waiting poll returns; the next one is cut
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    while not any("fault" in call.outcome for call in clinic.telegram.calls):
        await clinic.telegram.state.changes.wait()
    clinic.patient.tap("9")
    clinic.clock.skip(seconds)
    clinic.telegram.faults.remove(cut)


@pytest.mark.fault("the network is cut for minutes while the bot lives")
async def test_after_a_long_cut_the_question_is_sent_anew(clinic: StoryClinic) -> None:
    """A tap of that time is lost: the bot says so and asks again, once."""
    await clinic.ask()
    first = clinic.patient.screen.id
    await cut_off(clinic, 200)
    await clinic.patient.wait_until(lambda p: AWAY in last_text(p), RETRY_SECONDS)
    await clinic.patient.wait_until(lambda p: first not in [m.id for m in p.messages])
    assert (await clinic.checkins("P-1"))[0]["answers"] == {}
    await answer(clinic.patient, (5, 5, 5, 5))
    messages = [one for one in (await clinic.state())["outbox"] if one["kind"] == "again"]
    assert [one["state"] for one in messages] == ["sent"]


@pytest.mark.fault("the network is cut for a moment")
async def test_a_short_cut_goes_by_unnoticed(clinic: StoryClinic) -> None:
    """A tap less than 150 s old is still delivered: it counts, and nobody is asked again."""
    await clinic.ask()
    await cut_off(clinic, 100)
    await clinic.patient.wait_until(lambda p: "2/5" in last_text(p), RETRY_SECONDS)
    assert not any(AWAY in (message.text or "") for message in clinic.patient.messages)
    assert (await clinic.checkins("P-1"))[0]["answers"] == {"goal": 9}


@pytest.mark.fault("a login page in place of Telegram")
async def test_a_network_that_answers_nonsense_is_borne(clinic: StoryClinic) -> None:
    """If each call gets a login page once, polls, questions and replies are tried again."""
    for method in ("getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"):
        clinic.telegram.faults.add(FaultKind.LOGIN_PAGE, method=method, times=1)
    clinic.therapist.say("/session P-1")
    await clinic.patient.wait_until(lambda p: "ready" in last_text(p), RETRY_SECONDS)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)


@pytest.mark.fault("the time of day jumps while the bot polls")
async def test_a_jump_of_the_clock_is_no_cut(clinic: StoryClinic) -> None:
    """The time of day is changed while the bot polls: nothing is sent again."""
    await clinic.ask()
    await clinic.pass_time(minutes=10)
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    clinic.patient.tap("9")
    await wait_for_text(clinic.patient, "2/5")
    assert not any(one["kind"] == "again" for one in (await clinic.state())["outbox"])


@pytest.fixture
async def impatient_clinic(clinic: StoryClinic, monkeypatch: pytest.MonkeyPatch) -> StoryClinic:
    """A clinic whose bot waits only a moment for a reply."""
    await clinic.stop()
    monkeypatch.setattr(wiring, "READ_SECONDS", SHORT_READ_SECONDS)
    await clinic.start()
    return clinic


def texts(phone: Phone) -> list[str]:
    """Return all texts of a chat."""
    return [message.text or "" for message in phone.messages]


@pytest.mark.parametrize("kind", [FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER])
@pytest.mark.fault("a connection that stops answering")
async def test_a_silent_connection_holds_up_nobody_and_nothing_is_lost(
    impatient_clinic: StoryClinic, kind: FaultKind
) -> None:
    """A question is never acknowledged: others go on, and it is sent again.

    Telegram may have accepted it all the same; then it is there twice, and counts once.
    """
    clinic = impatient_clinic
    other = await clinic.enrol("patient", "P-2", "T-1")
    clinic.telegram.faults.add(kind, chat_id=clinic.patient.id, method="sendMessage", times=1)
    clinic.therapist.say("/session P-1")
    clinic.therapist.say("/session P-2")
    await wait_for_text(other, "ready")
    await answer(other, (9, 9, 9, 9))
    await clinic.skip_retry_pause("prompt")
    copies = 2 if kind is FaultKind.SILENT_AFTER else 1
    await clinic.patient.wait_until(
        lambda p: sum("ready" in t for t in texts(p)) == copies, RETRY_SECONDS
    )
    await answer(clinic.patient, (9, 9, 9, 9))
    state = await clinic.state()
    assert len(await clinic.checkins("P-1")) == 1
    prompts = [one for one in state["outbox"] if one["kind"] == "prompt"]
    assert sorted((one["state"], one["attempts"]) for one in prompts) == [("sent", 1), ("sent", 2)]


@pytest.mark.parametrize("kind", [FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER])
@pytest.mark.fault("a reply to a tap that is lost")
async def test_a_silent_reply_to_a_tap_is_said_again(
    impatient_clinic: StoryClinic, kind: FaultKind
) -> None:
    """The answer is saved first; the next question appears although the first try was lost."""
    clinic = impatient_clinic
    await clinic.ask()
    for method in ("editMessageText", "answerCallbackQuery"):
        clinic.telegram.faults.add(kind, method=method, times=1)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)


@pytest.mark.fault("a therapist's chat does not answer twice")
async def test_an_alert_gets_through_a_line_that_falls_silent(
    impatient_clinic: StoryClinic,
) -> None:
    """Two sends of an alert get no answer: the third arrives, and there is one alert."""
    clinic = impatient_clinic
    await clinic.run_steady_weeks()
    await clinic.ask()
    clinic.telegram.faults.add(
        FaultKind.SILENT_BEFORE, chat_id=clinic.therapist.id, method="sendMessage", times=2
    )
    await answer(clinic.patient, DROP_SCORES)
    for _ in range(2):
        await clinic.skip_retry_pause("alert")
    await clinic.therapist.wait_until(lambda p: ALERT_NOTICE in last_text(p), RETRY_SECONDS)
    state = await clinic.state()
    assert len(state["alerts"]) == 1
    [message] = [one for one in state["outbox"] if one["kind"] == "alert"]
    assert message["attempts"] == 3
