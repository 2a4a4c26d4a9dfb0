"""From when, until when and in which time zone a plan runs; and the list of all settings."""

from itertools import islice

from alliance.calendar.recurrence import session_days
from alliance.errors import Refusal
from handlers import texts
from handlers.app.request import Request
from handlers.app.screen import in_rows
from handlers.calendar import plan_screens, plan_settings
from handlers.calendar.plan_draft import rule_of
from handlers.calendar.plan_settings import SETTINGS
from handlers.calendar.plan_steps import next_step, today
from handlers.conversations import parse_input
from handlers.conversations.flow import Choice, Question, Step, match_choice

NEVER = "never"
COUNTS = ("6", "12", "20", "40")
MOST_SESSIONS = 500


async def ask_first(request: Request) -> Question:
    """Ask for the day of the first session; the next possible ones are offered."""
    filled = request.conversation.filled
    rule = rule_of({**filled, "every": "1"})
    days = islice(session_days(rule, today(request)), 6)
    choices = [Choice(day.isoformat(), texts.day(day, request.language)) for day in days]
    return Question(request.say("plan.ask_first", who=filled["who"]), in_rows(choices, 2))


async def take_first(request: Request, value: str) -> str:
    """Take the first day."""
    first = parse_input.parse_date(value, today=today(request))
    if first < today(request):
        raise Refusal("plan.bad_first")
    request.conversation.filled["first"] = first.isoformat()
    return next_step(request)


async def ask_ends(request: Request) -> Question:
    """Ask for a last day or a number of sessions."""
    counts = [Choice(one, request.say("plan.words.count", count=one)) for one in COUNTS]
    never = (Choice(NEVER, request.say("plan.never")),)
    text = request.say("plan.ask_ends", who=request.conversation.filled["who"])
    return Question(text, (never, *in_rows(counts, 2)))


async def take_ends(request: Request, value: str) -> str:
    """Take a last day, a number of sessions, or neither."""
    filled = request.conversation.filled
    until, count = None, None
    if value.strip().casefold() != NEVER:
        try:
            count = parse_input.parse_number(value, "plan.bad_ends", least=1, most=MOST_SESSIONS)
        except Refusal:
            until = _last_day(request, value)
    for name, limit in (("until", until), ("count", count)):
        filled.pop(name, None)
        if limit is not None:
            filled[name] = limit
    return next_step(request)


def _last_day(request: Request, value: str) -> str:
    try:
        return parse_input.parse_date(value, today=today(request)).isoformat()
    except Refusal:
        raise Refusal("plan.bad_ends") from None


async def ask_zone(request: Request) -> Question:
    """Ask for the time zone: the plan's, the coordinator's and the site's are offered."""
    filled = request.conversation.filled
    zones = (filled["zone"], request.person.zone, request.services.site.zone.key)
    choices = [Choice(zone, zone) for zone in dict.fromkeys(zones)]
    return Question(request.say("plan.ask_zone", who=filled["who"]), in_rows(choices, 1))


async def take_zone(request: Request, value: str) -> str:
    """Take the time zone."""
    request.conversation.filled["zone"] = parse_input.parse_zone(value)
    return next_step(request)


async def ask_more(request: Request) -> Question:
    """Show every setting with its present value."""
    filled = request.conversation.filled
    values = [("zone", plan_screens.zone_name(request.language, filled["zone"]))]
    values += [(name, plan_settings.current_value(request, name)) for name in SETTINGS]
    choices = [
        Choice(name, request.say("plan.line", name=request.say(f"plan.set.{name}"), value=value))
        for name, value in values
    ]
    ready = (Choice("confirm", request.say("plan.ready")),)
    text = request.say("plan.ask_more", who=filled["who"])
    return Question(text, (*in_rows(choices, 1), ready))


async def take_more(request: Request, value: str) -> str:
    """Go to the setting that was chosen."""
    return match_choice(await ask_more(request), value)


STEPS = {
    "first": Step(ask_first, take_first),
    "ends": Step(ask_ends, take_ends),
    "zone": Step(ask_zone, take_zone),
    "more": Step(ask_more, take_more),
    **{name: plan_settings.setting_step(name, next_step) for name in SETTINGS},
}
