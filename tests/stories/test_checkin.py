"""A patient answers: taps, words, detours and accidents."""

from bot.simulator import Phone
from tests.stories.clinic import Story, answer, said, seen

SCORES = {"goal": 9, "task": 8, "bond": 7, "overall": 6}


async def the_answers(clinic: Story) -> dict[str, float]:
    """Return what the only check-in holds."""
    [checkin] = await clinic.checkins("P-1")
    answers: dict[str, float] = checkin["answers"]
    return answers


async def tap(phone: Phone, label: str, then: str) -> None:
    """Tap, and wait for the screen that follows."""
    phone.tap(label)
    await seen(phone, then)


async def test_five_taps_and_done(clinic: Story) -> None:
    """One message, edited in place; one notification; four answers and a score."""
    await clinic.ask()
    message = clinic.patient.screen.id
    loud = len(clinic.patient.notifications)
    await answer(clinic.patient, tuple(SCORES.values()))
    assert clinic.patient.screen.id == message
    assert len(clinic.patient.notifications) == loud
    [checkin] = await clinic.checkins("P-1")
    assert checkin["state"] == "completed"
    assert checkin["score"] is not None
    assert {item: checkin["answers"][item] for item in SCORES} == SCORES


async def test_back_and_another_answer(clinic: Story) -> None:
    """Back shows the question before; the new answer takes the old one's place."""
    await clinic.ask()
    await tap(clinic.patient, "9", "2/5")
    await tap(clinic.patient, "← Back", "1/5")
    await tap(clinic.patient, "4", "2/5")
    assert (await the_answers(clinic))["goal"] == 4


async def test_every_question_can_be_skipped(clinic: Story) -> None:
    """Skipping all five is an answer, too."""
    await clinic.ask()
    for place in (2, 3, 4, 5):
        await tap(clinic.patient, "Skip this", f"{place}/5")
    await tap(clinic.patient, "Skip this", "Your answers are kept")
    [checkin] = await clinic.checkins("P-1")
    assert checkin["state"] == "completed"
    assert all(checkin["answers"][item] is None for item in SCORES)


async def test_numbers_can_be_typed(clinic: Story) -> None:
    """A typed number answers; one out of range is explained; any text brings the question up."""
    await clinic.ask()
    first = clinic.patient.screen.id
    clinic.patient.say("8")
    await seen(clinic.patient, "2/5")
    clinic.patient.say("11")
    await seen(clinic.patient, "from 0 to 10")
    assert "2/5" in said(clinic.patient)
    shown = clinic.patient.screen.id
    clinic.patient.say("I am not sure")
    await clinic.patient.until(lambda p: p.screen.id > shown and "2/5" in said(p))
    await clinic.patient.until(lambda p: all(m.id not in (first, shown) for m in p.messages))
    answers = await the_answers(clinic)
    assert answers["goal"] == 8
    assert "task" not in answers


async def test_no_session_and_taking_it_back(clinic: Story) -> None:
    """A slip of the thumb is undone by one tap."""
    await clinic.ask()
    await tap(clinic.patient, "There was no session", "there was no session")
    assert (await clinic.checkins("P-1"))[0]["state"] == "no_session"
    await tap(clinic.patient, "Take that back", "1/5")
    await answer(clinic.patient, (5, 5, 5, 5))
    assert (await clinic.checkins("P-1"))[0]["state"] == "completed"


async def test_later_comes_again_in_an_hour(clinic: Story) -> None:
    """The question that was put off comes back as a new message, and only then."""
    await clinic.ask()
    first = clinic.patient.screen.id
    await tap(clinic.patient, "Later", "When shall I ask again?")
    await tap(clinic.patient, "In an hour", "I will ask again at")
    await clinic.pass_time(minutes=55)
    assert clinic.patient.screen.id == first
    await clinic.pass_time(minutes=6)
    await clinic.patient.until(lambda p: p.screen.id > first and "1/5" in said(p))
    await answer(clinic.patient, (5, 5, 5, 5))


async def test_a_double_tap_counts_once(clinic: Story) -> None:
    """Two taps before the bot can react answer one question."""
    await clinic.ask()
    first, second = clinic.patient.double_tap("9")
    await first.answered()
    await second.answered()
    await seen(clinic.patient, "2/5")
    assert await the_answers(clinic) == {"goal": 9}


async def test_an_old_tap_changes_that_answer(clinic: Story) -> None:
    """A tap on a screen that has gone by is meant for the question that it showed."""
    await clinic.ask()
    old = clinic.patient.screen
    await tap(clinic.patient, "9", "2/5")
    await tap(clinic.patient, "8", "3/5")
    await clinic.patient.old_tap(old, "2").answered()
    assert {**await the_answers(clinic)} == {"goal": 2, "task": 8}
    assert "3/5" in said(clinic.patient)


async def test_a_tap_on_somebody_elses_checkin_changes_nothing(clinic: Story) -> None:
    """Made-up data of another patient's check-in is a stale button."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.ask()
    for label in ("9", "There was no session"):
        _, button = clinic.patient.find(label)
        assert button.data is not None
        told = await other.tap_data(button.data).answered()
        assert told.text == "This button no longer works."
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["answers"]) == ("sent", {})


async def test_a_tap_after_the_end_changes_nothing(clinic: Story) -> None:
    """After two days the question is closed, whatever is still tapped."""
    await clinic.ask()
    old = clinic.patient.screen
    await tap(clinic.patient, "9", "2/5")
    await clinic.pass_time(hours=49)
    await clinic.patient.until(lambda p: any("closed" in (m.text or "") for m in p.messages))
    await clinic.patient.old_tap(old, "3").answered()
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["answers"]) == ("expired", {"goal": 9})


async def test_a_restart_in_the_middle_goes_on(clinic: Story) -> None:
    """What is tapped while no bot runs is answered by the next one, on the same file."""
    await clinic.ask()
    await tap(clinic.patient, "9", "2/5")
    await clinic.stop()
    clinic.patient.tap("8")
    await clinic.start()
    await seen(clinic.patient, "3/5")
    await tap(clinic.patient, "7", "4/5")
    await tap(clinic.patient, "6", "5/5")
    await tap(clinic.patient, "No", "Your answers are kept")
    assert {**SCORES, **await the_answers(clinic)} == await the_answers(clinic)
    assert len(await clinic.checkins("P-1")) == 1
