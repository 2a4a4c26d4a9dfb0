"""A few words of the patient's own: typed after a check-in, sealed, and gone from the chat."""

from dataclasses import dataclass

from handlers.app.services import Desk, Page
from handlers.checkins.actions import WORDS, may_comment
from handlers.checkins.screens import MOST_WORDS
from handlers.texts import say
from storage.checkins import answers, checkins, comments
from storage.checkins.checkins import Holder
from storage.database.tx import Tx
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class Words:
    """What became of words that were awaited: what is said, and whether they are kept."""

    holder: Holder
    said: str
    was_kept: bool


async def typed(desk: Desk, page: Page, patient: Person, text: str) -> Words | None:
    """Take a typed text as a comment where one is awaited.

    Returns:
        None where no words are awaited, or their time is over and another question is open:
        then the text is about that one.
    """
    tx, kept = page.tx, say(patient.language, "words.kept")
    if not page.fresh:
        before = await comments.newest_of(tx, patient.id)
        holder = None if before is None else await checkins.by_id(tx, before.checkin_id)
        if before is None or holder is None or before.text != tidy(text):
            return None
        return Words(holder, kept, was_kept=True)
    holder = await checkins.awaiting(tx, patient_id=patient.id, revisited=WORDS)
    if holder is None:
        return None
    if may_comment(desk.site, holder.checkin, desk.now()):
        refused = await keep(desk, tx, holder, text)
        now = await checkins.by_id(tx, holder.checkin.id) or holder
        return Words(now, refused or kept, was_kept=refused is None)
    await answers.revisit(tx, checkin_id=holder.checkin.id, question=None)
    if await checkins.open_of(tx, patient_id=patient.id, now=desk.now()) is not None:
        return None
    return Words(holder, say(holder.language, "words.too_late"), was_kept=False)


async def keep(desk: Desk, tx: Tx, holder: Holder, text: str) -> str | None:
    """Keep a comment; return what to say where it is too long, None where it is kept."""
    words = tidy(text)
    if len(words) > MOST_WORDS:
        return say(holder.language, "words.too_long", most=MOST_WORDS, length=len(words))
    if words:
        await comments.keep(tx, checkin_id=holder.checkin.id, text=words, at=desk.now())
    await answers.revisit(tx, checkin_id=holder.checkin.id, question=None)
    return None


def tidy(text: str) -> str:
    """Return words as they are kept: a form's line breaks are others than a chat's."""
    return text.replace("\r\n", "\n").strip()
