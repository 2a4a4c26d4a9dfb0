"""What is about somebody else may not be forwarded or saved, and what was typed leaves the chat."""

import json
import re

from bot.simulator import Phone
from bot.simulator.messages import Message
from handlers.texts import say
from tests.stories.clinic import A_DROP, Story, answer, said, seen
from tests.stories.test_words import write

CODE = re.compile(r"\bP-1\b")


def unprotected(phone: Phone) -> list[Message]:
    """Return messages of the bot that tell of a patient, and could be forwarded."""
    return [
        message
        for message in phone.messages
        if message.from_bot and _tells(message) and not message.is_protected
    ]


def _tells(message: Message) -> bool:
    labels = [button.label for row in message.buttons for button in row]
    return bool(CODE.search("\n".join((message.text, *labels)))) or message.media is not None


async def then(phone: Phone, before: str) -> None:
    """Wait until something else stands at the end of the chat; nothing in it can be forwarded."""
    await phone.until(lambda p: said(p) not in ("", before, say("en", "discreet.moment")))
    assert unprotected(phone) == []


async def test_nothing_that_a_therapist_opens_can_be_forwarded(clinic: Story) -> None:
    """Alert, items, card, words, list, caseload, course, and what became of a session."""
    therapist = clinic.therapist
    await clinic.steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await write(clinic.patient, "marzipan")
    await seen(therapist, "A check-in needs your attention.")
    for label in ("Show", "What may help", "← Back", "Their words"):
        before = said(therapist)
        therapist.tap(label)
        await then(therapist, before)
    assert "marzipan" in said(therapist)
    for command in ("/alerts", "/caseload", "/patient P-1", "/session P-1 no-show", "/digest"):
        before = said(therapist)
        therapist.say(command)
        await then(therapist, before)
    told = [message for message in therapist.messages if message.from_bot and _tells(message)]
    assert len(told) >= 5


async def test_a_copy_of_ones_own_data_can_be_taken_away(clinic: Story) -> None:
    """It is the patient's own: what an app neither saves nor passes on is no copy."""
    clinic.patient.say("/mydata")
    await clinic.patient.until(lambda p: p.messages[-1].document is not None)
    assert not clinic.patient.messages[-1].is_protected


async def test_a_typed_answer_leaves_the_chat_once_it_is_kept(clinic: Story) -> None:
    """A number that answers goes; the question goes up, and the finished one is gone, too."""
    await clinic.ask()
    typed = [clinic.patient.say("7")]
    await seen(clinic.patient, "2/5")
    typed.append(clinic.patient.say("8,0"))
    await seen(clinic.patient, "3/5")
    gone = [message.id for message in typed]
    await clinic.patient.until(lambda p: not set(gone) & {one.id for one in p.messages})
    for rating, place in (("9", "4/5"), ("6", "5/5")):
        clinic.patient.tap(rating)
        await seen(clinic.patient, place)
    clinic.patient.tap("No")
    await seen(clinic.patient, "Your answers are kept")
    shown = json.dumps([message.text for message in clinic.patient.messages])
    assert not re.search(r"matters to me|made sense|same side|All in all|feel off", shown)
