"""/group: a group for its leaders, members side by side."""

from telegram import Update

from alliance.errors import Refusal
from handlers import discreet, guard
from handlers.desk import Context, Desk
from handlers.discreet import View
from handlers.screens import group as screens
from handlers.screens.glance import Reader
from handlers.taps import MembersTap, unpack
from storage import audit, caseloads
from storage.groups import Group
from storage.people import Person
from storage.tx import Tx

VERBS = ("open", "show", "hide")


async def on_group(update: Update, context: Context) -> None:
    """/group CODE: what members said of the group's sessions; only its leaders may ask."""
    message, desk = guard.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        therapist = await guard.of_role(page.tx, guard.writer(message), "therapist")
        if len(args) != 1:
            raise Refusal("members.how")
        group = await _theirs(desk, page.tx, therapist, code=args[0].strip().upper())
        if group is None:
            raise Refusal("unknown_group")
        view = await _view(desk, page.tx, therapist, group)
        await _record(desk, page.tx, therapist, group)

    await discreet.unfold(context, message.chat_id, view)


async def on_group_tap(update: Update, context: Context) -> None:
    """A tap on a group's code, or below its view."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(MembersTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await guard.of_role(page.tx, query.from_user, "therapist")
        group = await _theirs(desk, page.tx, therapist, group_id=tap.group_id)
        if group is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        view = await _view(desk, page.tx, therapist, group)
        if tap.verb != "hide":
            await _record(desk, page.tx, therapist, group)

    if tap.verb == "open":
        await discreet.beside(context, query, view)
    else:
        act = discreet.fold if tap.verb == "hide" else discreet.turn
        await act(context, query, view)


async def _theirs(
    desk: Desk, tx: Tx, therapist: Person, *, code: str = "", group_id: str = ""
) -> Group | None:
    """Return the group of that code or id; one that they do not lead does not exist."""
    led = await caseloads.groups_of(tx, therapist_id=therapist.id, at=desk.now())
    return next((one for one in led if code == one.code or group_id == one.id), None)


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
