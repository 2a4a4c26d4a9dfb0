"""A check-in over a channel that is not Telegram: the handlers do not know the difference."""

from tests.handlers.clinic import HandlerClinic

STEADY = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))


async def test_a_check_in_is_answered_and_thanked_for(clinic: HandlerClinic) -> None:
    """The prompt asks the first question; the last answer is followed by thanks."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)
    assert "A short check-in is ready." in clinic.patient.screen.text

    said = await clinic.tap(clinic.patient, "9", "8", "9", "9", "No")

    assert "Thank you." in said


async def test_a_double_tap_counts_once(clinic: HandlerClinic) -> None:
    """The same button again is the same answer again."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)
    message_id, eight = clinic.patient.button("8")

    await clinic.channel.tap_data(clinic.patient, eight.data, message_id=message_id)
    await clinic.channel.tap_data(clinic.patient, eight.data, message_id=message_id)

    assert "2/5" in clinic.patient.screen.text


async def test_a_typed_number_answers(clinic: HandlerClinic) -> None:
    """Typing is as good as tapping."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)

    said = await clinic.write(clinic.patient, "8")

    assert "2/5" in said


async def test_a_drop_reaches_the_therapist_who_opens_it(clinic: HandlerClinic) -> None:
    """The alert says nothing before it is opened, and shows a picture afterwards."""
    for ratings in STEADY:
        await clinic.check_in(ratings)
        await clinic.pass_time(days=7)

    await clinic.check_in((3, 4, 2, 3))

    assert clinic.therapist.screen.text == "A check-in needs your attention."
    said = await clinic.tap(clinic.therapist, "Show")
    assert "P-1" in said
    assert clinic.therapist.screen.picture is not None
    await clinic.tap(clinic.therapist, "Seen")
    await clinic.deliver()
    assert "Your therapist has seen your check-in." in clinic.patient.screen.text


async def test_somebody_elses_button_is_stale(clinic: HandlerClinic) -> None:
    """Buttons can be copied: what is not theirs reads like what does not exist."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)
    message_id, eight = clinic.patient.button("8")
    other = await clinic.enrol("patient", "P-2", "T-1")

    await clinic.channel.tap_data(other, eight.data, message_id=message_id)

    assert other.notes
    assert "1/5" in clinic.patient.screen.text
