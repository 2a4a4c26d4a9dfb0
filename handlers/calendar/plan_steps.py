"""On which days and when: the questions that a plan cannot do without, and how often."""

from datetime import date

from babel.dates import get_day_names

from alliance.calendar.recurrence import WEEKDAYS
from alliance.calendar.timing import zone_named
from handlers.app.screen import in_rows
from handlers.calendar.plan_draft import Filled, missing, rule_of
from handlers.conversations import parse_input
from handlers.conversations.flow import Choice, Question, Step, Turn

HOURS = range(8, 20)
NTH = ("1", "2", "3", "4", "-1")
INTERVALS = ("1", "2", "3", "4")
MENUS = ("confirm", "more")
SEVERAL, MONTHLY, READY = "several", "month", "ready"


def today(turn: Turn) -> date:
    """Return the day it is where the plan's clocks are."""
    return turn.now.astimezone(zone_named(turn.filled["zone"])).date()


def onward(turn: Turn) -> str:
    """Return what follows a field: the menu it was chosen from, or what is still missing."""
    path = turn.wizard.path
    if path and path[-1] in MENUS:
        return path[-1]
    return {"days": "day", "time": "time"}.get(missing(turn.filled) or "", "confirm")


def _weekdays(turn: Turn) -> list[Choice]:
    names = get_day_names("abbreviated", locale=turn.language)
    return [Choice(code, names[place]) for place, code in enumerate(WEEKDAYS)]


async def ask_day(turn: Turn) -> Question:
    """Ask for the weekday; the usual case is one tap."""
    more = (
        Choice(SEVERAL, turn.say("plan.several")),
        Choice(MONTHLY, turn.say("plan.monthly")),
    )
    text = turn.say("plan.ask_day", who=turn.filled["who"])
    return Question(text, (*in_rows(_weekdays(turn), 4), more))


async def take_day(turn: Turn, value: str) -> str:
    """Take one weekday, or several that were typed."""
    if value in (SEVERAL, MONTHLY):
        return value
    turn.filled["days"] = parse_input.read_weekdays(value, turn.language)
    return onward(turn)


async def ask_several(turn: Turn) -> Question:
    """Ask for several weekdays; each button carries what is so once it is tapped."""
    chosen = _ticked(turn.filled)
    names = get_day_names("abbreviated", locale=turn.language)
    buttons = []
    for place, code in enumerate(WEEKDAYS):
        after = [one for one in WEEKDAYS if (one in chosen) != (one == code)]
        label = f"✓ {names[place]}" if code in chosen else names[place]
        buttons.append(Choice("=" + ",".join(after), label))
    ready = [(Choice(READY, turn.say("plan.ready")),)] if chosen else []
    text = turn.say("plan.ask_several", who=turn.filled["who"])
    return Question(text, (*in_rows(buttons, 4), *ready))


def _ticked(filled: Filled) -> list[str]:
    ticked = filled.get("ticked", filled.get("days", ""))
    return [code for code in ticked.split(",") if code in WEEKDAYS]


async def take_several(turn: Turn, value: str) -> str:
    """Tick a day or take it off; ready, or typed, they are taken as they are."""
    if value.startswith("="):
        turn.filled["ticked"] = value[1:]
        return "several"
    chosen = ",".join(_ticked(turn.filled)) if value == READY else value
    turn.filled["days"] = parse_input.read_weekdays(chosen, turn.language)
    turn.filled.pop("ticked", None)
    return onward(turn)


async def ask_month(turn: Turn) -> Question:
    """Ask which weekday of the month it is: the first, the last ..."""
    choices = [Choice(nth, turn.say(f"plan.nth.{nth}")) for nth in NTH]
    return Question(turn.say("plan.ask_month", who=turn.filled["who"]), in_rows(choices, 3))


async def take_month(turn: Turn, value: str) -> str:
    """Take which one; all of it may be typed, e.g. "2 tue"."""
    if value not in NTH:
        turn.filled["days"] = parse_input.read_monthly(value, turn.language)
        return onward(turn)
    turn.filled["nth"] = value
    return "monthday"


async def ask_monthday(turn: Turn) -> Question:
    """Ask for the weekday of a monthly plan."""
    nth = turn.say(f"plan.nth.{turn.filled['nth']}")
    text = turn.say("plan.ask_monthday", who=turn.filled["who"], nth=nth)
    return Question(text, in_rows(_weekdays(turn), 4))


async def take_monthday(turn: Turn, value: str) -> str:
    """Take the weekday of a monthly plan."""
    whole = f"{turn.filled['nth']} {value}"
    turn.filled["days"] = parse_input.read_monthly(whole, turn.language)
    del turn.filled["nth"]
    return onward(turn)


async def ask_time(turn: Turn) -> Question:
    """Ask when the session begins."""
    hours = [Choice(f"{hour:02d}:00", f"{hour:02d}:00") for hour in HOURS]
    return Question(turn.say("plan.ask_time", who=turn.filled["who"]), in_rows(hours, 4))


async def take_time(turn: Turn, value: str) -> str:
    """Take when the session begins."""
    turn.filled["time"] = parse_input.read_time(value)
    return onward(turn)


async def ask_often(turn: Turn) -> Question:
    """Ask whether it is every week, every second one ..."""
    key = "plan.often.week" if rule_of(turn.filled).nth is None else "plan.often.month"
    choices = [
        Choice(one, turn.say(f"{key}.1" if one == "1" else key, count=one)) for one in INTERVALS
    ]
    return Question(turn.say("plan.ask_often", who=turn.filled["who"]), in_rows(choices, 2))


async def take_often(turn: Turn, value: str) -> str:
    """Take every how many weeks or months."""
    every = parse_input.read_number(value, "plan.bad_often", least=1, most=26)
    turn.filled["every"] = every
    return onward(turn)


STEPS = {
    "day": Step(ask_day, take_day),
    SEVERAL: Step(ask_several, take_several),
    MONTHLY: Step(ask_month, take_month),
    "monthday": Step(ask_monthday, take_monthday),
    "time": Step(ask_time, take_time),
    "often": Step(ask_often, take_often),
}
