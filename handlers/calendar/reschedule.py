"""Put one session at another day and time, or add one: two short conversations, alike."""

from datetime import date, time, timedelta

from alliance.calendar.timing import instant, zone_named
from alliance.errors import Refusal
from handlers import texts
from handlers.app.screen import Screen, in_rows
from handlers.calendar import changes
from handlers.calendar.owner import party_named
from handlers.calendar.plan_steps import HOURS
from handlers.calendar.sessions import listing, meant_by, shown
from handlers.calendar.sessions_screens import when
from handlers.conversations import parse_input
from handlers.conversations.flow import DONE, Choice, Flow, Question, Step, Turn

DAYS = 8


def _today(turn: Turn) -> date:
    return turn.now.astimezone(zone_named(turn.filled["zone"])).date()


async def _begin_move(turn: Turn, name: str) -> str:
    meant = await meant_by(turn, name)
    zone = meant.plan.timetable.zone
    planned = meant.planned_for.astimezone(zone_named(zone))
    turn.filled.update(
        session=name,
        zone=zone,
        planned=when(turn.language, planned),
        around=planned.date().isoformat(),
        usual=f"{planned:%H:%M}",
        who=meant.party.label,
    )
    return "day"


async def _begin_extra(turn: Turn, code: str) -> str:
    party = await party_named(turn, code)
    plan = await party.plan(turn.tx)
    zone = party.zone or turn.desk.site.zone.key
    turn.filled.update(
        code=party.code, who=party.label, zone=zone if plan is None else plan.timetable.zone
    )
    turn.filled["around"] = _today(turn).isoformat()
    if plan is not None:
        turn.filled["usual"] = f"{plan.timetable.wall_time:%H:%M}"
    return "day"


async def _ask_day(turn: Turn) -> Question:
    """Offer the days around the session that have not gone by."""
    around = date.fromisoformat(turn.filled["around"])
    begin = max(_today(turn), around - timedelta(days=around.weekday()))
    days = [begin + timedelta(days=count) for count in range(DAYS)]
    choices = [Choice(day.isoformat(), texts.day(day, turn.language)) for day in days]
    key = f"{turn.wizard.kind}.ask_day"
    return Question(turn.say(key, **turn.filled), in_rows(choices, 2))


async def _take_day(turn: Turn, value: str) -> str:
    day = parse_input.read_date(value, today=_today(turn))
    if day < _today(turn):
        raise Refusal("plan.bad_first")
    turn.filled["day"] = day.isoformat()
    return "time"


async def _ask_time(turn: Turn) -> Question:
    hours = [Choice(f"{hour:02d}:00", f"{hour:02d}:00") for hour in HOURS]
    usual = turn.filled.get("usual")
    same = [(Choice(usual, turn.say("move.same_time", time=usual)),)] if usual else []
    return Question(turn.say("move.ask_time"), (*same, *in_rows(hours, 4)))


async def _take_time(turn: Turn, value: str) -> str:
    wall_time = parse_input.read_time(value)
    day, zone = date.fromisoformat(turn.filled["day"]), zone_named(turn.filled["zone"])
    if instant(day, time.fromisoformat(wall_time), zone) <= turn.now:
        raise Refusal("move.past")
    turn.filled["time"] = wall_time
    return DONE


async def _finish_move(turn: Turn) -> Screen:
    meant = await meant_by(turn, turn.filled["session"])
    starts_at = instant(
        date.fromisoformat(turn.filled["day"]),
        time.fromisoformat(turn.filled["time"]),
        zone_named(turn.filled["zone"]),
    )
    await changes.move_session(turn, meant, starts_at)
    return await shown(turn, meant)


async def _finish_extra(turn: Turn) -> Screen:
    party = await party_named(turn, turn.filled["code"])
    await changes.add_session(
        turn,
        party,
        day=date.fromisoformat(turn.filled["day"]),
        wall_time=time.fromisoformat(turn.filled["time"]),
        zone=turn.filled["zone"],
    )
    return await listing(turn, party.code)


_STEPS = {"day": Step(_ask_day, _take_day), "time": Step(_ask_time, _take_time)}

MOVE = Flow(
    steps=_STEPS,
    begin=_begin_move,
    finish=_finish_move,
    title=lambda turn: turn.say("move.title", who=turn.filled["who"]),
)

EXTRA = Flow(
    steps=_STEPS,
    begin=_begin_extra,
    finish=_finish_extra,
    title=lambda turn: turn.say("extra.title", who=turn.filled["who"]),
)
