"""On which days, when and how often: the questions about a plan's rule."""

from datetime import date

from babel.dates import get_day_names

from alliance.calendar.recurrence import WEEKDAYS
from alliance.calendar.timing import zone_named
from handlers.app.request import Request
from handlers.app.screen import in_rows
from handlers.calendar.plan_draft import PlanDraft, first_missing, rule_of
from handlers.conversations import parse_input
from handlers.conversations.flow import Choice, Question, Step

HOURS = range(8, 20)
NTH = ("1", "2", "3", "4", "-1")
INTERVALS = ("1", "2", "3", "4")
MENUS = ("confirm", "more")
SEVERAL, MONTHLY, READY = "several", "month", "ready"


def today(request: Request) -> date:
    """Return today's date in the plan's time zone."""
    zone = zone_named(request.conversation.filled["zone"])
    return request.now.astimezone(zone).date()


def next_step(request: Request) -> str:
    """Return what follows a field: the menu it was chosen from, or what is still missing."""
    path = request.conversation.path
    if path and path[-1] in MENUS:
        return path[-1]
    missing = first_missing(request.conversation.filled)
    return {"days": "day", "time": "time"}.get(missing or "", "confirm")


def _weekdays(language: str) -> list[Choice]:
    names = get_day_names("abbreviated", locale=language)
    return [Choice(code, names[place]) for place, code in enumerate(WEEKDAYS)]


async def ask_day(request: Request) -> Question:
    """Ask for the weekday; the usual case is one tap."""
    more = (
        Choice(SEVERAL, request.say("plan.several")),
        Choice(MONTHLY, request.say("plan.monthly")),
    )
    text = request.say("plan.ask_day", who=request.conversation.filled["who"])
    return Question(text, (*in_rows(_weekdays(request.language), 4), more))


async def take_day(request: Request, value: str) -> str:
    """Take one weekday, or several that were typed."""
    if value in (SEVERAL, MONTHLY):
        return value
    weekdays = parse_input.parse_weekdays(value, request.language)
    request.conversation.filled["days"] = weekdays
    return next_step(request)


async def ask_several(request: Request) -> Question:
    """Ask for several weekdays; each button carries the selection after it is tapped."""
    filled = request.conversation.filled
    ticked = _ticked_days(filled)
    names = get_day_names("abbreviated", locale=request.language)
    buttons = []
    for place, code in enumerate(WEEKDAYS):
        after = [one for one in WEEKDAYS if (one in ticked) != (one == code)]
        label = f"✓ {names[place]}" if code in ticked else names[place]
        buttons.append(Choice("=" + ",".join(after), label))
    ready = [(Choice(READY, request.say("plan.ready")),)] if ticked else []
    text = request.say("plan.ask_several", who=filled["who"])
    return Question(text, (*in_rows(buttons, 4), *ready))


def _ticked_days(filled: PlanDraft) -> list[str]:
    ticked = filled.get("ticked", filled.get("days", ""))
    return [code for code in ticked.split(",") if code in WEEKDAYS]


async def take_several(request: Request, value: str) -> str:
    """Tick or untick a day; take the ticked or typed days once they are ready."""
    filled = request.conversation.filled
    if value.startswith("="):
        filled["ticked"] = value[1:]
        return "several"
    days = ",".join(_ticked_days(filled)) if value == READY else value
    filled["days"] = parse_input.parse_weekdays(days, request.language)
    filled.pop("ticked", None)
    return next_step(request)


async def ask_month(request: Request) -> Question:
    """Ask which weekday of the month it is: the first, the last ..."""
    choices = [Choice(nth, request.say(f"plan.nth.{nth}")) for nth in NTH]
    text = request.say("plan.ask_month", who=request.conversation.filled["who"])
    return Question(text, in_rows(choices, 3))


async def take_month(request: Request, value: str) -> str:
    """Take which one; the weekday may be typed along with it, e.g. "2 tue"."""
    filled = request.conversation.filled
    if value not in NTH:
        filled["days"] = parse_input.parse_monthly(value, request.language)
        return next_step(request)
    filled["nth"] = value
    return "monthday"


async def ask_monthday(request: Request) -> Question:
    """Ask for the weekday of a monthly plan."""
    filled = request.conversation.filled
    nth = request.say(f"plan.nth.{filled['nth']}")
    text = request.say("plan.ask_monthday", who=filled["who"], nth=nth)
    return Question(text, in_rows(_weekdays(request.language), 4))


async def take_monthday(request: Request, value: str) -> str:
    """Take the weekday of a monthly plan."""
    filled = request.conversation.filled
    filled["days"] = parse_input.parse_monthly(f"{filled['nth']} {value}", request.language)
    del filled["nth"]
    return next_step(request)


async def ask_time(request: Request) -> Question:
    """Ask when the session begins."""
    hours = [Choice(f"{hour:02d}:00", f"{hour:02d}:00") for hour in HOURS]
    text = request.say("plan.ask_time", who=request.conversation.filled["who"])
    return Question(text, in_rows(hours, 4))


async def take_time(request: Request, value: str) -> str:
    """Take when the session begins."""
    request.conversation.filled["time"] = parse_input.parse_time(value)
    return next_step(request)


async def ask_often(request: Request) -> Question:
    """Ask whether it is every week, every second one ..."""
    filled = request.conversation.filled
    key = "plan.often.week" if rule_of(filled).nth is None else "plan.often.month"
    choices = [
        Choice(one, request.say(f"{key}.1" if one == "1" else key, count=one)) for one in INTERVALS
    ]
    return Question(request.say("plan.ask_often", who=filled["who"]), in_rows(choices, 2))


async def take_often(request: Request, value: str) -> str:
    """Take the number of weeks or months between sessions."""
    every = parse_input.parse_number(value, "plan.bad_often", least=1, most=26)
    request.conversation.filled["every"] = every
    return next_step(request)


STEPS = {
    "day": Step(ask_day, take_day),
    SEVERAL: Step(ask_several, take_several),
    MONTHLY: Step(ask_month, take_month),
    "monthday": Step(ask_monthday, take_monthday),
    "time": Step(ask_time, take_time),
    "often": Step(ask_often, take_often),
}
