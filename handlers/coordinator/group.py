"""Groups: the list, a card, making one and ending it, who joins and who leaves."""

from datetime import date, datetime, time

from telegram import Update

from alliance.cadence import instant
from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator import group_changes, reading
from handlers.coordinator.caller import Caller
from handlers.coordinator.parties import party_named
from handlers.coordinator.wizard import DONE, Choice, Flow, Question, Step, Turn
from handlers.desk import Context
from handlers.screens import Screen, in_rows
from handlers.screens import groups as screens
from handlers.screens import plan as words
from handlers.taps import GroupTap, unpack
from storage import groups, people
from storage.groups import Group
from storage.people import Person
from storage.tx import Tx

MOST_BUTTONS = 21
NOW = "now"


async def on_groups(update: Update, context: Context) -> None:
    """/groups: every group at a glance."""
    message = guard.written(update)
    async with context.desk.keeping(update) as page:
        person = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        screen = await listing(Caller(page.tx, context, person), screens.NEW)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_group(update: Update, context: Context) -> None:
    """/group G-1: the card of a group; of one that is not there, the offer to make it."""
    message, args = guard.written(update), context.args or []
    async with context.desk.keeping(update) as page:
        person = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        if len(args) != 1:
            raise Refusal("group.how")
        caller = Caller(page.tx, context, person)
        group = await groups.by_code(page.tx, args[0])
        if group is None or group.ended_at is not None:
            screen = screens.unknown(person.language, args[0].strip().upper())
        else:
            screen = await card(caller, group)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_group_tap(update: Update, context: Context) -> None:
    """Something is done with one group."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(GroupTap, query.data)

    async with desk.keeping(update) as page:
        person = await guard.of_role(page.tx, query.from_user, "coordinator")
        caller = Caller(page.tx, context, person)
        group = await groups.by_id(page.tx, tap.group_id)
        if group is None or group.ended_at is not None:
            raise Refusal("group.gone")
        if tap.verb == "sure":
            screen = screens.sure(person.language, group)
        elif tap.verb == "end":
            await group_changes.end(caller, group)
            screen = await listing(caller, screens.NEW)
        else:
            screen = await card(caller, group)

    desk.knock()
    await replies.show(query, screen)


async def listing(caller: Caller, _code: str) -> Screen:
    """Return every group that has not ended."""
    cards = [await _card(caller, group) for group in await groups.all_current(caller.tx)]
    return screens.listing(caller.language, cards)


async def card(caller: Caller, group: Group, above: str | None = None) -> Screen:
    """Return the card of a group."""
    return screens.card_of(caller.language, await _card(caller, group), above)


async def _card(caller: Caller, group: Group) -> screens.Card:
    plan = await (await party_named(caller.tx, group.code)).plan(caller.tx)
    if plan is None:
        said = None
    else:
        today = caller.now.astimezone(caller.zone).date()
        said = words.in_words(
            caller.language, plan.timetable, caller.desk.site.defaults, today=today, group=True
        )
    return screens.Card(
        group,
        [one.code for one in await groups.members_of(caller.tx, group.id)],
        [one.code for one in await groups.leaders_of(caller.tx, group.id)],
        said,
    )


async def _named(tx: Tx, code: str) -> Group:
    group = await groups.by_code(tx, code)
    if group is None or group.ended_at is not None:
        raise Refusal("group.gone")
    return group


async def _begin_group(turn: Turn, subject: str) -> str:
    if subject == screens.NEW:
        return "code"
    turn.filled["code"] = subject
    return DONE


async def _ask_code(turn: Turn) -> Question:
    return Question(turn.say("group.type_code"))


async def _take_code(turn: Turn, value: str) -> str:
    turn.filled["code"] = value
    return DONE


async def _finish_group(turn: Turn) -> Screen:
    group = await group_changes.make(turn, turn.filled["code"])
    return await card(turn, group, turn.say("group.made"))


async def _begin_with_group(turn: Turn, subject: str) -> str:
    turn.filled["group"] = (await _named(turn.tx, subject)).code
    return "who"


async def _ask_joins(turn: Turn) -> Question:
    """Offer therapists who do not lead yet, and patients where there are few."""
    group = await _named(turn.tx, turn.filled["group"])
    inside = {one.person_id for one in await groups.members_of(turn.tx, group.id)}
    inside |= {one.person_id for one in await groups.leaders_of(turn.tx, group.id)}
    choices = []
    for role in ("therapist", "patient"):
        others = [one for one in await people.of_role(turn.tx, role) if one.id not in inside]
        choices += [Choice(one.code, one.code) for one in others[:MOST_BUTTONS]]
    return Question(turn.say("group.who_joins", who=group.code), in_rows(choices, 3))


async def _take_joins(turn: Turn, value: str) -> str:
    codes = [(await _somebody(turn.tx, code)) for code in value.replace(",", " ").split()]
    if not codes:
        raise Refusal("group.who")
    turn.filled["codes"] = " ".join(one.code for one in codes)
    return "from" if any(one.role == "patient" for one in codes) else DONE


async def _somebody(tx: Tx, code: str) -> Person:
    person = await people.by_code(tx, code)
    if person is None or person.role not in ("patient", "therapist"):
        raise Refusal("absence.who", code=code.strip().upper())
    return person


async def _ask_from(turn: Turn) -> Question:
    now = Choice(NOW, turn.say("group.from_now"))
    return Question(turn.say("group.from_when", codes=turn.filled["codes"]), ((now,),))


async def _take_from(turn: Turn, value: str) -> str:
    today = _today(turn)
    if value.strip().casefold() != NOW:
        day = reading.read_date(value, today=today)
        if day < today:
            raise Refusal("plan.bad_first")
        turn.filled["from"] = day.isoformat()
    return DONE


def _today(turn: Turn) -> date:
    return turn.now.astimezone(turn.desk.site.zone).date()


def _from_at(turn: Turn) -> datetime:
    """Return when memberships begin: now, or at midnight of the day that was said."""
    now = turn.now
    if "from" not in turn.filled:
        return now
    day = date.fromisoformat(turn.filled["from"])
    return max(now, instant(day, time(0), turn.desk.site.zone))


async def _finish_join(turn: Turn) -> Screen:
    group = await _named(turn.tx, turn.filled["group"])
    for code in turn.filled["codes"].split():
        await group_changes.join(turn, group, await _somebody(turn.tx, code), _from_at(turn))
    return await card(turn, group, turn.say("group.joined", codes=turn.filled["codes"]))


async def _ask_leaves(turn: Turn) -> Question:
    group = await _named(turn.tx, turn.filled["group"])
    inside = [
        *await groups.leaders_of(turn.tx, group.id),
        *await groups.members_of(turn.tx, group.id),
    ]
    choices = [Choice(one.code, one.code) for one in inside]
    return Question(turn.say("group.who_leaves", who=group.code), in_rows(choices, 3))


async def _take_leaves(turn: Turn, value: str) -> str:
    turn.filled["code"] = (await _somebody(turn.tx, value)).code
    return DONE


async def _finish_leave(turn: Turn) -> Screen:
    group = await _named(turn.tx, turn.filled["group"])
    person = await _somebody(turn.tx, turn.filled["code"])
    if not await group_changes.leave(turn, group, person):
        raise Refusal("group.not_inside", code=person.code)
    return await card(turn, group, turn.say("group.left", code=person.code))


GROUP = Flow(
    steps={"code": Step(_ask_code, _take_code)},
    begin=_begin_group,
    finish=_finish_group,
    title=lambda turn: turn.say("group.title"),
)

JOIN = Flow(
    steps={"who": Step(_ask_joins, _take_joins), "from": Step(_ask_from, _take_from)},
    begin=_begin_with_group,
    finish=_finish_join,
    title=lambda turn: turn.say("group.join_title", who=turn.filled["group"]),
)

LEAVE = Flow(
    steps={"who": Step(_ask_leaves, _take_leaves)},
    begin=_begin_with_group,
    finish=_finish_leave,
    title=lambda turn: turn.say("group.leave_title", who=turn.filled["group"]),
)
