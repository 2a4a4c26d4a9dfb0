"""What is about patients cannot be forwarded or saved, and typed answers leave the chat."""

import json
import re

from bot.simulator import Phone
from bot.simulator.messages import Message
from handlers.texts import say
from tests.stories.checkins.test_comments import add_comment
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)

CODE = re.compile(r"\bP-1\b")


def unprotected(phone: Phone) -> list[Message]:
    """Return the bot's messages that are about a patient and could be forwarded."""
    return [
        message
        for message in phone.messages
        if message.from_bot and _is_about_patient(message) and not message.is_protected
    ]


def _is_about_patient(message: Message) -> bool:
    labels = [button.label for row in message.buttons for button in row]
    return bool(CODE.search("\n".join((message.text, *labels)))) or message.media is not None


async def wait_for_next_screen(phone: Phone, before: str) -> None:
    """Wait for the next screen, and assert that nothing in the chat can be forwarded."""
    await phone.wait_until(lambda p: last_text(p) not in ("", before, say("en", "discreet.moment")))
    assert unprotected(phone) == []


async def test_nothing_that_a_therapist_opens_can_be_forwarded(clinic: StoryClinic) -> None:
    """Alert, card, comment, lists, caseload, course, session report."""
    therapist = clinic.therapist
    await clinic.run_steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await add_comment(clinic.patient, "marzipan")
    await wait_for_text(therapist, ALERT_NOTICE)
    for label in ("Show", "What may help", "← Back", "Their comment"):
        before = last_text(therapist)
        therapist.tap(label)
        await wait_for_next_screen(therapist, before)
    assert "marzipan" in last_text(therapist)
    for command in ("/alerts", "/caseload", "/patient P-1", "/session P-1 no-show", "/digest"):
        before = last_text(therapist)
        therapist.say(command)
        await wait_for_next_screen(therapist, before)
    about_patient = [
        message for message in therapist.messages if message.from_bot and _is_about_patient(message)
    ]
    assert len(about_patient) >= 5


async def test_a_copy_of_ones_own_data_can_be_taken_away(clinic: StoryClinic) -> None:
    """It is the patient's own, so it can be saved and forwarded."""
    clinic.patient.say("/mydata")
    await clinic.patient.wait_until(lambda p: p.messages[-1].document is not None)
    assert not clinic.patient.messages[-1].is_protected


async def test_a_typed_answer_leaves_the_chat_once_it_is_kept(clinic: StoryClinic) -> None:
    """Typed answers are removed; after the last one the questions are gone, too."""
    await clinic.ask()
    typed = [clinic.patient.say("7")]
    await wait_for_text(clinic.patient, "2/5")
    typed.append(clinic.patient.say("8,0"))
    await wait_for_text(clinic.patient, "3/5")
    gone = [message.id for message in typed]
    await clinic.patient.wait_until(lambda p: not set(gone) & {one.id for one in p.messages})
    for rating, place in (("9", "4/5"), ("6", "5/5")):
        clinic.patient.tap(rating)
        await wait_for_text(clinic.patient, place)
    clinic.patient.tap("No")
    await wait_for_text(clinic.patient, "Your answers are saved")
    shown = json.dumps([message.text for message in clinic.patient.messages])
    assert not re.search(r"matters to me|made sense|same side|All in all|feel off", shown)
