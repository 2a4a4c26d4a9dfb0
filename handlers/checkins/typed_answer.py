"""A patient types: a number that answers the question, a comment, or anything else."""

from dataclasses import dataclass

from alliance.checkins.instruments import Instrument, instrument
from alliance.checkins.review import AFTER, DIRECT, current_question
from alliance.errors import BadAnswer
from alliance.typed.ratings import looks_like_rating, parse_rating
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.checkins import comment
from handlers.checkins.answer import save_answer
from handlers.checkins.checkin import repost_checkin
from handlers.consent.terms import pending_consent_screen
from handlers.texts import FALLBACK, say
from storage.checkins import checkins
from storage.checkins.checkins import Checkin

EMPTY_SCREEN = Screen("·")
"""Replaces a message that can no longer be deleted."""


@dataclass(frozen=True, slots=True)
class TypedResult:
    """What became of a typed text.

    Attributes:
        checkin: The check-in that it was about; None if none is open.
        hint: Words to show above the check-in.
        should_remove: Whether the text is deleted from the chat.
    """

    checkin: Checkin | None
    hint: str | None = None
    should_remove: bool = False


async def on_text(request: Request) -> None:
    """A typed number answers the open question; any other text shows it again in a new message.

    What seems to be meant as a number and is none of the answers gets a hint with their range.

    A new message, because the buttons of an edited one can stop working on some phones. Text
    typed when a comment was asked for is a comment. What is saved is deleted from the chat.
    """
    async with request.transaction() as tx:
        patient = await access.require_role(request)
        pending = await pending_consent_screen(tx, patient, request.services.site.consent)
        result = await _handle_text(request, request.text if pending is None else "")

    request.services.wake_sender()
    if result.checkin is None:
        await request.reply.send(pending or Screen(request.say("checkin.none_open")))
        return
    await repost_checkin(request, result.checkin, hint=result.hint, pending=pending)
    if result.should_remove and request.message is not None:
        await request.reply.discard(request.message.message_id, EMPTY_SCREEN)


async def _handle_text(request: Request, text: str) -> TypedResult:
    """Save a text as the comment that is awaited, or as an answer, if it is one."""
    commented = await comment.save_typed(request, text) if text else None
    if commented is not None:
        return TypedResult(
            commented.checkin, commented.reply_text, should_remove=commented.is_saved
        )
    checkin = await checkins.open_of(request.tx, patient_id=request.person.id, now=request.now)
    if checkin is None or not text:
        return TypedResult(checkin)
    if not request.is_new or request.services.site.answers_on_page(checkin.answers_on):
        is_number = looks_like_rating(text, _number_words(checkin.language))
        return TypedResult(checkin, should_remove=is_number)
    return await _handle_number(request, checkin, text)


async def _handle_number(request: Request, checkin: Checkin, text: str) -> TypedResult:
    """Save a text as the answer to the open question, if it is one."""
    asked = instrument(checkin.instrument)
    question = current_question(asked, checkin.given)
    value = parse_rating(text, highest=asked.highest)
    if question is None or question in (DIRECT, AFTER):
        return TypedResult(checkin, should_remove=value is not None)
    if value is None or not _is_allowed(asked, question, value):
        is_number = looks_like_rating(text, _number_words(checkin.language))
        return TypedResult(checkin, _range_hint(asked, checkin.language) if is_number else None)
    checkin = await save_answer(request.services, request.tx, checkin, question, value)
    return TypedResult(checkin, should_remove=True)


def _is_allowed(asked: Instrument, item_id: str, value: float) -> bool:
    try:
        asked.check(item_id, value)
    except BadAnswer:
        return False
    return True


def _range_hint(asked: Instrument, language: str) -> str:
    low, high = asked.choices[0], asked.choices[-1]
    return say(language, "checkin.range", low=f"{low:g}", high=f"{high:g}")


def _number_words(language: str) -> frozenset[str]:
    """Return words for numbers in a language and in English, in small letters."""
    words = (say(spoken, "checkin.number_words") for spoken in {language, FALLBACK})
    return frozenset(" ".join(words).casefold().split())
