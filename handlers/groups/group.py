"""Groups: the list, the card of one, and its end."""

from collections.abc import Sequence
from datetime import datetime

from telegram import Update

from alliance.errors import Refusal
from handlers import texts
from handlers.app import access, replies
from handlers.app.coordinator_request import Caller
from handlers.app.screen import Screen, code_of
from handlers.app.services import Context
from handlers.calendar import plan_screens as words
from handlers.calendar.owner import party_named
from handlers.groups import changes, screens
from handlers.taps import GroupTap, unpack
from storage.groups import groups
from storage.groups.groups import Belonging, Group
from storage.people import people


async def on_groups(update: Update, context: Context) -> None:
    """/groups: every group at a glance."""
    message = access.written(update)
    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(message))
        screen = await listing(Caller(tx, context, person), screens.NEW)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_group(update: Update, context: Context) -> None:
    """/group G-1: the card of a group; of one that is not there, the offer to make it."""
    message, args = access.written(update), context.args or []
    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(message))
        if len(args) != 1:
            raise Refusal("group.how")
        caller = Caller(tx, context, person)
        group = await groups.by_code(tx, args[0])
        if group is None:
            screen = screens.unknown(person.language, args[0].strip().upper())
        elif group.ended_at is not None:
            raise Refusal("group.has_ended", code=group.code)
        else:
            screen = await card(caller, group)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_group_tap(update: Update, context: Context) -> None:
    """Something is done with one group."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(GroupTap, query.data)

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, query.from_user)
        caller = Caller(page.tx, context, person)
        group = await groups.by_id(page.tx, tap.group_id)
        if group is None or group.ended_at is not None:
            raise Refusal("group.gone")
        if tap.verb == "sure":
            screen = screens.sure(person.language, group)
        elif tap.verb == "end":
            await changes.end(caller, group)
            screen = await listing(caller, screens.NEW)
        else:
            screen = await card(caller, group)

    desk.knock()
    await replies.show(query, screen)


async def listing(caller: Caller, _code: str) -> Screen:
    """Return every group that has not ended."""
    found = []
    for group in await groups.all_current(caller.tx):
        members = await groups.members_of(caller.tx, group.id)
        leaders = [one.code for one in await groups.leaders_of(caller.tx, group.id)]
        found.append(screens.Line(group, len(members), leaders))
    return screens.listing(caller.language, found)


async def card(caller: Caller, group: Group, above: str | None = None) -> Screen:
    """Return the card of a group."""
    return screens.card_of(caller.language, await _card(caller, group), above)


async def _card(caller: Caller, group: Group) -> screens.Card:
    plan = await (await party_named(caller, group.code)).plan(caller.tx)
    if plan is None:
        said = None
    else:
        today = caller.now.astimezone(caller.zone).date()
        said = words.in_words(
            caller.language, plan.timetable, caller.desk.site.defaults, today=today, group=True
        )
    return screens.Card(
        group,
        await _shown(
            caller, await groups.members_of(caller.tx, group.id, leaving_after=caller.now)
        ),
        await _shown(caller, await groups.leaders_of(caller.tx, group.id)),
        said,
    )


async def _shown(caller: Caller, belonging: Sequence[Belonging]) -> list[str]:
    """Return the codes of those who belong to a group, with a day where one begins or ends."""
    found = []
    for one in belonging:
        code = code_of(await people.by_id(caller.tx, one.person_id), caller.language)
        if one.from_at > caller.now:
            code = caller.say("group.from", code=code, day=_day(caller, one.from_at))
        if one.to_at is not None:
            code = caller.say("group.leaves", code=code, day=_day(caller, one.to_at))
        found.append(code)
    return found


def _day(caller: Caller, at: datetime) -> str:
    day = at.astimezone(caller.desk.site.zone).date()
    return texts.short_day(day, caller.language)
