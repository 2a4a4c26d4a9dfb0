"""A patient answers: taps, words, detours and accidents."""

import pytest

from bot.simulator import Phone
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text

pytestmark = pytest.mark.both_databases

SCORES = {"goal": 9, "task": 8, "bond": 7, "overall": 6}


async def saved_answers(clinic: StoryClinic) -> dict[str, float]:
    """Return the answers of the only check-in."""
    [checkin] = await clinic.checkins("P-1")
    answers: dict[str, float] = checkin["answers"]
    return answers


async def tap(phone: Phone, label: str, then: str) -> None:
    """Tap, and wait for the next screen."""
    phone.tap(label)
    await wait_for_text(phone, then)


async def test_five_taps_and_done(clinic: StoryClinic) -> None:
    """One message, edited in place; one notification; four answers and a score."""
    await clinic.ask()
    message = clinic.patient.screen.id
    sounds = len(clinic.patient.notifications)
    await answer(clinic.patient, tuple(SCORES.values()))
    assert clinic.patient.screen.id == message
    assert len(clinic.patient.notifications) == sounds
    [checkin] = await clinic.checkins("P-1")
    assert checkin["state"] == "completed"
    assert checkin["score"] is not None
    assert {item: checkin["answers"][item] for item in SCORES} == SCORES


async def test_back_and_another_answer(clinic: StoryClinic) -> None:
    """Back shows the previous question; the new answer replaces the old one."""
    await clinic.ask()
    await tap(clinic.patient, "9", "2/5")
    await tap(clinic.patient, "← Back", "1/5")
    await tap(clinic.patient, "4", "2/5")
    assert (await saved_answers(clinic))["goal"] == 4


async def test_every_question_can_be_skipped(clinic: StoryClinic) -> None:
    """Skipping all five completes the check-in."""
    await clinic.ask()
    for place in (2, 3, 4, 5):
        await tap(clinic.patient, "Skip this", f"{place}/5")
    await tap(clinic.patient, "Skip this", "Your answers are saved")
    [checkin] = await clinic.checkins("P-1")
    assert checkin["state"] == "completed"
    assert all(checkin["answers"][item] is None for item in SCORES)


async def test_numbers_can_be_typed(clinic: StoryClinic) -> None:
    """A typed number answers; one out of range is explained; other text repeats the question."""
    await clinic.ask()
    first = clinic.patient.screen.id
    clinic.patient.say("8")
    await wait_for_text(clinic.patient, "2/5")
    clinic.patient.say("11")
    await wait_for_text(clinic.patient, "from 0 to 10")
    assert "2/5" in last_text(clinic.patient)
    shown = clinic.patient.screen.id
    clinic.patient.say("I am not sure")
    await clinic.patient.wait_until(lambda p: p.screen.id > shown and "2/5" in last_text(p))
    await clinic.patient.wait_until(lambda p: all(m.id not in (first, shown) for m in p.messages))
    answers = await saved_answers(clinic)
    assert answers["goal"] == 8
    assert "task" not in answers


async def test_no_session_and_taking_it_back(clinic: StoryClinic) -> None:
    """A mistaken tap is undone by one tap."""
    await clinic.ask()
    await tap(clinic.patient, "There was no session", "there was no session")
    assert (await clinic.checkins("P-1"))[0]["state"] == "no_session"
    await tap(clinic.patient, "Undo", "1/5")
    await answer(clinic.patient, (5, 5, 5, 5))
    assert (await clinic.checkins("P-1"))[0]["state"] == "completed"


async def test_later_comes_again_in_an_hour(clinic: StoryClinic) -> None:
    """A postponed question comes back as a new message, and not earlier."""
    await clinic.ask()
    first = clinic.patient.screen.id
    await tap(clinic.patient, "Later", "When should I ask again?")
    await tap(clinic.patient, "In an hour", "I will ask again at")
    await clinic.pass_time(minutes=55)
    assert clinic.patient.screen.id == first
    await clinic.pass_time(minutes=6)
    await clinic.patient.wait_until(lambda p: p.screen.id > first and "1/5" in last_text(p))
    await answer(clinic.patient, (5, 5, 5, 5))


async def test_a_double_tap_counts_once(clinic: StoryClinic) -> None:
    """Two taps before the bot can react answer one question."""
    await clinic.ask()
    first, second = clinic.patient.double_tap("9")
    await first.wait_for_answer()
    await second.wait_for_answer()
    await wait_for_text(clinic.patient, "2/5")
    assert await saved_answers(clinic) == {"goal": 9}


async def test_an_old_tap_changes_that_answer(clinic: StoryClinic) -> None:
    """A tap on an earlier screen is for the question which that screen showed."""
    await clinic.ask()
    old = clinic.patient.screen
    await tap(clinic.patient, "9", "2/5")
    await tap(clinic.patient, "8", "3/5")
    await clinic.patient.tap_old_version(old, "2").wait_for_answer()
    assert {**await saved_answers(clinic)} == {"goal": 2, "task": 8}
    assert "3/5" in last_text(clinic.patient)


async def test_a_tap_on_somebody_elses_checkin_changes_nothing(clinic: StoryClinic) -> None:
    """A tap on another patient's check-in is refused like a stale button."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.ask()
    for label in ("9", "There was no session"):
        _, button = clinic.patient.find(label)
        assert button.data is not None
        toast = await other.tap_data(button.data).wait_for_answer()
        assert toast.text == "This button no longer works."
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["answers"]) == ("sent", {})


async def test_a_tap_after_the_end_changes_nothing(clinic: StoryClinic) -> None:
    """After two days the check-in is closed, whatever is tapped."""
    await clinic.ask()
    old = clinic.patient.screen
    await tap(clinic.patient, "9", "2/5")
    await clinic.pass_time(hours=49)
    await clinic.patient.wait_until(lambda p: any("closed" in (m.text or "") for m in p.messages))
    await clinic.patient.tap_old_version(old, "3").wait_for_answer()
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["answers"]) == ("expired", {"goal": 9})


async def test_a_restart_in_the_middle_goes_on(clinic: StoryClinic) -> None:
    """A tap while no bot runs is handled by the next one on the same database."""
    await clinic.ask()
    await tap(clinic.patient, "9", "2/5")
    await clinic.stop()
    clinic.patient.tap("8")
    await clinic.start()
    await wait_for_text(clinic.patient, "3/5")
    await tap(clinic.patient, "7", "4/5")
    await tap(clinic.patient, "6", "5/5")
    await tap(clinic.patient, "No", "Your answers are saved")
    assert {**SCORES, **await saved_answers(clinic)} == await saved_answers(clinic)
    assert len(await clinic.checkins("P-1")) == 1
