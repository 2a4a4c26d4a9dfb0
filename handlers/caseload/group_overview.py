"""/group: a group for its leaders, members side by side."""

from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import PrivateView
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.caseload import group_overview_screens as screens
from handlers.taps import GroupOverviewTap, unpack
from storage.caseload import caseloads
from storage.groups import groups
from storage.groups.groups import Group
from storage.messages.shown_messages import ShownMessageKind
from storage.people import relationships

VERBS = ("open", "show", "hide")


async def on_group(request: Request) -> None:
    """/group CODE: what the members answered about the group's sessions; for its leaders only."""
    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        if len(request.args) != 1:
            raise Refusal("members.how")
        group = await groups.by_code(tx, request.args[0])
        if group is None:
            raise Refusal("unknown_group")
        relations = await relationships.to_group(tx, therapist, group.id, at=request.now)
        access.require_relation(request, relations, refusal_key="unknown_group")
        view = await _view(request, group)
        await request.record_view("group.viewed", group.id)

    await private_view.show_new(request, view)


async def on_group_tap(request: Request) -> None:
    """A tap on a group's code, or below its overview."""
    tap = unpack(GroupOverviewTap, request.data)

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        group = await groups.by_id(tx, tap.group_id)
        if group is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        relations = await relationships.to_group(tx, therapist, group.id, at=request.now)
        access.require_relation(request, relations)
        view = await _view(request, group)
        if tap.verb != "hide":
            await request.record_view("group.viewed", group.id)

    if tap.verb == "open":
        await private_view.show_new_on_tap(request, view)
    else:
        await private_view.show_or_hide(request, view, hides=tap.verb == "hide")


async def _view(request: Request, group: Group) -> PrivateView:
    therapist = request.person
    rows = await caseloads.of_group(request.tx, group_id=group.id, at=request.now)
    held_at, note = await caseloads.last_group_session(request.tx, group.id)
    return PrivateView(
        ShownMessageKind.GROUP,
        group.id,
        screens.members(Reader.of(therapist), group, rows, note, held_at),
        screens.placeholder(therapist.language, group),
    )
