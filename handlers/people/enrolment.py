"""How people join: with a one-time link, and patients agree before the first question."""

from math import ceil

from alliance.calendar.timing import A_MINUTE
from alliance.errors import Refusal
from alliance.people.permissions import Action
from alliance.people.roles_and_states import PersonState
from handlers.app import access
from handlers.app.menus import show_menu
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.checkins import checkin
from handlers.consent import screens as consent_screens
from handlers.consent.terms import pending_consent_screen, terms_of
from handlers.people import enrolment_screens as screens
from handlers.texts import language_for
from storage.checkins import checkins
from storage.checkins.checkins import Checkin
from storage.consent import consents
from storage.messages import coordinator_notices
from storage.people import failed_links, people
from storage.people.join import join
from storage.people.people import Person


async def on_start(request: Request) -> None:
    """/start, or a pasted link: enrol with its token, or say where things stand without one."""
    token = request.services.invitation_token(request.text)
    if token is None and request.args:
        token = request.args[0]

    async with request.transaction():
        person = await _identify_sender(request, token)
        if person is not None:
            screen = await _status_screen(request, person)
            open_checkin = await _open_checkin(request, person)

    if token is not None:
        request.services.wake_sender()  # coordinators may be notified of a failed link
    if person is None:
        raise Refusal("invitation_invalid")
    await request.reply.send(screen)
    if open_checkin is not None:
        await checkin.repost_checkin(request, open_checkin)
    await show_menu(request, person, person.language)


async def on_help(request: Request) -> None:
    """/help for therapists and coordinators: what they can do here."""
    async with request.reading():
        person = await access.require_role(request)
    await request.reply.send(screens.home(person.language, person.role))


async def _identify_sender(request: Request, token: str | None) -> Person | None:
    """Return the sender; None when their link does not work.

    Such an attempt must be committed before the sender is told, so it is no Refusal.

    Raises:
        Refusal: A stranger without a link, or somebody whose participation has ended.
    """
    tx, sender = request.tx, request.sender
    person = await access.person_of(tx, sender)
    if token is not None and request.is_new and not sender.is_bot:
        person = await _redeem(request, token, person)
    if person is None:
        if token is None or sender.is_bot:
            raise Refusal("not_enrolled")
        return None
    if not access.role_has(request.action, person):
        raise access.refusal(request, person)
    await coordinator_notices.mark_reachable(tx, person=person, at=request.now)
    return await people.by_id(tx, person.id)


async def _redeem(request: Request, token: str, known: Person | None) -> Person | None:
    """Use up a link and bind its person to the account; return who has the account now.

    Raises:
        Refusal: The account belongs to somebody else, it has to wait before another link is
            tried, or the terms are incomplete, so that a patient cannot agree yet. The link can
            still be used later.
    """
    tx, account_id, now = request.tx, request.sender.account_id, request.now
    site = request.services.site
    blocked_until = await failed_links.blocked_until(tx, telegram_id=account_id, at=now)
    if blocked_until is not None:
        if known is None:
            minutes = ceil((blocked_until - now) / A_MINUTE)
            raise Refusal("invitation_wait", minutes=str(minutes))
        return known
    language = language_for(request.sender.language_code, site.language)
    joined = await join(
        tx, token=token, account_id=account_id, known=known, language=language, at=now
    )
    if joined is None:
        return known
    if access.role_has(Action.CONSENT, joined) and site.consent.unfilled_slots():
        raise Refusal("consent.not_ready")
    return joined


async def _status_screen(request: Request, person: Person) -> Screen:
    """Return where things stand: what somebody can do, or what they have to agree to."""
    if not access.role_has(Action.CONSENT, person):
        return screens.home(person.language, person.role)
    tx, site = request.tx, request.services.site
    terms = await terms_of(tx, person, site.consent)
    decision, version = await consents.latest(tx, person.id)
    has_agreed = decision == "agreed" and person.state != PersonState.INVITED
    if has_agreed and version == site.consent.version:
        return consent_screens.help_for(terms, has_page=site.page_url is not None)
    if site.consent.unfilled_slots():
        raise Refusal("consent.not_ready")
    return consent_screens.question_with_notice(terms, agreed_before=has_agreed)


async def _open_checkin(request: Request, person: Person) -> Checkin | None:
    """Return the open check-in; None while a patient still has to decide about the terms."""
    if not access.role_has(Action.ANSWER, person) or person.state == PersonState.INVITED:
        return None
    consent = request.services.site.consent
    if await pending_consent_screen(request.tx, person, consent) is not None:
        return None
    return await checkins.open_of(request.tx, patient_id=person.id, now=request.now)


async def on_block(request: Request) -> None:
    """Record that somebody has blocked the bot, or unblocked it; coordinators are notified."""
    services = request.services
    async with request.transaction() as tx:
        person = await people.by_telegram(tx, request.sender.account_id)
        if person is None:
            return
        if request.has_blocked:
            await coordinator_notices.mark_unreachable(
                tx, person=person, quiet=services.site.defaults.quiet, at=request.now
            )
        else:
            await coordinator_notices.mark_reachable(tx, person=person, at=request.now)
    services.wake_sender()
