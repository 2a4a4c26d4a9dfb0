"""/digest: how a therapist wants to be told, and the digest itself."""

from dataclasses import replace
from datetime import date, time

from telegram import Update

from alliance.caseload.digest import Habit, Mode
from alliance.errors import Refusal
from handlers.app import access, private_view, replies
from handlers.app.private_view import View
from handlers.app.services import Context, Desk
from handlers.caseload import digest_screens as screens
from handlers.caseload.caseload_screens import Reader
from handlers.taps import DigestTap, unpack
from storage.audit import audit_log
from storage.caseload import caseloads, digests
from storage.database.tx import Tx
from storage.people.people import Person


async def on_digest(update: Update, context: Context) -> None:
    """/digest: how it is, with everything that can be changed below."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, access.writer(message))
        habit = await digests.habit_of(page.tx, therapist.id)
    reader = Reader(therapist.language, therapist.zone)
    screen = screens.habit(reader, habit, desk.site.quiet)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_digest_tap(update: Update, context: Context) -> None:
    """A choice of how to be told, or the digest of a day."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(DigestTap, query.data)
    if tap.field in ("show", "hide"):
        await _open(update, context, tap)
        return

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        before = await digests.habit_of(page.tx, therapist.id)
        habit = _chosen(before, tap)
        if habit != before:
            await _keep(desk, page.tx, therapist, before, habit)

    desk.ring()
    reader = Reader(therapist.language, therapist.zone)
    await replies.show(query, screens.habit(reader, habit, desk.site.quiet))


def _chosen(habit: Habit, tap: DigestTap) -> Habit:
    """Return the habit after one choice; a Refusal where the button is made up."""
    try:
        match tap.field:
            case "mode":
                return replace(habit, mode=Mode(tap.value))
            case "weekday" if tap.value in tuple("0123456"):
                return replace(habit, weekday=int(tap.value))
            case "time":
                return replace(habit, wall_time=time.fromisoformat(tap.value))
            case "wait" if tap.value in ("0", "1"):
                return replace(habit, alerts_wait=tap.value == "1")
    except ValueError:
        pass
    raise Refusal("stale_button")


async def _keep(desk: Desk, tx: Tx, therapist: Person, before: Habit, habit: Habit) -> None:
    now = desk.now()
    await digests.keep(tx, person=therapist, habit=habit, quiet=desk.site.quiet, at=now)
    await audit_log.record(
        tx,
        actor_id=therapist.id,
        action="digest.set",
        subject_id=therapist.id,
        before=_facts(before),
        after=_facts(habit),
        at=now,
    )


def _facts(habit: Habit) -> audit_log.Facts:
    return {
        "mode": habit.mode,
        "weekday": habit.weekday,
        "time": habit.wall_time.isoformat("minutes"),
        "alerts_wait": int(habit.alerts_wait),
    }


async def _open(update: Update, context: Context, tap: DigestTap) -> None:
    """Show a digest, as things stand now, or put it away."""
    query, desk = access.tapped(update), context.desk
    try:
        day = date.fromisoformat(tap.value)
    except ValueError:
        raise Refusal("stale_button") from None

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        view = await _view(desk, page.tx, therapist, day)
        if tap.field == "show":
            await audit_log.record(
                page.tx, actor_id=therapist.id, action="digest.viewed", at=desk.now()
            )

    act = private_view.fold if tap.field == "hide" else private_view.turn
    await act(context, query, view)


async def _view(desk: Desk, tx: Tx, therapist: Person, day: date) -> View:
    now = desk.now()
    habit = await digests.habit_of(tx, therapist.id)
    lines = await caseloads.of_therapist(tx, therapist_id=therapist.id, at=now)
    groups = await caseloads.groups_of(tx, therapist_id=therapist.id, at=now)
    held = screens.Held(
        day,
        await digests.on_day(tx, person=therapist, day=day, at=now),
        {line.patient_id: line for line in lines},
        {group.id: group for group in groups},
    )
    reader = Reader(therapist.language, therapist.zone)
    draw = screens.of_week if habit.mode is Mode.WEEKLY else screens.of_day
    return View(
        therapist,
        "digest",
        day.isoformat(),
        draw(reader, held),
        screens.put_away(therapist.language, day),
    )
