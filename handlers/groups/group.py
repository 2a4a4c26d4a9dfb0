"""Groups: the list, the card of one group, and how it is ended."""

from collections.abc import Sequence
from datetime import datetime

from alliance.errors import Refusal
from handlers import texts
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen, code_of
from handlers.calendar.owner import owner_by_code
from handlers.calendar.plan_screens import describe_plan
from handlers.groups import screens
from handlers.taps import GroupTap, unpack
from storage.groups import change_groups, groups
from storage.groups.groups import Group, GroupMembership
from storage.people import people


async def on_groups(request: Request) -> None:
    """/groups: every group at a glance."""
    async with request.reading():
        await access.require_role(request)
        screen = await listing(request)
    await request.reply.send(screen)


async def on_group(request: Request) -> None:
    """/group G-1: the card of a group; an unknown code offers to make that group."""
    async with request.reading() as tx:
        coordinator = await access.require_role(request)
        if len(request.args) != 1:
            raise Refusal("group.how")
        code = request.args[0]
        group = await groups.by_code(tx, code)
        if group is None:
            screen = screens.unknown_group(coordinator.language, code.strip().upper())
        elif group.ended_at is not None:
            raise Refusal("group.has_ended", code=group.code)
        else:
            screen = await card(request, group)
    await request.reply.send(screen)


async def on_group_tap(request: Request) -> None:
    """Show a group, or end it after confirmation."""
    tap = unpack(GroupTap, request.data)

    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        group = await groups.by_id(tx, tap.group_id)
        if group is None or group.ended_at is not None:
            raise Refusal("group.gone")
        if tap.verb == "sure":
            screen = screens.confirmation(coordinator.language, group)
        elif tap.verb == "end":
            await change_groups.end(request.change(), group)
            screen = await listing(request)
        else:
            screen = await card(request, group)

    request.services.wake_scheduler()
    await request.reply.show(screen)


async def listing(request: Request, _code: str = screens.NEW) -> Screen:
    """Return every group that has not ended."""
    rows = []
    for group in await groups.all_current(request.tx):
        members = await groups.members_of(request.tx, group.id)
        leaders = [leader.code for leader in await groups.leaders_of(request.tx, group.id)]
        rows.append(screens.GroupRow(group, len(members), leaders))
    return screens.listing(request.language, rows)


async def card(request: Request, group: Group, above: str | None = None) -> Screen:
    """Return the card of a group, perhaps with words above it."""
    members = await groups.members_of(request.tx, group.id, leaving_after=request.now)
    leaders = await groups.leaders_of(request.tx, group.id)
    contents = screens.GroupCard(
        group,
        members=await _labels(request, members),
        leaders=await _labels(request, leaders),
        plan=await _plan_text(request, group),
    )
    return screens.card_of(request.language, contents, above)


async def _plan_text(request: Request, group: Group) -> str | None:
    owner = await owner_by_code(request.tx, group.code, request.language)
    plan = await owner.plan(request.tx)
    if plan is None:
        return None
    today = request.now.astimezone(request.zone).date()
    defaults = request.services.site.defaults
    return describe_plan(request.language, plan.timetable, defaults, today=today, group=True)


async def _labels(request: Request, memberships: Sequence[GroupMembership]) -> list[str]:
    """Return the members' or leaders' codes, with the day on which one joins or leaves."""
    labels = []
    for membership in memberships:
        person = await people.by_id(request.tx, membership.person_id)
        label = code_of(person, request.language)
        if membership.from_at > request.now:
            label = request.say("group.from", code=label, day=_day(request, membership.from_at))
        if membership.to_at is not None:
            label = request.say("group.leaves", code=label, day=_day(request, membership.to_at))
        labels.append(label)
    return labels


def _day(request: Request, at: datetime) -> str:
    day = at.astimezone(request.services.site.zone).date()
    return texts.short_day(day, request.language)
