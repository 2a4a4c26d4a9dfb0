"""The coming sessions of a patient or a group: cancel one, move it, put it back, add one."""

from datetime import datetime, timedelta

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.calendar import sessions_screens as screens
from handlers.calendar.owner import PlanOwner, SessionRef, owner_by_code, owner_of_plan
from handlers.taps import SessionTap, unpack
from storage.calendar import plans, preview
from storage.calendar.change_sessions import cancel_session, move_session, restore_session
from storage.calendar.sessions import Session

LISTING_HORIZON = timedelta(weeks=26)
CANCEL_GRACE = timedelta(hours=12)
"""A session that ended this recently can be cancelled as long as nobody was asked about it."""


async def on_sessions(request: Request) -> None:
    """/sessions P-017, or G-1: the coming sessions, each a button."""
    async with request.reading():
        await access.require_role(request)
        if len(request.args) != 1:
            raise Refusal("sessions.how")
        screen = await listing(request, request.args[0])

    await request.reply.send(screen)


async def on_session_tap(request: Request) -> None:
    """Show or change one session, or show those after it."""
    tap = unpack(SessionTap, request.data)

    async with request.transaction():
        await access.require_role(request)
        session_ref = await find_session(request, f"{tap.plan_id}:{tap.planned_for}")
        if tap.verb == "later":
            after = session_ref.planned_for
            screen = await listing(request, session_ref.owner.code, after=after)
        else:
            if request.is_new:
                await _carry_out(request, session_ref, tap.verb)
            screen = await session_screen(request, session_ref)

    request.services.wake_scheduler()
    await request.reply.show(screen)


async def find_session(request: Request, key: str) -> SessionRef:
    """Return the session that a button names by its plan and its planned time.

    Raises:
        Refusal: Its plan has been replaced or ended, or the button was made up.
    """
    plan_id, _, planned_for = key.partition(":")
    plan = await plans.by_id(request.tx, plan_id)
    if plan is None or plan.ended_at is not None:
        raise Refusal("sessions.plan_is_new")
    owner = await owner_of_plan(request.tx, plan, request.language)
    try:
        return SessionRef(owner, plan, screens.parse_session_key(planned_for))
    except ValueError:
        raise Refusal("stale_button") from None


async def _carry_out(request: Request, session_ref: SessionRef, verb: str) -> None:
    """Do with a session what a button says.

    Raises:
        Refusal: It is too late for that.
    """
    plan, planned_for = session_ref.plan, session_ref.planned_for
    match verb:
        case "show":
            pass
        case "cancel":
            if not await cancel_session(request.change(), plan, planned_for):
                raise Refusal("sessions.asked_already")
        case "restore":
            if not await restore_session(request.change(), plan, planned_for):
                raise Refusal("sessions.too_late")
        case "hold":
            await move(request, session_ref, planned_for)
        case _:
            raise Refusal("stale_button")


async def move(request: Request, session_ref: SessionRef, starts_at: datetime) -> None:
    """Move a session; to its own time, it is held in spite of a holiday.

    Raises:
        Refusal: It has begun, or would have begun by now.
    """
    plan, planned_for = session_ref.plan, session_ref.planned_for
    if not await move_session(request.change(), plan, planned_for, starts_at=starts_at):
        raise Refusal("sessions.too_late")


async def listing(request: Request, code: str, after: datetime | None = None) -> Screen:
    """Return the coming sessions, or those after one that was shown."""
    owner = await owner_by_code(request.tx, code, request.language)
    coming = [
        session
        for session in await _changeable_sessions(request, owner)
        if after is None or session.starts_at > after
    ]
    page = coming[: screens.PAGE_SIZE]
    return screens.listing(
        request.language,
        label=owner.label,
        code=owner.code,
        sessions=page,
        more=len(coming) > len(page),
    )


async def session_screen(request: Request, session_ref: SessionRef) -> Screen:
    """Return one session as it is now.

    Raises:
        Refusal: It was over long ago, or there never was one.
    """
    owner, plan = session_ref.owner, session_ref.plan
    for session in await _changeable_sessions(request, owner):
        if (session.plan_id, session.planned_for) == (plan.id, session_ref.planned_for):
            defaults = request.services.site.defaults
            settings = plan.timetable.resolve_settings(defaults, group=owner.is_group)
            return screens.card(request.language, owner.label, owner.code, session, settings)
    raise Refusal("sessions.gone")


async def _changeable_sessions(request: Request, owner: PlanOwner) -> list[Session]:
    """Return the owner's sessions that can still be changed, without those of ended plans."""
    now = request.now
    ahead = await preview.sessions_ahead(
        request.tx,
        now=now,
        since=now - CANCEL_GRACE,
        until=now + LISTING_HORIZON,
        defaults=request.services.site.defaults,
        patient_id=owner.patient_id,
        group_id=owner.group_id,
    )
    return [
        session
        for session in ahead
        if session.group_id == owner.group_id
        and session.plan_id is not None
        and session.reason not in ("ended", "moved")
        and (session.ends_at + session.delay > now or session.starts_at > now)
    ]
