"""Move one session to another day and time, or add one: two short conversations, alike."""

from datetime import date, datetime, time, timedelta

from alliance.calendar.timing import instant, zone_named
from alliance.errors import Refusal
from handlers import texts
from handlers.app.request import Request
from handlers.app.screen import Screen, in_rows
from handlers.calendar.owner import owner_by_code
from handlers.calendar.plan_steps import HOURS, today
from handlers.calendar.sessions import find_session, listing, move, session_screen
from handlers.calendar.sessions_screens import start_text
from handlers.conversations import parse_input
from handlers.conversations.flow import DONE, Choice, Flow, Question, Step
from storage.calendar import change_plans

DAYS = 8


async def _begin_move(request: Request, key: str) -> str:
    session_ref = await find_session(request, key)
    zone = session_ref.plan.timetable.zone
    planned = session_ref.planned_for.astimezone(zone_named(zone))
    request.conversation.filled.update(
        session=key,
        zone=zone,
        planned=start_text(request.language, planned),
        around=planned.date().isoformat(),
        usual=f"{planned:%H:%M}",
        who=session_ref.owner.label,
    )
    return "day"


async def _begin_extra(request: Request, code: str) -> str:
    owner = await owner_by_code(request.tx, code, request.language)
    plan = await owner.plan(request.tx)
    zone = owner.zone or request.services.site.zone.key
    filled = request.conversation.filled
    filled.update(
        code=owner.code, who=owner.label, zone=zone if plan is None else plan.timetable.zone
    )
    filled["around"] = today(request).isoformat()
    if plan is not None:
        filled["usual"] = f"{plan.timetable.wall_time:%H:%M}"
    return "day"


async def _ask_day(request: Request) -> Question:
    """Offer the days of the session's week that are not over, and some after it."""
    filled = request.conversation.filled
    around = date.fromisoformat(filled["around"])
    begin = max(today(request), around - timedelta(days=around.weekday()))
    days = [begin + timedelta(days=count) for count in range(DAYS)]
    choices = [Choice(day.isoformat(), texts.day(day, request.language)) for day in days]
    key = f"{request.conversation.kind}.ask_day"
    return Question(request.say(key, **filled), in_rows(choices, 2))


async def _take_day(request: Request, value: str) -> str:
    day = parse_input.parse_date(value, today=today(request))
    if day < today(request):
        raise Refusal("plan.bad_first")
    request.conversation.filled["day"] = day.isoformat()
    return "time"


async def _ask_time(request: Request) -> Question:
    hours = [Choice(f"{hour:02d}:00", f"{hour:02d}:00") for hour in HOURS]
    usual = request.conversation.filled.get("usual")
    same = [(Choice(usual, request.say("move.same_time", time=usual)),)] if usual else []
    return Question(request.say("move.ask_time"), (*same, *in_rows(hours, 4)))


async def _take_time(request: Request, value: str) -> str:
    filled = request.conversation.filled
    wall_time = parse_input.parse_time(value)
    if _starts_at({**filled, "time": wall_time}) <= request.now:
        raise Refusal("move.past")
    filled["time"] = wall_time
    return DONE


def _starts_at(filled: dict[str, str]) -> datetime:
    return instant(
        date.fromisoformat(filled["day"]),
        time.fromisoformat(filled["time"]),
        zone_named(filled["zone"]),
    )


async def _finish_move(request: Request) -> Screen:
    filled = request.conversation.filled
    session_ref = await find_session(request, filled["session"])
    await move(request, session_ref, _starts_at(filled))
    return await session_screen(request, session_ref)


async def _finish_extra(request: Request) -> Screen:
    filled = request.conversation.filled
    owner = await owner_by_code(request.tx, filled["code"], request.language)
    await change_plans.add_session(
        request.change(),
        patient_id=owner.patient_id,
        group_id=owner.group_id,
        day=date.fromisoformat(filled["day"]),
        wall_time=time.fromisoformat(filled["time"]),
        zone=filled["zone"],
    )
    return await listing(request, owner.code)


_STEPS = {"day": Step(_ask_day, _take_day), "time": Step(_ask_time, _take_time)}

MOVE = Flow(
    steps=_STEPS,
    begin=_begin_move,
    finish=_finish_move,
    title=lambda request: request.say("move.title", who=request.conversation.filled["who"]),
)

EXTRA = Flow(
    steps=_STEPS,
    begin=_begin_extra,
    finish=_finish_extra,
    title=lambda request: request.say("extra.title", who=request.conversation.filled["who"]),
)
