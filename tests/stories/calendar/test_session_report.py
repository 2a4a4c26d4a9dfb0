"""A therapist reports a session in one line and corrects the report by a button."""

from bot.simulator import Phone
from tests.stories.calendar.test_plan import save_usual_plan
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text

NOT_NEEDED = "This check-in is no longer needed."


async def latest_state(clinic: StoryClinic, place: int = -1) -> str:
    """Return the state of the patient's latest check-in."""
    return str((await clinic.checkins("P-1"))[place]["state"])


def session_states(clinic: StoryClinic) -> list[tuple[str, int]]:
    """Return state and "ended early" of every session that is not merely planned."""
    return [
        (str(row[0]), int(row[1]))
        for row in clinic.rows(
            "SELECT state, ended_early FROM sessions WHERE state <> 'planned' ORDER BY starts_at"
        )
    ]


def button_labels(phone: Phone) -> list[str]:
    """Return the labels of the last message's buttons."""
    return [button.label for row in phone.screen.buttons for button in row]


async def test_a_no_show_is_asked_nothing(clinic: StoryClinic) -> None:
    """Reported during the session: no check-in comes, and the next week is as planned."""
    await save_usual_plan(clinic)
    await clinic.pass_time(hours=4, minutes=20)  # 14:20
    clinic.therapist.say("/session P-1 no-show")
    await wait_for_text(clinic.therapist, "Noted: P-1 did not attend. No questions are asked.")
    await clinic.pass_time(hours=6)
    assert await clinic.checkins("P-1") == []
    assert session_states(clinic) == [("no_show", 0)]
    await clinic.pass_time(days=7)
    await wait_for_text(clinic.patient, "ready")


async def test_a_slip_is_corrected_by_a_button(clinic: StoryClinic) -> None:
    """Did not attend, then It took place: the check-in follows; tapped twice, it comes once."""
    await save_usual_plan(clinic)
    await clinic.pass_time(hours=4, minutes=20)
    clinic.therapist.say("/session P-1 no show")
    await wait_for_text(clinic.therapist, "did not attend")
    assert button_labels(clinic.therapist) == ["It took place", "Ended early", "Cancelled"]
    clinic.therapist.double_tap("It took place")
    await wait_for_text(clinic.therapist, "Noted. P-1 will be asked at Tue 3 Mar, 14:40")
    await clinic.pass_time(minutes=25)
    await wait_for_text(clinic.patient, "ready")
    assert session_states(clinic) == [("held", 0)]
    assert len(await clinic.checkins("P-1")) == 1


async def test_a_question_that_has_left_is_taken_back(clinic: StoryClinic) -> None:
    """The patient reads that it is not needed; after a correction, it comes again."""
    await clinic.ask()
    question = clinic.patient.screen.id
    clinic.patient.tap("9")
    await wait_for_text(clinic.patient, "2/5")
    clinic.therapist.tap("Did not attend")
    await wait_for_text(clinic.therapist, "Noted: P-1 did not attend.")
    await wait_for_text(clinic.patient, NOT_NEEDED)
    assert clinic.patient.screen.id == question
    assert await latest_state(clinic) == "cancelled"
    clinic.therapist.tap("It took place")
    await wait_for_text(clinic.therapist, "P-1 is being asked now")
    await wait_for_text(clinic.patient, "2/5")
    clinic.therapist.tap("Ended early")
    await wait_for_text(clinic.therapist, "It ended early.")
    for place, score in enumerate((9, 9, 9), start=3):
        clinic.patient.tap(str(score))
        await wait_for_text(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await wait_for_text(clinic.patient, "Your answers are saved")
    assert session_states(clinic) == [("held", 1)]
    assert len(await clinic.checkins("P-1")) == 1


async def test_what_was_answered_stays(clinic: StoryClinic) -> None:
    """A patient who answered was there: the report is refused and nothing changes."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    clinic.therapist.tap("Did not attend")
    await wait_for_text(clinic.therapist, "P-1 has already answered this check-in")
    assert session_states(clinic) == [("held", 0)]
    assert await latest_state(clinic) == "completed"


async def test_a_session_that_is_called_off_in_the_morning(clinic: StoryClinic) -> None:
    """Cancelled before it begins, and restored; both change today only."""
    await save_usual_plan(clinic)
    clinic.therapist.say("/session p-1 cancelled")
    await wait_for_text(clinic.therapist, "on Tue 3 Mar, 14:00")
    assert "is cancelled" in last_text(clinic.therapist)
    clinic.therapist.tap("It will take place after all")
    await wait_for_text(clinic.therapist, "will take place.")
    clinic.therapist.tap("Cancelled")
    await wait_for_text(clinic.therapist, "is cancelled")
    await clinic.pass_time(hours=8)
    assert await clinic.checkins("P-1") == []
    await clinic.pass_time(days=7)
    await wait_for_text(clinic.patient, "ready")


async def test_nobody_can_stay_away_from_what_has_not_begun(clinic: StoryClinic) -> None:
    """Before a session it can only be cancelled, and only if there is one."""
    clinic.therapist.say("/session P-1 cancelled")
    await wait_for_text(clinic.therapist, "P-1 has no session today")
    clinic.therapist.say("/session P-1 sometimes")
    await wait_for_text(clinic.therapist, "Please send the patient’s code")
    await save_usual_plan(clinic)
    clinic.therapist.say("/session P-1 no-show")
    await wait_for_text(clinic.therapist, "The session with P-1 has not started yet.")
    assert session_states(clinic) == []
    await clinic.pass_time(hours=5, minutes=15)
    await wait_for_text(clinic.patient, "ready")


async def test_a_stale_correction_changes_nothing(clinic: StoryClinic) -> None:
    """After a week the button is dead; a made-up one always is."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    _, button = clinic.therapist.find("Did not attend")
    assert button.data is not None
    for data in (button.data.replace("no_show", "nonsense"), "1se:nothing:held"):
        tap = clinic.therapist.tap_data(data)
        assert (await tap.wait_for_answer()).text == "This button no longer works."
    await clinic.pass_time(days=8)
    tap = clinic.therapist.tap_data(button.data)
    assert (await tap.wait_for_answer()).text == "This button no longer works."
    assert session_states(clinic) == [("held", 0)]


async def test_every_word_is_in_the_audit_log(clinic: StoryClinic) -> None:
    """Who reported what about which session: ids and states, no content."""
    await clinic.ask()
    clinic.therapist.tap("Did not attend")
    await wait_for_text(clinic.therapist, "did not attend")
    rows = clinic.rows("SELECT action, after FROM audit WHERE action = 'session.reported'")
    assert ["no_show" in str(after) for _, after in rows] == [False, True]
