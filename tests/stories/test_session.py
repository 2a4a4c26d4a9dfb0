"""What became of a session: typed in one line, corrected by a button, kept whatever was sent."""

from bot.simulator import Phone
from tests.stories.clinic import Story, answer, said, seen
from tests.stories.test_plan import planned

NOT_NEEDED = "This check-in is no longer needed."


async def state(clinic: Story, place: int = -1) -> str:
    """Return where the patient's latest check-in stands."""
    return str((await clinic.checkins("P-1"))[place]["state"])


def held(clinic: Story) -> list[tuple[str, int]]:
    """Return what the table says of every session that was not merely planned."""
    return [
        (str(row[0]), int(row[1]))
        for row in clinic.rows(
            "SELECT state, ended_early FROM sessions WHERE state <> 'planned' ORDER BY starts_at"
        )
    ]


def buttons(phone: Phone) -> list[str]:
    """Return the labels below the last message."""
    return [button.label for row in phone.screen.buttons for button in row]


async def test_a_no_show_is_asked_nothing(clinic: Story) -> None:
    """Said during the session: no question comes, and the next week is as planned."""
    await planned(clinic)
    await clinic.pass_time(hours=4, minutes=20)  # 14:20
    clinic.therapist.say("/session P-1 no-show")
    await seen(clinic.therapist, "Noted: P-1 did not come. Nothing is asked.")
    await clinic.pass_time(hours=6)
    assert await clinic.checkins("P-1") == []
    assert held(clinic) == [("no_show", 0)]
    await clinic.pass_time(days=7)
    await seen(clinic.patient, "ready")


async def test_a_slip_is_corrected_by_a_button(clinic: Story) -> None:
    """Did not come, no, it took place: the question follows; said twice, it comes once."""
    await planned(clinic)
    await clinic.pass_time(hours=4, minutes=20)
    clinic.therapist.say("/session P-1 no show")
    await seen(clinic.therapist, "did not come")
    assert buttons(clinic.therapist) == ["It took place", "Ended early", "Cancelled"]
    clinic.therapist.double_tap("It took place")
    await seen(clinic.therapist, "Noted. P-1 is asked at Tue 3 Mar, 14:40")
    await clinic.pass_time(minutes=25)
    await seen(clinic.patient, "ready")
    assert held(clinic) == [("held", 0)]
    assert len(await clinic.checkins("P-1")) == 1


async def test_a_question_that_has_left_is_taken_back(clinic: Story) -> None:
    """The patient sees a kind word instead of the question; corrected, it comes again."""
    await clinic.ask()
    question = clinic.patient.screen.id
    clinic.patient.tap("9")
    await seen(clinic.patient, "2/5")
    clinic.therapist.tap("Did not come")
    await seen(clinic.therapist, "Noted: P-1 did not come.")
    await seen(clinic.patient, NOT_NEEDED)
    assert clinic.patient.screen.id == question
    assert await state(clinic) == "cancelled"
    clinic.therapist.tap("It took place")
    await seen(clinic.therapist, "P-1 is asked now")
    await seen(clinic.patient, "2/5")
    clinic.therapist.tap("Ended early")
    await seen(clinic.therapist, "It ended early.")
    for place, score in enumerate((9, 9, 9), start=3):
        clinic.patient.tap(str(score))
        await seen(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await seen(clinic.patient, "Your answers are kept")
    assert held(clinic) == [("held", 1)]
    assert len(await clinic.checkins("P-1")) == 1


async def test_what_was_answered_stays(clinic: Story) -> None:
    """Whoever answered was there: the mark is refused and nothing changes."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    clinic.therapist.tap("Did not come")
    await seen(clinic.therapist, "P-1 has answered this check-in already")
    assert held(clinic) == [("held", 0)]
    assert await state(clinic) == "completed"


async def test_a_session_that_is_called_off_in_the_morning(clinic: Story) -> None:
    """Cancelled before it begins, and taken back; both change today only."""
    await planned(clinic)
    clinic.therapist.say("/session p-1 cancelled")
    await seen(clinic.therapist, "on Tue 3 Mar, 14:00")
    assert "is cancelled" in said(clinic.therapist)
    clinic.therapist.tap("It takes place after all")
    await seen(clinic.therapist, "takes place.")
    clinic.therapist.tap("Cancelled")
    await seen(clinic.therapist, "is cancelled")
    await clinic.pass_time(hours=8)
    assert await clinic.checkins("P-1") == []
    await clinic.pass_time(days=7)
    await seen(clinic.patient, "ready")


async def test_nobody_can_stay_away_from_what_has_not_begun(clinic: Story) -> None:
    """Before a session only a cancellation makes sense, and only where there is one."""
    clinic.therapist.say("/session P-1 cancelled")
    await seen(clinic.therapist, "There is no session of P-1 today")
    clinic.therapist.say("/session P-1 sometimes")
    await seen(clinic.therapist, "Please send the patient’s code")
    await planned(clinic)
    clinic.therapist.say("/session P-1 no-show")
    await seen(clinic.therapist, "The session of P-1 has not begun.")
    assert held(clinic) == []
    await clinic.pass_time(hours=5, minutes=15)
    await seen(clinic.patient, "ready")


async def test_a_stale_correction_changes_nothing(clinic: Story) -> None:
    """After a week the button is dead; so is a made-up one."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    _, button = clinic.therapist.find("Did not come")
    assert button.data is not None
    for data in (button.data.replace("no_show", "nonsense"), "1se:nothing:held"):
        tap = clinic.therapist.tap_data(data)
        assert (await tap.answered()).text == "This button no longer works."
    await clinic.pass_time(days=8)
    tap = clinic.therapist.tap_data(button.data)
    assert (await tap.answered()).text == "This button no longer works."
    assert held(clinic) == [("held", 0)]


async def test_every_word_is_in_the_audit_log(clinic: Story) -> None:
    """Who said what of which session: ids and states, no content."""
    await clinic.ask()
    clinic.therapist.tap("Did not come")
    await seen(clinic.therapist, "did not come")
    rows = clinic.rows("SELECT action, after FROM audit WHERE action = 'session.reported'")
    assert ["no_show" in str(after) for _, after in rows] == [False, True]
