"""/group: a group for its leaders, members side by side."""

from telegram import Update

from alliance.errors import Refusal
from handlers import discreet, guard
from handlers.desk import Context, Desk
from handlers.discreet import View
from handlers.screens import group as screens
from handlers.screens.glance import Reader
from handlers.taps import MembersTap, unpack
from storage import audit, caseloads, groups, relations
from storage.groups import Group
from storage.people import Person
from storage.tx import Tx

VERBS = ("open", "show", "hide")


async def on_group(update: Update, context: Context) -> None:
    """/group CODE: what members said of the group's sessions; only its leaders may ask."""
    message, desk = guard.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        therapist = await guard.admitted(context, page.tx, guard.writer(message))
        if len(args) != 1:
            raise Refusal("members.how")
        group = await groups.by_code(page.tx, args[0])
        if group is None:
            raise Refusal("unknown_group")
        theirs = await relations.to_group(page.tx, therapist, group.id, at=desk.now())
        guard.allow(context, therapist, theirs, otherwise="unknown_group")
        view = await _view(desk, page.tx, therapist, group)
        await _record(desk, page.tx, therapist, group)

    await discreet.unfold(context, message.chat_id, view)


async def on_group_tap(update: Update, context: Context) -> None:
    """A tap on a group's code, or below its view."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(MembersTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await guard.admitted(context, page.tx, query.from_user)
        group = await groups.by_id(page.tx, tap.group_id)
        if group is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        theirs = await relations.to_group(page.tx, therapist, group.id, at=desk.now())
        guard.allow(context, therapist, theirs)
        view = await _view(desk, page.tx, therapist, group)
        if tap.verb != "hide":
            await _record(desk, page.tx, therapist, group)

    if tap.verb == "open":
        await discreet.beside(context, query, view)
    else:
        act = discreet.fold if tap.verb == "hide" else discreet.turn
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
    await audit.record(
        tx, actor_id=therapist.id, action="group.viewed", subject_id=group.id, at=desk.now()
    )
