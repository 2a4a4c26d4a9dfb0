"""From when, until when and by whose clocks a plan runs; and the list of all that can be set."""

from itertools import islice

from alliance.calendar.recurrence import days
from alliance.errors import Refusal
from handlers import texts
from handlers.app.screen import in_rows
from handlers.calendar import plan_screens as words
from handlers.calendar import plan_settings
from handlers.calendar.plan_draft import rule_of
from handlers.calendar.plan_settings import SETTINGS
from handlers.calendar.plan_steps import onward, today
from handlers.conversations import parse_input
from handlers.conversations.flow import Choice, Question, Step, Turn, offered

NEVER = "never"
COUNTS = ("6", "12", "20", "40")
MOST_SESSIONS = 500


async def ask_first(turn: Turn) -> Question:
    """Ask with which session it begins: the coming ones are offered."""
    rule = rule_of({**turn.filled, "every": "1"})
    coming = islice(days(rule, today(turn)), 6)
    choices = [Choice(day.isoformat(), texts.day(day, turn.language)) for day in coming]
    return Question(turn.say("plan.ask_first", who=turn.filled["who"]), in_rows(choices, 2))


async def take_first(turn: Turn, value: str) -> str:
    """Take the first day."""
    first = parse_input.read_date(value, today=today(turn))
    if first < today(turn):
        raise Refusal("plan.bad_first")
    turn.filled["first"] = first.isoformat()
    return onward(turn)


async def ask_ends(turn: Turn) -> Question:
    """Ask for a last day or a number of sessions."""
    counts = [Choice(one, turn.say("plan.words.count", count=one)) for one in COUNTS]
    never = (Choice(NEVER, turn.say("plan.never")),)
    text = turn.say("plan.ask_ends", who=turn.filled["who"])
    return Question(text, (never, *in_rows(counts, 2)))


async def take_ends(turn: Turn, value: str) -> str:
    """Take a last day, a number of sessions, or neither."""
    filled = turn.filled
    until, count = None, None
    if value.strip().casefold() != NEVER:
        try:
            count = parse_input.read_number(value, "plan.bad_ends", least=1, most=MOST_SESSIONS)
        except Refusal:
            until = _last_day(turn, value)
    for name, said in (("until", until), ("count", count)):
        filled.pop(name, None)
        if said is not None:
            filled[name] = said
    return onward(turn)


def _last_day(turn: Turn, value: str) -> str:
    try:
        return parse_input.read_date(value, today=today(turn)).isoformat()
    except Refusal:
        raise Refusal("plan.bad_ends") from None


async def ask_zone(turn: Turn) -> Question:
    """Ask by whose clocks: the plan's, the coordinator's and the site's are offered."""
    zones = dict.fromkeys((turn.filled["zone"], turn.person.zone, turn.desk.site.zone.key))
    choices = [Choice(zone, zone) for zone in zones]
    return Question(turn.say("plan.ask_zone", who=turn.filled["who"]), in_rows(choices, 1))


async def take_zone(turn: Turn, value: str) -> str:
    """Take the zone."""
    turn.filled["zone"] = parse_input.read_zone(value)
    return onward(turn)


async def ask_more(turn: Turn) -> Question:
    """Show everything that can be set, each with what is so now."""
    zone = words.zone_name(turn.language, turn.filled["zone"])
    lines = [("zone", zone)]
    lines += [(name, plan_settings.present(turn, name)) for name in SETTINGS]
    choices = [
        Choice(name, turn.say("plan.line", name=turn.say(f"plan.set.{name}"), value=value))
        for name, value in lines
    ]
    ready = (Choice("confirm", turn.say("plan.ready")),)
    text = turn.say("plan.ask_more", who=turn.filled["who"])
    return Question(text, (*in_rows(choices, 1), ready))


async def take_more(turn: Turn, value: str) -> str:
    """Go to what shall be set."""
    return offered(await ask_more(turn), value)


STEPS = {
    "first": Step(ask_first, take_first),
    "ends": Step(ask_ends, take_ends),
    "zone": Step(ask_zone, take_zone),
    "more": Step(ask_more, take_more),
    **{name: plan_settings.step(name, onward) for name in SETTINGS},
}
