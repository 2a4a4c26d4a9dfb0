"""The coming sessions of a patient or a group: cancel one, move it, put it back, add one."""

from datetime import datetime, timedelta

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.coordinator_request import Caller
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.calendar import changes
from handlers.calendar import sessions_screens as screens
from handlers.calendar.owner import Meant, Party, party_named, party_of
from handlers.taps import SessionTap, unpack
from storage.calendar import plans, preview
from storage.calendar.sessions import Session

AHEAD = timedelta(weeks=26)
JUST_OVER = timedelta(hours=12)
"""A session that ended so lately can be cancelled as long as nobody was asked about it."""


async def on_sessions(update: Update, context: Context) -> None:
    """/sessions P-017, or G-1: the coming sessions, each a button."""
    message, args = access.written(update), context.args or []

    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(message))
        if len(args) != 1:
            raise Refusal("sessions.how")
        screen = await listing(Caller(tx, context, person), args[0])

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_session_tap(update: Update, context: Context) -> None:
    """Something is done with one session."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(SessionTap, query.data)

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, query.from_user)
        caller = Caller(page.tx, context, person)
        meant = await meant_by(caller, f"{tap.plan_id}:{tap.planned_for}")
        if tap.verb == "later":
            screen = await listing(caller, meant.party.code, after=meant.planned_for)
        else:
            if page.fresh:
                await _carry_out(caller, meant, tap.verb)
            screen = await shown(caller, meant)

    desk.knock()
    await replies.show(query, screen)


async def meant_by(caller: Caller, name: str) -> Meant:
    """Return the session that a button names.

    Raises:
        Refusal: Its plan has been replaced or ended, or the button was made up.
    """
    plan_id, _, instant = name.partition(":")
    plan = await plans.by_id(caller.tx, plan_id)
    if plan is None or plan.ended_at is not None:
        raise Refusal("sessions.plan_is_new")
    try:
        return Meant(await party_of(caller, plan), plan, screens.named(instant))
    except ValueError:
        raise Refusal("stale_button") from None


async def _carry_out(caller: Caller, meant: Meant, verb: str) -> None:
    if verb == "cancel":
        await changes.cancel_session(caller, meant)
    elif verb == "restore":
        await changes.restore_session(caller, meant)
    elif verb == "hold":
        await changes.move_session(caller, meant, meant.planned_for)
    elif verb != "show":
        raise Refusal("stale_button")


async def listing(caller: Caller, code: str, after: datetime | None = None) -> Screen:
    """Return the coming sessions, or those after one that was shown."""
    party = await party_named(caller, code)
    found = [
        session
        for session in await _ahead(caller, party)
        if after is None or session.starts_at > after
    ]
    page = found[: screens.ON_A_PAGE]
    return screens.listing(
        caller.language,
        label=party.label,
        code=party.code,
        found=page,
        more=len(found) > len(page),
    )


async def shown(caller: Caller, meant: Meant) -> Screen:
    """Return one session as it stands now.

    Raises:
        Refusal: It is long over, or there never was one.
    """
    for session in await _ahead(caller, meant.party):
        if (session.plan_id, session.planned_for) == (meant.plan.id, meant.planned_for):
            terms = meant.plan.timetable.terms(
                caller.desk.site.defaults, group=meant.party.group_id is not None
            )
            return screens.one(caller.language, meant.party.label, meant.party.code, session, terms)
    raise Refusal("sessions.gone")


async def _ahead(caller: Caller, party: Party) -> list[Session]:
    """Return the party's own sessions that can still be changed; not those of other plans."""
    now = caller.now
    found = await preview.sessions_ahead(
        caller.tx,
        now=now,
        since=now - JUST_OVER,
        until=now + AHEAD,
        defaults=caller.desk.site.defaults,
        patient_id=party.patient_id,
        group_id=party.group_id,
    )
    return [
        session
        for session in found
        if session.group_id == party.group_id
        and session.plan_id is not None
        and session.reason not in ("ended", "moved")
        and (session.ends_at + session.delay > now or session.starts_at > now)
    ]
