"""A comment that a patient types after a check-in: saved encrypted, deleted from the chat."""

from dataclasses import dataclass
from datetime import datetime

from handlers.app.request import Request
from handlers.checkins.actions import AWAITING_COMMENT, may_comment
from handlers.checkins.screens import MAX_COMMENT_CHARS
from handlers.texts import say
from storage.checkins import answers, checkins, comments
from storage.checkins.checkins import Checkin
from storage.database.tx import Tx


@dataclass(frozen=True, slots=True)
class CommentResult:
    """What became of a comment that was awaited: the reply, and whether it was saved."""

    checkin: Checkin
    reply_text: str
    is_saved: bool


async def save_typed(request: Request, text: str) -> CommentResult | None:
    """Save a typed text as a comment if one is awaited.

    Returns:
        None if no comment is awaited, or the time for it is over and another check-in is open:
        then the text is about that one.
    """
    tx, patient, now = request.tx, request.person, request.now
    saved_words = request.say("words.kept")
    if not request.is_new:
        earlier = await comments.newest_of(tx, patient.id)
        checkin = None if earlier is None else await checkins.by_id(tx, earlier.checkin_id)
        if earlier is None or checkin is None or earlier.text != tidy(text):
            return None
        return CommentResult(checkin, saved_words, is_saved=True)
    checkin = await checkins.revisited_of(tx, patient_id=patient.id, revisited=AWAITING_COMMENT)
    if checkin is None:
        return None
    if may_comment(request.services.site, checkin, now):
        problem = await save(tx, checkin, text, now)
        checkin = await checkins.by_id(tx, checkin.id) or checkin
        return CommentResult(checkin, problem or saved_words, is_saved=problem is None)
    await answers.revisit(tx, checkin_id=checkin.id, question=None)
    if await checkins.open_of(tx, patient_id=patient.id, now=now) is not None:
        return None
    return CommentResult(checkin, request.say("words.too_late"), is_saved=False)


async def save(tx: Tx, checkin: Checkin, text: str, at: datetime) -> str | None:
    """Save a comment; return what to say if it is too long, None if it was saved."""
    words = tidy(text)
    if len(words) > MAX_COMMENT_CHARS:
        return say(checkin.language, "words.too_long", most=MAX_COMMENT_CHARS, length=len(words))
    if words:
        await comments.save(tx, checkin_id=checkin.id, text=words, at=at)
    await answers.revisit(tx, checkin_id=checkin.id, question=None)
    return None


def tidy(text: str) -> str:
    """Return a comment as it is saved: a web form's line breaks become those of a chat."""
    return text.replace("\r\n", "\n").strip()
