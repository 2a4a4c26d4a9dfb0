"""What a patient can do with a check-in besides answering it."""

from pathlib import Path

import pytest

from tests.handlers.clinic import HandlerClinic, open_handler_clinic


@pytest.fixture
async def asked(clinic: HandlerClinic) -> HandlerClinic:
    """A clinic whose patient has just been asked."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)
    return clinic


async def test_later_asks_again_in_a_new_message(asked: HandlerClinic) -> None:
    """A postponed question comes again at that time; the earlier message is deleted."""
    postponed = await asked.tap(asked.patient, "Later", "In an hour")
    [message_id] = [
        number for number, screen in asked.patient.messages.items() if screen.text == postponed
    ]

    await asked.pass_time(hours=1)

    assert "1/5" in asked.patient.screen.text
    assert message_id not in asked.patient.messages


async def test_a_skipped_check_in_can_be_resumed(asked: HandlerClinic) -> None:
    """There was no session; Undo asks again."""
    skipped = await asked.tap(asked.patient, "There was no session")
    resumed = await asked.tap(asked.patient, "Undo")

    assert skipped == "Thank you. Noted: there was no session."
    assert "1/5" in resumed


async def test_an_answer_can_be_changed(asked: HandlerClinic) -> None:
    """The answer to change is selected; the new one is followed by thanks again."""
    await asked.tap(asked.patient, "9", "9", "9", "9", "No", "Change an answer")

    question = await asked.tap(asked.patient, "9 · The way we worked made sense to me.")
    selected = [label for label in asked.patient.labels if label.startswith("•")]
    thanks = await asked.tap(asked.patient, "3")

    assert "2/5" in question
    assert selected == ["• 9"]
    assert thanks.startswith("Thank you.")


async def test_who_reads_is_a_note(asked: HandlerClinic) -> None:
    """The question stays; the note names the therapist."""
    screen = await asked.tap(asked.patient, "Who sees this?")

    assert "1/5" in screen
    assert "T-1" in asked.patient.notes[-1]


async def test_the_command_moves_the_question_down(asked: HandlerClinic) -> None:
    """/checkin shows the open question in a new message; the earlier one is deleted."""
    earlier = max(asked.patient.messages)

    shown = await asked.write(asked.patient, "/checkin")

    assert "1/5" in shown
    assert earlier not in asked.patient.messages


async def test_a_number_out_of_range_is_explained(asked: HandlerClinic) -> None:
    """The question comes again, with the range above it; nothing is saved."""
    shown = await asked.write(asked.patient, "11")

    assert "1/5" in shown
    assert "0" in shown.partition("\n\n")[0]
    assert "10" in shown.partition("\n\n")[0]


async def test_a_typed_comment_is_saved_and_deleted_from_the_chat(
    tmp_path: Path, engine: str
) -> None:
    """Words after "Add a few words" are a comment; then typing is no comment any more."""
    async with open_handler_clinic(tmp_path, ATTUNE_COMMENTS="on") as clinic:
        await clinic.check_in((9, 9, 9, 9))
        prompt = await clinic.tap(clinic.patient, "Add a few words")

        saved = await clinic.write(clinic.patient, "It helped.")
        typed_later = await clinic.write(clinic.patient, "Hello?")

    assert "T-1" in prompt
    assert not [screen for screen in clinic.patient.messages.values() if "helped" in screen.text]
    assert saved.split("\n\n")[0] != typed_later.split("\n\n")[0]


async def test_nobody_else_can_act_on_a_check_in(asked: HandlerClinic) -> None:
    """Another patient's tap on a copied button changes nothing."""
    message_id, skip = asked.patient.button("There was no session")
    other = await asked.enrol("patient", "P-2", "T-1")

    await asked.channel.tap_data(other, skip.data, message_id=message_id)

    assert other.notes
    assert "1/5" in asked.patient.screen.text
