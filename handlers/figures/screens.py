"""The clinic's figures in words; what rests on too few people says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from babel.numbers import format_decimal, format_percent

from alliance.figures.figures import Week
from handlers.calendar.plan_screens import length
from handlers.texts import say

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What /figures tells; None is too few to show.

    Attributes:
        weeks: Share of answered check-ins, the running week last.
        groups: The same by group: its code, or the words for sessions alone.
        asked: How many check-ins that is.
        answered: Share of them that was answered.
        wait: Within which time half of the answers came.
        missed: How many check-ins reached nobody, by a fault of ours.
        alerts: For each 100 sessions.
        seen: Share of alerts that were seen within 48 hours.
        recovered: Share of episodes that ended back in the usual range.
        right: Share of alerts on ratings that were right, by what therapists said of them so far.
    """

    language: str
    weeks: Sequence[Week]
    groups: Sequence[tuple[str, float | None]]
    asked: int
    answered: float | None
    wait: timedelta | None
    missed: int
    alerts: float | None
    seen: float | None
    recovered: float | None
    right: float | None

    def say(self, key: str, /, **values: object) -> str:
        """Return words in the reader's language."""
        return say(self.language, key, **values)

    def percent(self, share: float | None) -> str:
        """Return a share as people read it."""
        if share is None:
            return self.say("figures.too_few")
        return format_percent(share, "#,##0 %", locale=self.language)


def lines(figures: Figures) -> list[str]:
    """Return one line for each figure."""
    say_, language = figures.say, figures.language
    too_few = say_("figures.too_few")
    wait = figures.wait
    shortest = None if wait is None else max(MINUTE, round(wait / MINUTE) * MINUTE)
    alerts = figures.alerts
    return [
        say_("figures.answered", share=figures.percent(figures.answered), count=figures.asked),
        say_(
            "figures.wait",
            length=too_few if shortest is None else length(language, shortest),
        ),
        say_("figures.missed", count=figures.missed),
        say_(
            "figures.alerts",
            count=too_few if alerts is None else format_decimal(alerts, "#,##0.0", locale=language),
        ),
        say_("figures.seen", share=figures.percent(figures.seen)),
        say_("figures.recovered", share=figures.percent(figures.recovered)),
        say_("figures.right", share=figures.percent(figures.right)),
    ]
