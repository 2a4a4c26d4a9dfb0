"""What a plan may have otherwise than the site: one line a setting, asked under "More"."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from alliance.calendar.timetable import Terms
from alliance.checkins.instruments import instrument, instrument_ids
from handlers.app.screen import in_rows
from handlers.calendar import plan_screens as words
from handlers.calendar.plan_draft import NONE, Filled, settings_from
from handlers.conversations import parse_input
from handlers.conversations.flow import Choice, Question, Step, Turn, offered
from handlers.texts import say

USUAL = "usual"
"""What takes a setting back to the site's own."""


class Setting(NamedTuple):
    """One setting.

    Attributes:
        values: What is offered beside the usual, in the form that is kept.
        read: Reads what was typed; what is offered reads as itself.
        label: How a kept value is told: language and value in, words out.
        width: Buttons in a row.
    """

    values: tuple[str, ...]
    read: Callable[[str], str]
    label: Callable[[str, str], str]
    width: int = 3


def _number(key: str, least: int, most: int) -> Callable[[str], str]:
    return lambda value: parse_input.read_number(value, key, least=least, most=most)


def _minutes_of(name: str) -> Callable[[str], str]:
    return _number(f"plan.bad_{name}", parse_input.LEAST[name], parse_input.DAY)


def _instrument(value: str) -> str:
    known = [Choice(one, instrument(one).name) for one in instrument_ids()]
    return offered(Question("", (known,)), value)


def _minutes(language: str, kept: str) -> str:
    return words.length(language, timedelta(minutes=int(kept)))


def _delay(language: str, kept: str) -> str:
    return _minutes(language, kept) if kept != "0" else say(language, "plan.at_once")


def _hours(language: str, kept: str) -> str:
    return words.length(language, timedelta(hours=int(kept)))


def _quiet(language: str, kept: str) -> str:
    return say(language, "plan.none") if kept == NONE else kept.replace("-", "–")


def _region(language: str, kept: str) -> str:
    return say(language, "plan.none") if kept == NONE else kept


SETTINGS = {
    "duration": Setting(("30", "45", "50", "60", "90", "120"), _minutes_of("duration"), _minutes),
    "delay": Setting(("0", "10", "20", "30", "60", "120"), _minutes_of("delay"), _delay),
    "reminders": Setting(
        ("0", "1", "2"), _number("plan.bad_reminders", 0, 2), lambda _, kept: kept
    ),
    "quiet": Setting(
        ("20:00-09:00", "21:00-08:00", "22:00-07:00", NONE), parse_input.read_quiet, _quiet, 2
    ),
    "expiry": Setting(("12", "24", "48", "72"), _number("plan.bad_expiry", 1, 336), _hours, 4),
    "instrument": Setting(instrument_ids(), _instrument, lambda _, kept: instrument(kept).name, 1),
    "holidays": Setting((NONE,), parse_input.read_region, _region, 1),
}


def usual(turn: Turn) -> Filled:
    """Return what the site has for the plan that is being made."""
    site, is_group = turn.desk.site.defaults, "group" in turn.filled
    return settings_from(
        Terms(
            site.duration,
            site.delay,
            site.group_instrument if is_group else site.instrument,
            site.quiet,
            site.reminders,
            site.expiry,
            site.holidays,
        )
    )


def present(turn: Turn, name: str) -> str:
    """Return how a setting stands, e.g. "30 minutes", or "as usual: 20 minutes"."""
    label = SETTINGS[name].label
    if name in turn.filled:
        return label(turn.language, turn.filled[name])
    return turn.say("plan.usual", value=label(turn.language, usual(turn)[name]))


def step(name: str, onward: Callable[[Turn], str]) -> Step:
    """Return the question about one setting; ``onward`` says what follows it."""
    setting = SETTINGS[name]

    async def question(turn: Turn) -> Question:
        language = turn.language
        as_usual = turn.say("plan.usual", value=setting.label(language, usual(turn)[name]))
        others = [Choice(value, setting.label(language, value)) for value in setting.values]
        text = turn.say(f"plan.ask_{name}", who=turn.filled["who"])
        return Question(text, ((Choice(USUAL, as_usual),), *in_rows(others, setting.width)))

    async def take(turn: Turn, value: str) -> str:
        if value.strip().casefold() == USUAL:
            turn.filled.pop(name, None)
        else:
            turn.filled[name] = setting.read(value)
        return onward(turn)

    return Step(question, take)
