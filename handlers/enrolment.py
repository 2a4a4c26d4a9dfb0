"""How people come in: a one-time link, and for patients an agreement before the first question."""

from datetime import timedelta
from math import ceil

from telegram import Update, User

from alliance.errors import Refusal
from alliance.permissions import Action
from handlers import checkin, guard, replies
from handlers.desk import Context, Desk, Page
from handlers.menus import show_menu
from handlers.screens import Screen
from handlers.screens import consent as consent_screens
from handlers.screens import enrolment as screens
from handlers.terms import outstanding, terms_of
from handlers.texts import language_for
from storage import accounts, checkins, consents, guesses, invitations, links, people, trouble
from storage.checkins import Holder
from storage.people import Person
from storage.tx import Tx

BLOCKED = "kicked"
A_MINUTE = timedelta(minutes=1)


async def on_start(update: Update, context: Context) -> None:
    """/start, with a token from a link or without: enrols, or says where things stand."""
    message, desk = guard.written(update), context.desk
    token = context.args[0] if context.args else None

    async with desk.keeping(update) as page:
        person = await _who_comes(context, page, guard.writer(message), token)
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
    message = guard.written(update)
    async with context.desk.store.reading() as tx:
        person = await guard.admitted(context, tx, guard.writer(message))
    screen = screens.home(person.language, person.role)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _who_comes(context: Context, page: Page, user: User, token: str | None) -> Person | None:
    """Return who comes; None when their link does not work, which is kept before it is said."""
    desk = context.desk
    known = await guard.known(page.tx, user)
    if token is not None and page.fresh and not user.is_bot:
        known = await _redeem(desk, page.tx, user, token, known)
    if known is None:
        if token is None or user.is_bot:
            raise Refusal("not_enrolled")
        return None
    if not guard.has(context.action, known):
        raise guard.refusal(context, known)
    await trouble.reachable(page.tx, person=known, at=desk.now())
    return await people.by_id(page.tx, known.id)


async def _redeem(
    desk: Desk, tx: Tx, user: User, token: str, known: Person | None
) -> Person | None:
    """Use the token up and tie its person to the account; a known person keeps who they are.

    Raises:
        Refusal: The account is another's, or has to wait before another link of its is looked
            at, or a patient cannot be told yet what to agree to; the link then still works later.
    """
    until = await guesses.waits(tx, telegram_id=user.id, at=desk.now())
    if until is not None and known is None:
        minutes = ceil((until - desk.now()) / A_MINUTE)
        raise Refusal("invitation_wait", minutes=str(minutes))
    invited = None
    if until is None:
        invited = await invitations.redeem(tx, token=token, at=desk.now())
    if invited is None:
        if until is None and not await invitations.is_known(tx, token=token):
            await guesses.note(tx, telegram_id=user.id, token=token, at=desk.now())
        return known
    if known is not None and known.id != invited:
        raise Refusal("account_taken")
    await accounts.bind(tx, person_id=invited, telegram_id=user.id, at=desk.now())
    await links.withdraw(tx, person_id=invited)
    language = language_for(user.language_code, desk.site.language)
    await people.set_language(tx, person_id=invited, language=language)
    person = await people.by_id(tx, invited)
    has_to_agree = guard.has(Action.CONSENT, person)
    if has_to_agree and desk.site.consent.unfilled():
        raise Refusal("consent.not_ready")
    if not has_to_agree and person.state == "invited":
        await people.set_state(tx, person_id=invited, state="active")
    return await people.by_id(tx, invited)


async def _where_things_stand(desk: Desk, tx: Tx, person: Person) -> Screen:
    if not guard.has(Action.CONSENT, person):
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
    if not guard.has(Action.ANSWER, person) or person.state == "invited":
        return None
    if await outstanding(desk, tx, person) is not None:
        return None
    return await checkins.open_of(tx, patient_id=person.id, now=desk.now())


async def on_block(update: Update, context: Context) -> None:
    """Somebody blocked the bot, or let it back in; a coordinator learns of the first."""
    change, desk = update.my_chat_member, context.desk
    if change is None or not guard.is_private(change.chat):
        return
    async with desk.keeping(update) as page:
        person = await people.by_telegram(page.tx, change.from_user.id)
        if person is None:
            return
        if change.new_chat_member.status == BLOCKED:
            await trouble.unreachable(page.tx, person=person, quiet=desk.site.quiet, at=desk.now())
        else:
            await trouble.reachable(page.tx, person=person, at=desk.now())
    desk.ring()
