"""/group: a group for its leaders, members side by side."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import View
from handlers.app.services import Context, Desk
from handlers.caseload import group_overview_screens as screens
from handlers.caseload.caseload_screens import Reader
from handlers.taps import MembersTap, unpack
from storage.audit import audit_log
from storage.caseload import caseloads
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import relationships
from storage.people.people import Person

VERBS = ("open", "show", "hide")


async def on_group(update: Update, context: Context) -> None:
    """/group CODE: what members said of the group's sessions; only its leaders may ask."""
    message, desk = access.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, access.writer(message))
        if len(args) != 1:
            raise Refusal("members.how")
        group = await groups.by_code(page.tx, args[0])
        if group is None:
            raise Refusal("unknown_group")
        theirs = await relationships.to_group(page.tx, therapist, group.id, at=desk.now())
        access.allow(context, therapist, theirs, otherwise="unknown_group")
        view = await _view(desk, page.tx, therapist, group)
        await _record(desk, page.tx, therapist, group)

    await private_view.unfold(context, message.chat_id, view)


async def on_group_tap(update: Update, context: Context) -> None:
    """A tap on a group's code, or below its view."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(MembersTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        group = await groups.by_id(page.tx, tap.group_id)
        if group is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        theirs = await relationships.to_group(page.tx, therapist, group.id, at=desk.now())
        access.allow(context, therapist, theirs)
        view = await _view(desk, page.tx, therapist, group)
        if tap.verb != "hide":
            await _record(desk, page.tx, therapist, group)

    if tap.verb == "open":
        await private_view.beside(context, query, view)
    else:
        act = private_view.fold if tap.verb == "hide" else private_view.turn
        await act(context, query, view)


async def _view(desk: Desk, tx: Tx, therapist: Person, group: Group) -> View:
    lines = await caseloads.of_group(tx, group_id=group.id, at=desk.now())
    held_at, note = await caseloads.last_of_group(tx, group.id)
    return View(
        therapist,
        "group",
        group.id,
        screens.members(Reader(therapist.language, therapist.zone), group, lines, note, held_at),
        screens.put_away(therapist.language, group),
    )


async def _record(desk: Desk, tx: Tx, therapist: Person, group: Group) -> None:
    await audit_log.record(
        tx, actor_id=therapist.id, action="group.viewed", subject_id=group.id, at=desk.now()
    )
