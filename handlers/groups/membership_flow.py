"""Who joins a group and who leaves it, and how one is made: three short conversations."""

from datetime import date, datetime, time

from alliance.calendar.timing import instant
from alliance.errors import Refusal
from handlers.app.screen import Screen, in_rows
from handlers.conversations import parse_input
from handlers.conversations.flow import DONE, MOST_CHOICES, Choice, Flow, Question, Step, Turn
from handlers.groups import changes, screens
from handlers.groups.group import card
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import people
from storage.people.people import Person

MOST_BUTTONS = 21
NOW = "now"


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
    group = await changes.make(turn, turn.filled["code"])
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
    return "when" if any(one.role == "patient" for one in codes) else DONE


async def _somebody(tx: Tx, code: str) -> Person:
    person = await people.by_code(tx, code)
    if person is None or person.role not in ("patient", "therapist"):
        raise Refusal("absence.who", code=code.strip().upper())
    return person


async def _ask_when(turn: Turn) -> Question:
    """Ask from which day on that is so."""
    now = Choice(NOW, turn.say("group.from_now"))
    key = f"group.when_{turn.wizard.kind}"
    return Question(turn.say(key, codes=turn.filled["codes"]), ((now,),))


async def _take_when(turn: Turn, value: str) -> str:
    today = _today(turn)
    if value.strip().casefold() != NOW:
        day = parse_input.read_date(value, today=today)
        if day < today:
            raise Refusal("plan.bad_first")
        turn.filled["from"] = day.isoformat()
    return DONE


def _today(turn: Turn) -> date:
    return turn.now.astimezone(turn.desk.site.zone).date()


def _when(turn: Turn) -> datetime:
    """Return the moment that was said: now, or midnight of a day."""
    if "from" not in turn.filled:
        return turn.now
    day = date.fromisoformat(turn.filled["from"])
    return max(turn.now, instant(day, time(0), turn.desk.site.zone))


async def _finish_join(turn: Turn) -> Screen:
    group = await _named(turn.tx, turn.filled["group"])
    for code in turn.filled["codes"].split():
        await changes.join(turn, group, await _somebody(turn.tx, code), _when(turn))
    return await card(turn, group, turn.say("group.joined", codes=turn.filled["codes"]))


async def _ask_leaves(turn: Turn) -> Question:
    group = await _named(turn.tx, turn.filled["group"])
    inside = [
        *await groups.leaders_of(turn.tx, group.id),
        *await groups.members_of(turn.tx, group.id),
    ]
    choices = [Choice(one.code, one.code) for one in inside[:MOST_CHOICES]]
    return Question(turn.say("group.who_leaves", who=group.code), in_rows(choices, 3))


async def _take_leaves(turn: Turn, value: str) -> str:
    person = await _somebody(turn.tx, value)
    turn.filled["codes"] = person.code
    return "when" if person.role == "patient" else DONE


async def _finish_leave(turn: Turn) -> Screen:
    group = await _named(turn.tx, turn.filled["group"])
    person = await _somebody(turn.tx, turn.filled["codes"])
    if not await changes.leave(turn, group, person, _when(turn)):
        raise Refusal("group.not_inside", code=person.code)
    return await card(turn, group, turn.say("group.joined", codes=person.code))


GROUP = Flow(
    steps={"code": Step(_ask_code, _take_code)},
    begin=_begin_group,
    finish=_finish_group,
    title=lambda turn: turn.say("group.title"),
)

JOIN = Flow(
    steps={"who": Step(_ask_joins, _take_joins), "when": Step(_ask_when, _take_when)},
    begin=_begin_with_group,
    finish=_finish_join,
    title=lambda turn: turn.say("group.join_title", who=turn.filled["group"]),
)

LEAVE = Flow(
    steps={"who": Step(_ask_leaves, _take_leaves), "when": Step(_ask_when, _take_when)},
    begin=_begin_with_group,
    finish=_finish_leave,
    title=lambda turn: turn.say("group.leave_title", who=turn.filled["group"]),
)
