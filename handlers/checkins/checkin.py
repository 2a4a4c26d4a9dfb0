"""A patient answers by tapping; whatever is tapped, the chat then shows the check-in as it is."""

from dataclasses import replace

from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.checkins import current_screen
from handlers.checkins import screens as checkin_screens
from handlers.checkins.actions import POSTPONE_VERBS, WISH_VERBS, carry_out, postpone
from handlers.checkins.answer import save_answer
from handlers.consent import screens as consent_screens
from handlers.consent.terms import pending_consent_screen, terms_of
from handlers.taps import AnswerTap, CheckinTap, parse_answer_tap, unpack
from handlers.texts import say
from storage.checkins import checkins
from storage.checkins.checkins import Checkin
from storage.people import relationships

VERBS_FOR_PAGE_USERS = frozenset({"skip", "undo"})
"""What somebody who answers on the page can also do in the chat."""


async def on_answer(request: Request) -> None:
    """A tap on an answer. The same tap again, or an old one, saves the same answer again."""
    tap, services = unpack(AnswerTap, request.data), request.services

    async with request.transaction() as tx:
        patient = await access.require_role(request)
        checkin = await _own_checkin(request, tap.checkin_id)
        question, value = parse_answer_tap(tap, instrument(checkin.instrument))
        screen = await pending_consent_screen(tx, patient, services.site.consent)
        if screen is None and not services.site.answers_on_page(checkin.answers_on):
            checkin = await save_answer(services, tx, checkin, question, value)
        screen = screen or await current_screen.save_replacement_screen(
            services.site, tx, checkin, request.now
        )

    if checkin.state == CheckinState.COMPLETED:
        services.wake_sender()
    await request.reply.show(
        screen or current_screen.standard_screen(services.site, checkin, request.now)
    )


async def on_checkin_tap(request: Request) -> None:
    """Any other tap on a check-in: back, later, no session, change ..."""
    tap = unpack(CheckinTap, request.data)
    if tap.verb == "who":
        await _show_readers(request, tap)
        return

    async with request.transaction() as tx:
        patient = await access.require_role(request)
        checkin = await _own_checkin(request, tap.checkin_id)
        pending = await pending_consent_screen(tx, patient, request.services.site.consent)
        screen = pending or await _carry_out(request, checkin, tap.verb)

    if tap.verb in WISH_VERBS:
        request.services.wake_sender()
    await request.reply.show(screen)


async def _own_checkin(request: Request, checkin_id: str) -> Checkin:
    """Return a check-in of the sender; buttons can be copied and forged.

    Raises:
        Refusal: It does not exist, or is somebody else's.
    """
    checkin = await checkins.by_id(request.tx, checkin_id)
    if checkin is None:
        raise Refusal("stale_button")
    relations = relationships.to_belonging(request.person, checkin.patient_id)
    access.require_relation(request, relations)
    return checkin


async def _carry_out(request: Request, checkin: Checkin, verb: str) -> Screen:
    """Do what the verb says, and return the screen that follows; views change nothing."""
    tx, site, now = request.tx, request.services.site, request.now
    is_on_page = site.answers_on_page(checkin.answers_on)
    if verb == "later" and checkin.is_open(now):
        return checkin_screens.postpone_choice(checkin, now)
    if verb in POSTPONE_VERBS and checkin.is_open(now):
        return checkin_screens.postponed_notice(checkin, await postpone(tx, checkin, verb, now))
    if verb == "change" and not is_on_page and checkin.may_change(now):
        return checkin_screens.change_menu(checkin)
    if not is_on_page or verb in VERBS_FOR_PAGE_USERS:
        checkin = await carry_out(site, tx, checkin, verb, now)
    replacement = await current_screen.save_replacement_screen(site, tx, checkin, now)
    return replacement or current_screen.standard_screen(site, checkin, now)


async def _show_readers(request: Request, tap: CheckinTap) -> None:
    """Say who reads the answers."""
    async with request.reading() as tx:
        patient = await access.require_role(request)
        await _own_checkin(request, tap.checkin_id)
        terms = await terms_of(tx, patient, request.services.site.consent)
    await request.reply.note(consent_screens.brief_text(terms), must_confirm=True)


async def repost_checkin(
    request: Request, checkin: Checkin, *, hint: str | None = None, pending: Screen | None = None
) -> None:
    """Show a check-in in a new message and delete the earlier one.

    Args:
        request: From the check-in's patient.
        checkin: What is shown.
        hint: Words above it.
        pending: Shown in place of the check-in: what the patient must agree to first.
    """
    services = request.services
    screen = pending or await current_screen.new_message_screen(services, checkin)
    if hint is not None:
        screen = replace(screen, text=f"{hint}\n\n{screen.text}")
    sent = await request.reply.send(screen)
    if sent is None:
        return
    async with services.store.transaction() as tx:
        earlier = await checkins.record_sent(
            tx, checkin_id=checkin.id, message_id=sent.message_id, at=request.now
        )
    if earlier is not None:
        moved = Screen(say(checkin.language, "checkin.moved"))
        await request.reply.discard(earlier, moved)


async def on_checkin(request: Request) -> None:
    """/checkin: show the open check-in again, or say that there is none."""
    async with request.transaction() as tx:
        patient = await access.require_role(request)
        checkin = await checkins.open_of(tx, patient_id=patient.id, now=request.now)
        pending = await pending_consent_screen(tx, patient, request.services.site.consent)
    if checkin is None:
        await request.reply.send(pending or Screen(request.say("checkin.none_open")))
        return
    await repost_checkin(request, checkin, pending=pending)
