"""The settings in which a plan may differ from the site's, asked for under "More"."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from alliance.calendar.timetable import site_default_settings
from alliance.checkins.instruments import instrument, instrument_ids
from handlers.app.request import Request
from handlers.app.screen import in_rows
from handlers.calendar.plan_draft import NONE, settings_from
from handlers.calendar.plan_screens import length
from handlers.conversations import parse_input
from handlers.conversations.flow import Choice, Question, Step, match_choice
from handlers.texts import say

USE_SITE_DEFAULT = "usual"
"""The value that resets a setting to the site's."""


class PlanSetting(NamedTuple):
    """One setting.

    Attributes:
        values: The values that are offered besides the site's, as they are saved.
        parse: Turns what was typed into a value; a value is returned as it is.
        label: Returns a value in words; takes the language first.
        width: Buttons in a row.
    """

    values: tuple[str, ...]
    parse: Callable[[str], str]
    label: Callable[[str, str], str]
    width: int = 3


def _number(key: str, least: int, most: int) -> Callable[[str], str]:
    return lambda value: parse_input.parse_number(value, key, least=least, most=most)


def _minutes_of(name: str) -> Callable[[str], str]:
    return _number(
        f"plan.bad_{name}", parse_input.MINIMUM_MINUTES[name], parse_input.MINUTES_PER_DAY
    )


def _instrument(value: str) -> str:
    known = [Choice(one, instrument(one).name) for one in instrument_ids()]
    return match_choice(Question("", (known,)), value)


def _minutes(language: str, value: str) -> str:
    return length(language, timedelta(minutes=int(value)))


def _delay(language: str, value: str) -> str:
    return _minutes(language, value) if value != "0" else say(language, "plan.at_once")


def _hours(language: str, value: str) -> str:
    return length(language, timedelta(hours=int(value)))


def _quiet(language: str, value: str) -> str:
    return say(language, "plan.none") if value == NONE else value.replace("-", "–")


def _region(language: str, value: str) -> str:
    return say(language, "plan.none") if value == NONE else value


SETTINGS = {
    "duration": PlanSetting(
        ("30", "45", "50", "60", "90", "120"), _minutes_of("duration"), _minutes
    ),
    "delay": PlanSetting(("0", "10", "20", "30", "60", "120"), _minutes_of("delay"), _delay),
    "reminders": PlanSetting(
        ("0", "1", "2"), _number("plan.bad_reminders", 0, 2), lambda _, value: value
    ),
    "quiet": PlanSetting(
        ("20:00-09:00", "21:00-08:00", "22:00-07:00", NONE), parse_input.parse_quiet, _quiet, 2
    ),
    "expiry": PlanSetting(("12", "24", "48", "72"), _number("plan.bad_expiry", 1, 336), _hours, 4),
    "instrument": PlanSetting(
        instrument_ids(), _instrument, lambda _, value: instrument(value).name, 1
    ),
    "holidays": PlanSetting((NONE,), parse_input.parse_region, _region, 1),
}


def current_value(request: Request, name: str) -> str:
    """Return the present value of a setting, e.g. "30 minutes", or "as usual: 20 minutes"."""
    filled = request.conversation.filled
    if name in filled:
        return SETTINGS[name].label(request.language, filled[name])
    return _usual_value(request, name)


def _usual_value(request: Request, name: str) -> str:
    """Return the site's value of a setting, e.g. "as usual: 20 minutes"."""
    defaults, is_group = request.services.site.defaults, "group" in request.conversation.filled
    draft = settings_from(site_default_settings(defaults, group=is_group))
    label = SETTINGS[name].label(request.language, draft[name])
    return request.say("plan.usual", value=label)


def setting_step(name: str, next_step: Callable[[Request], str]) -> Step:
    """Return the question about one setting; ``next_step`` returns what follows it."""
    setting = SETTINGS[name]

    async def question(request: Request) -> Question:
        usual = Choice(USE_SITE_DEFAULT, _usual_value(request, name))
        others = [Choice(value, setting.label(request.language, value)) for value in setting.values]
        text = request.say(f"plan.ask_{name}", who=request.conversation.filled["who"])
        return Question(text, ((usual,), *in_rows(others, setting.width)))

    async def take(request: Request, value: str) -> str:
        if value.strip().casefold() == USE_SITE_DEFAULT:
            request.conversation.filled.pop(name, None)
        else:
            request.conversation.filled[name] = setting.parse(value)
        return next_step(request)

    return Step(question, take)
