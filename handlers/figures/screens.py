"""The clinic's figures in words; a figure over too few patients is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from babel.numbers import format_decimal, format_percent

from alliance.calendar.timing import A_MINUTE
from alliance.figures.figures import WeekShare
from handlers.calendar.plan_screens import length
from handlers.texts import say


@dataclass(frozen=True, slots=True)
class Figures:
    """What /figures shows; a share or time is None if it is over too few patients.

    Attributes:
        weeks: Share of answered check-ins by week, the current week last.
        groups: The same by group: its code, or the words for individual sessions.
        asked_count: Number of check-ins.
        answered_share: Share of them that was answered.
        median_wait: Median time from question to answer.
        undelivered_count: Check-ins not delivered because of a technical fault.
        alerts_per_100_sessions: Alerts per 100 sessions.
        seen_share: Share of alerts seen within 48 hours.
        recovered_share: Share of episodes that ended back in the usual range.
        correct_share: Share of alerts on ratings that therapists called right so far.
    """

    language: str
    weeks: Sequence[WeekShare]
    groups: Sequence[tuple[str, float | None]]
    asked_count: int
    answered_share: float | None
    median_wait: timedelta | None
    undelivered_count: int
    alerts_per_100_sessions: float | None
    seen_share: float | None
    recovered_share: float | None
    correct_share: float | None

    def say(self, key: str, /, **values: object) -> str:
        """Return words in the reader's language."""
        return say(self.language, key, **values)

    def percent(self, share: float | None) -> str:
        """Return a share as a percentage, or that there are too few."""
        if share is None:
            return self.say("figures.too_few")
        return format_percent(share, "#,##0 %", locale=self.language)


def lines(figures: Figures) -> list[str]:
    """Return each figure as a line of text."""
    say_, language = figures.say, figures.language
    too_few = say_("figures.too_few")
    wait = figures.median_wait
    shortest = None if wait is None else max(A_MINUTE, round(wait / A_MINUTE) * A_MINUTE)
    alerts = figures.alerts_per_100_sessions
    return [
        say_(
            "figures.answered",
            share=figures.percent(figures.answered_share),
            count=figures.asked_count,
        ),
        say_(
            "figures.wait",
            length=too_few if shortest is None else length(language, shortest),
        ),
        say_("figures.missed", count=figures.undelivered_count),
        say_(
            "figures.alerts",
            count=too_few if alerts is None else format_decimal(alerts, "#,##0.0", locale=language),
        ),
        say_("figures.seen", share=figures.percent(figures.seen_share)),
        say_("figures.recovered", share=figures.percent(figures.recovered_share)),
        say_("figures.right", share=figures.percent(figures.correct_share)),
    ]
