"""The page: whoever has a check-in's link answers it here, by the same rules as in the chat.

Looking changes nothing: what fetches a link to show a preview of it uses nothing up.
"""

from dataclasses import dataclass
from datetime import datetime

from alliance.checkins.instruments import instrument
from alliance.checkins.review import ANSWERABLE
from alliance.errors import Refusal
from alliance.people.permissions import Action
from handlers.app import access
from handlers.app.services import Desk
from handlers.checkins import answer_page_screens as screens
from handlers.checkins import comment
from handlers.checkins.actions import PUT_OFF, carry_out, may_comment, put_off
from handlers.checkins.answer import keep_answer
from handlers.checkins.answer_page_screens import HERE, Seen
from handlers.consent.terms import outstanding
from handlers.taps import KINDS, AnswerTap, CheckinTap, meaning, unpack
from storage.checkins import comments, page_links
from storage.checkins.checkins import Checkin, Holder
from storage.database.tx import Tx, at_text
from storage.messages import outbox
from storage.people import people

PUT_OFF_VIEW = "put-off"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form carries: the button that was tapped, and words where there are any."""

    tap: str
    words: str = ""


async def look(desk: Desk, token: str, view: str) -> str | None:
    """Return what a link shows; None where it leads nowhere, or no longer."""
    now = desk.now()
    async with desk.store.reading() as tx:
        holder = await page_links.checkin_of(tx, token)
        if holder is None:
            return None
        has_words = await comments.has_one(tx, holder.checkin.id)
        may = await _may(desk, tx, holder)
    if view == PUT_OFF_VIEW and holder.checkin.is_open(now):
        return screens.put_off(holder)
    offered = may_comment(desk.site, holder.checkin, now)
    seen = Seen(holder, now, view, may_comment=offered, has_words=has_words)
    shown = screens.current(seen)
    return shown if may or shown is None else screens.first_the_chat(holder.language)


async def send(desk: Desk, token: str, sent: Sent) -> str | None:
    """Do what a button says; return the view that follows, None where the link leads nowhere.

    What cannot be done now changes nothing; the view then shows how things stand.
    """
    now = desk.now()
    async with desk.store.transaction() as tx:
        before = await page_links.checkin_of(tx, token)
        if before is None or not Seen(before, now).leads_somewhere:
            return None
        if not await _may(desk, tx, before):
            return HERE
        view, after = await _done(desk, tx, before, sent)
        if _stage(before.checkin) != _stage(after.checkin):
            await _tidy_chat(tx, after.checkin, now)
    desk.ring()
    return view


async def _may(desk: Desk, tx: Tx, holder: Holder) -> bool:
    """Say whether anything of theirs may be kept: they take part, and agree to today's words."""
    try:
        patient = await people.by_id(tx, holder.checkin.patient_id)
        return access.has(Action.ANSWER, patient) and await outstanding(desk, tx, patient) is None
    except Refusal:  # the site's words are not complete
        return False


async def _done(desk: Desk, tx: Tx, holder: Holder, sent: Sent) -> tuple[str, Holder]:
    """Do what the button says, and return the next view with the check-in as it is then."""
    try:
        if sent.tap.startswith(f"{KINDS[AnswerTap]}:"):
            return HERE, await _answer(desk, tx, holder, unpack(AnswerTap, sent.tap))
        tap = unpack(CheckinTap, sent.tap)
    except Refusal:  # made up, or of an older version
        return HERE, holder
    if tap.checkin_id != holder.checkin.id:
        return HERE, holder
    if tap.verb in PUT_OFF and holder.checkin.is_open(desk.now()):
        await put_off(tx, holder, tap.verb, desk.now())
        return PUT_OFF_VIEW, holder
    if tap.verb == "words":
        return await _words(desk, tx, holder, sent.words), holder
    return HERE, await carry_out(desk, tx, holder, tap.verb)


async def _answer(desk: Desk, tx: Tx, holder: Holder, tap: AnswerTap) -> Holder:
    if tap.checkin_id != holder.checkin.id:
        return holder
    question, value = meaning(tap, instrument(holder.checkin.instrument))
    return await keep_answer(desk, tx, holder=holder, question=question, value=value)


async def _words(desk: Desk, tx: Tx, holder: Holder, text: str) -> str:
    """Keep a few words where they may be added now; return the next view."""
    if not may_comment(desk.site, holder.checkin, desk.now()):
        return HERE
    return HERE if await comment.keep(desk, tx, holder, text) is None else "words"


def _stage(checkin: Checkin) -> str:
    """Return what the chat shows of it: that something waits, or how it was left."""
    return "waits" if checkin.state in ANSWERABLE else checkin.state


async def _tidy_chat(tx: Tx, checkin: Checkin, at: datetime) -> None:
    """Let the nudge in the chat say how things stand; it has no link once there is no need."""
    await outbox.post(
        tx,
        key=f"page:{checkin.id}:{at_text(at)}",
        kind="close",
        person_id=checkin.patient_id,
        subject_id=checkin.id,
        at=at,
    )
