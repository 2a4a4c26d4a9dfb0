"""How people come in: a one-time link, and for patients an agreement before the first question."""

from datetime import timedelta
from math import ceil

from telegram import Update, User

from alliance.errors import Refusal
from alliance.people.permissions import Action
from handlers.app import access, replies
from handlers.app.menus import show_menu
from handlers.app.screen import Screen
from handlers.app.services import Context, Desk, Page
from handlers.checkins import checkin
from handlers.consent import screens as consent_screens
from handlers.consent.terms import outstanding, terms_of
from handlers.people import enrolment_screens as screens
from handlers.texts import language_for
from storage.checkins import checkins, page_links
from storage.checkins.checkins import Holder
from storage.consent import consents
from storage.database.tx import Tx
from storage.messages import coordinator_notices
from storage.people import accounts, failed_links, invitations, people
from storage.people.people import Person

BLOCKED = "kicked"
A_MINUTE = timedelta(minutes=1)


async def on_start(update: Update, context: Context) -> None:
    """/start, with a token from a link or without: enrols, or says where things stand."""
    message, desk = access.written(update), context.desk
    token = context.args[0] if context.args else None

    async with desk.keeping(update) as page:
        person = await _who_comes(context, page, access.writer(message), token)
        if person is not None:
            screen = await _where_things_stand(desk, page.tx, person)
            holder = await _waiting(desk, page.tx, person)

    if person is None:
        desk.ring()
        raise Refusal("invitation_invalid")
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))
    if holder is not None:
        await checkin.bring_up(context, message.chat_id, holder)
    await show_menu(context.bot, message.chat_id, person, person.language, desk.site)


async def on_help(update: Update, context: Context) -> None:
    """/help for therapists and coordinators: what they can do here."""
    message = access.written(update)
    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(message))
    screen = screens.home(person.language, person.role)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _who_comes(context: Context, page: Page, user: User, token: str | None) -> Person | None:
    """Return who comes; None when their link does not work, which is kept before it is said."""
    desk = context.desk
    known = await access.known(page.tx, user)
    if token is not None and page.fresh and not user.is_bot:
        known = await _redeem(desk, page.tx, user, token, known)
    if known is None:
        if token is None or user.is_bot:
            raise Refusal("not_enrolled")
        return None
    if not access.has(context.action, known):
        raise access.refusal(context, known)
    await coordinator_notices.reachable(page.tx, person=known, at=desk.now())
    return await people.by_id(page.tx, known.id)


async def _redeem(
    desk: Desk, tx: Tx, user: User, token: str, known: Person | None
) -> Person | None:
    """Use the token up and tie its person to the account; a known person keeps who they are.

    Raises:
        Refusal: The account is another's, or has to wait before another link of its is looked
            at, or a patient cannot be told yet what to agree to; the link then still works later.
    """
    until = await failed_links.waits(tx, telegram_id=user.id, at=desk.now())
    if until is not None and known is None:
        minutes = ceil((until - desk.now()) / A_MINUTE)
        raise Refusal("invitation_wait", minutes=str(minutes))
    invited = None
    if until is None:
        invited = await invitations.redeem(tx, token=token, at=desk.now())
    if invited is None:
        if until is None and not await invitations.is_known(tx, token=token):
            await failed_links.note(tx, telegram_id=user.id, token=token, at=desk.now())
        return known
    if known is not None and known.id != invited:
        raise Refusal("account_taken")
    await accounts.bind(tx, person_id=invited, telegram_id=user.id, at=desk.now())
    await page_links.withdraw(tx, person_id=invited)
    language = language_for(user.language_code, desk.site.language)
    await people.set_language(tx, person_id=invited, language=language)
    person = await people.by_id(tx, invited)
    has_to_agree = access.has(Action.CONSENT, person)
    if has_to_agree and desk.site.consent.unfilled():
        raise Refusal("consent.not_ready")
    if not has_to_agree and person.state == "invited":
        await people.set_state(tx, person_id=invited, state="active")
    return await people.by_id(tx, invited)


async def _where_things_stand(desk: Desk, tx: Tx, person: Person) -> Screen:
    if not access.has(Action.CONSENT, person):
        return screens.home(person.language, person.role)
    terms = await terms_of(tx, person, desk.site.consent)
    decision, about = await consents.latest_with_version(tx, person.id)
    agrees = decision == "agreed" and person.state != "invited"
    if agrees and about == desk.site.consent.version:
        return consent_screens.help_for(terms, has_page=desk.site.page is not None)
    if desk.site.consent.unfilled():
        raise Refusal("consent.not_ready")
    return consent_screens.again(terms, agreed_before=agrees)


async def _waiting(desk: Desk, tx: Tx, person: Person) -> Holder | None:
    """Return what waits for an answer; who was invited anew, or has new words, decides first."""
    if not access.has(Action.ANSWER, person) or person.state == "invited":
        return None
    if await outstanding(desk, tx, person) is not None:
        return None
    return await checkins.open_of(tx, patient_id=person.id, now=desk.now())


async def on_block(update: Update, context: Context) -> None:
    """Somebody blocked the bot, or let it back in; a coordinator learns of the first."""
    change, desk = update.my_chat_member, context.desk
    if change is None or not access.is_private(change.chat):
        return
    async with desk.keeping(update) as page:
        person = await people.by_telegram(page.tx, change.from_user.id)
        if person is None:
            return
        if change.new_chat_member.status == BLOCKED:
            await coordinator_notices.unreachable(
                page.tx, person=person, quiet=desk.site.quiet, at=desk.now()
            )
        else:
            await coordinator_notices.reachable(page.tx, person=person, at=desk.now())
    desk.ring()
