"""Make a group, let somebody join it, or leave it: three short conversations."""

from datetime import date, datetime, time

from alliance.calendar.timing import instant
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole
from handlers.app.request import Request
from handlers.app.screen import Screen, in_rows
from handlers.conversations import parse_input
from handlers.conversations.flow import DONE, MOST_CHOICES, Choice, Flow, Question, Step
from handlers.groups import screens
from handlers.groups.group import card
from storage.database.tx import Tx
from storage.groups import change_groups, groups
from storage.groups.groups import Group
from storage.people import people
from storage.people.lookup import patient_or_therapist_by_code

MAX_PEOPLE_OFFERED = 21
"""So many therapists, and so many patients, are offered as buttons."""
NOW = "now"


async def _group_by_code(tx: Tx, code: str) -> Group:
    group = await groups.by_code(tx, code)
    if group is None or group.ended_at is not None:
        raise Refusal("group.gone")
    return group


async def _begin_group(request: Request, subject: str) -> str:
    if subject == screens.NEW:
        return "code"
    request.conversation.filled["code"] = subject
    return DONE


async def _ask_code(request: Request) -> Question:
    return Question(request.say("group.type_code"))


async def _take_code(request: Request, value: str) -> str:
    request.conversation.filled["code"] = value
    return DONE


async def _finish_group(request: Request) -> Screen:
    group = await change_groups.make(request.change(), request.conversation.filled["code"])
    return await card(request, group, request.say("group.made"))


async def _begin_with_group(request: Request, subject: str) -> str:
    group = await _group_by_code(request.tx, subject)
    request.conversation.filled["group"] = group.code
    return "who"


async def _ask_who_joins(request: Request) -> Question:
    """Offer therapists who do not lead the group yet, and patients who are not in it."""
    tx = request.tx
    group = await _group_by_code(tx, request.conversation.filled["group"])
    present = {member.person_id for member in await groups.members_of(tx, group.id)}
    present |= {leader.person_id for leader in await groups.leaders_of(tx, group.id)}
    choices = []
    for role in ("therapist", "patient"):
        others = [one for one in await people.of_role(tx, role) if one.id not in present]
        choices += [Choice(one.code, one.code) for one in others[:MAX_PEOPLE_OFFERED]]
    return Question(request.say("group.who_joins", who=group.code), in_rows(choices, 3))


async def _take_who_joins(request: Request, value: str) -> str:
    joining = [
        await patient_or_therapist_by_code(request.tx, code)
        for code in value.replace(",", " ").split()
    ]
    if not joining:
        raise Refusal("group.who")
    request.conversation.filled["codes"] = " ".join(person.code for person in joining)
    return "when" if any(person.role == PersonRole.PATIENT for person in joining) else DONE


async def _ask_when(request: Request) -> Question:
    """Ask from which day on they belong to the group, or no longer do."""
    now = Choice(NOW, request.say("group.from_now"))
    key = f"group.when_{request.conversation.kind}"
    codes = request.conversation.filled["codes"]
    return Question(request.say(key, codes=codes), ((now,),))


async def _take_when(request: Request, value: str) -> str:
    if value.strip().casefold() != NOW:
        today = request.now.astimezone(request.services.site.zone).date()
        day = parse_input.parse_date(value, today=today)
        if day < today:
            raise Refusal("plan.bad_first")
        request.conversation.filled["from"] = day.isoformat()
    return DONE


def _effective_at(request: Request) -> datetime:
    """Return the moment that was chosen: now, or midnight of a day."""
    filled, now = request.conversation.filled, request.now
    if "from" not in filled:
        return now
    day = date.fromisoformat(filled["from"])
    return max(now, instant(day, time(0), request.services.site.zone))


async def _finish_join(request: Request) -> Screen:
    filled, change = request.conversation.filled, request.change()
    group = await _group_by_code(request.tx, filled["group"])
    for code in filled["codes"].split():
        person = await patient_or_therapist_by_code(request.tx, code)
        await change_groups.join(change, group, person, from_at=_effective_at(request))
    return await card(request, group, request.say("group.joined", codes=filled["codes"]))


async def _ask_who_leaves(request: Request) -> Question:
    group = await _group_by_code(request.tx, request.conversation.filled["group"])
    present = [
        *await groups.leaders_of(request.tx, group.id),
        *await groups.members_of(request.tx, group.id),
    ]
    choices = [Choice(one.code, one.code) for one in present[:MOST_CHOICES]]
    return Question(request.say("group.who_leaves", who=group.code), in_rows(choices, 3))


async def _take_who_leaves(request: Request, value: str) -> str:
    person = await patient_or_therapist_by_code(request.tx, value)
    request.conversation.filled["codes"] = person.code
    return "when" if person.role == PersonRole.PATIENT else DONE


async def _finish_leave(request: Request) -> Screen:
    filled = request.conversation.filled
    group = await _group_by_code(request.tx, filled["group"])
    person = await patient_or_therapist_by_code(request.tx, filled["codes"])
    to_at = _effective_at(request)
    if not await change_groups.leave(request.change(), group, person, to_at=to_at):
        raise Refusal("group.not_inside", code=person.code)
    return await card(request, group, request.say("group.joined", codes=person.code))


GROUP = Flow(
    steps={"code": Step(_ask_code, _take_code)},
    begin=_begin_group,
    finish=_finish_group,
    title=lambda request: request.say("group.title"),
)

JOIN = Flow(
    steps={"who": Step(_ask_who_joins, _take_who_joins), "when": Step(_ask_when, _take_when)},
    begin=_begin_with_group,
    finish=_finish_join,
    title=lambda request: request.say("group.join_title", who=request.conversation.filled["group"]),
)

LEAVE = Flow(
    steps={"who": Step(_ask_who_leaves, _take_who_leaves), "when": Step(_ask_when, _take_when)},
    begin=_begin_with_group,
    finish=_finish_leave,
    title=lambda request: request.say(
        "group.leave_title", who=request.conversation.filled["group"]
    ),
)
