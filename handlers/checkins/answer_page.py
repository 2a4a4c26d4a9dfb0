"""The answer page: whoever has a check-in's link answers it here, by the same rules as in the chat.

Looking changes nothing, so whatever loads a link to preview it does no harm.
"""

from dataclasses import dataclass
from datetime import datetime

from alliance.checkins.instruments import instrument
from alliance.checkins.review import ANSWERABLE
from alliance.errors import Refusal
from alliance.people.permissions import Action
from handlers.app import access
from handlers.app.services import Services
from handlers.checkins import answer_page_screens as screens
from handlers.checkins import comment
from handlers.checkins.actions import POSTPONE_VERBS, carry_out, may_comment, postpone
from handlers.checkins.answer import save_answer
from handlers.checkins.answer_page_screens import CURRENT_VIEW, PageState
from handlers.consent.terms import pending_consent_screen
from handlers.taps import KINDS, AnswerTap, CheckinTap, parse_answer_tap, unpack
from storage.checkins import comments, page_links
from storage.checkins.checkins import Checkin
from storage.database.tx import Tx
from storage.messages.post import post_refresh
from storage.people import people

POSTPONED_VIEW = "put-off"


@dataclass(frozen=True, slots=True)
class SubmittedForm:
    """What a form carries: the button that was tapped, and a comment if there is one."""

    tap: str
    comment: str = ""


async def render(services: Services, token: str, view: str) -> str | None:
    """Return the page of a link; None if the link does not work, or no longer."""
    now = services.now()
    async with services.store.read_transaction() as tx:
        checkin = await page_links.checkin_of(tx, token)
        if checkin is None:
            return None
        has_comment = await comments.has_one(tx, checkin.id)
        may_answer = await _may_answer(services, tx, checkin)
    if view == POSTPONED_VIEW and checkin.is_open(now):
        return screens.postponed_page(checkin)
    can_comment = may_comment(services.site, checkin, now)
    state = PageState(checkin, now, view, may_comment=can_comment, has_comment=has_comment)
    page = screens.current_page(state)
    return page if may_answer or page is None else screens.consent_required_page(checkin.language)


async def submit(services: Services, token: str, form: SubmittedForm) -> str | None:
    """Do what a button says; return the next view, or None if the link does not work.

    What cannot be done now changes nothing; the next view then shows the check-in as it is.
    """
    now = services.now()
    async with services.store.transaction() as tx:
        before = await page_links.checkin_of(tx, token)
        if before is None or not PageState(before, now).is_available:
            return None
        if not await _may_answer(services, tx, before):
            return CURRENT_VIEW
        view, after = await _apply(services, tx, before, form)
        if _chat_stage(before) != _chat_stage(after):
            await _update_chat_message(tx, after, now)
    services.wake_sender()
    return view


async def _may_answer(services: Services, tx: Tx, checkin: Checkin) -> bool:
    """Say whether the patient takes part and has agreed to the current terms."""
    try:
        patient = await people.by_id(tx, checkin.patient_id)
        return (
            access.role_has(Action.ANSWER, patient)
            and await pending_consent_screen(tx, patient, services.site.consent) is None
        )
    except Refusal:  # the site's terms are not complete
        return False


async def _apply(
    services: Services, tx: Tx, checkin: Checkin, form: SubmittedForm
) -> tuple[str, Checkin]:
    """Do what the button says; return the next view and the check-in as it is then."""
    try:
        if form.tap.startswith(f"{KINDS[AnswerTap]}:"):
            return CURRENT_VIEW, await _answer(services, tx, checkin, unpack(AnswerTap, form.tap))
        tap = unpack(CheckinTap, form.tap)
    except Refusal:  # made up, or from an older version
        return CURRENT_VIEW, checkin
    now = services.now()
    if tap.checkin_id != checkin.id:
        return CURRENT_VIEW, checkin
    if tap.verb in POSTPONE_VERBS and checkin.is_open(now):
        await postpone(tx, checkin, tap.verb, now)
        return POSTPONED_VIEW, checkin
    if tap.verb == "words":
        return await _save_comment(services, tx, checkin, form.comment), checkin
    return CURRENT_VIEW, await carry_out(services.site, tx, checkin, tap.verb, now)


async def _answer(services: Services, tx: Tx, checkin: Checkin, tap: AnswerTap) -> Checkin:
    if tap.checkin_id != checkin.id:
        return checkin
    question, value = parse_answer_tap(tap, instrument(checkin.instrument))
    return await save_answer(services, tx, checkin, question, value)


async def _save_comment(services: Services, tx: Tx, checkin: Checkin, text: str) -> str:
    """Save a comment if it may be added now; return the next view."""
    now = services.now()
    if not may_comment(services.site, checkin, now):
        return CURRENT_VIEW
    problem = await comment.save(tx, checkin, text, now)
    return CURRENT_VIEW if problem is None else "words"


def _chat_stage(checkin: Checkin) -> str:
    """Return what the chat shows of a check-in: that it is waiting, or how it ended."""
    return "waits" if checkin.state in ANSWERABLE else checkin.state


async def _update_chat_message(tx: Tx, checkin: Checkin, at: datetime) -> None:
    """Update the message in the chat; its link is removed once it is no longer needed."""
    await post_refresh(
        tx, checkin_id=checkin.id, patient_id=checkin.patient_id, cause="page", at=at
    )
