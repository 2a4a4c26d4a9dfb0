"""How a clinic does, in figures: shares and medians over enough people, or none at all. Pure.

A figure over few people is a figure about somebody. Each function takes ``least``, the number
of different patients below which it returns None; what is None is told as "too few to show".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

A_WEEK = timedelta(weeks=1)

IN_TIME = timedelta(hours=48)
"""An alert that was seen within this time counts as seen in time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One check-in that reached its patient and is over; "there was no session" is none.

    Attributes:
        group_id: The group whose session it followed; None for a session alone.
        answered_after: From due to the last answer; None when it was not finished.
    """

    patient_id: str
    group_id: str | None
    due_at: datetime
    answered_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert.

    Attributes:
        age: Since it was raised.
        seen_after: From then until somebody saw it; None when nobody has.
    """

    patient_id: str
    age: timedelta
    seen_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Settled:
    """One episode that came to its end by the ratings: back in the usual range in time, or not.

    One that was no rupture, or ended with the treatment or another therapist, is none.
    """

    patient_id: str
    recovered: bool


@dataclass(frozen=True, slots=True)
class Week:
    """One week by its Monday, and the share of its check-ins that were answered."""

    monday: date
    share: float | None


def _too_few(some: Sequence[Asked | Raised | Settled], least: int) -> bool:
    return len({one.patient_id for one in some}) < max(least, 1)


def answered_share(asked: Sequence[Asked], *, least: int) -> float | None:
    """Return the share of check-ins that were answered, 0 to 1.

    >>> now = datetime(2026, 3, 3)
    >>> some = [Asked("a", None, now, timedelta(minutes=5)), Asked("b", None, now, None)]
    >>> answered_share(some, least=2), answered_share(some, least=3)
    (0.5, None)
    """
    if _too_few(asked, least):
        return None
    return sum(one.answered_after is not None for one in asked) / len(asked)


def by_week(
    asked: Sequence[Asked], *, zone: ZoneInfo, now: datetime, weeks: int, least: int
) -> list[Week]:
    """Return the last weeks, the running one included, oldest first.

    Args:
        asked: Check-ins; a week is that of the day on which one was due.
        zone: Whose days are meant.
        now: Aware.
        weeks: How many, at least 1.
        least: See above; each week counts for itself.
    """
    running = monday_of(now, zone)
    mondays = [running - count * A_WEEK for count in range(weeks - 1, -1, -1)]
    return [
        Week(
            monday,
            answered_share(
                [one for one in asked if monday_of(one.due_at, zone) == monday], least=least
            ),
        )
        for monday in mondays
    ]


def monday_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the week that an instant lies in."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def by_group(asked: Sequence[Asked], *, least: int) -> dict[str | None, float | None]:
    """Return the share of answered check-ins by group; None is the key of sessions alone."""
    groups = {one.group_id for one in asked}
    return {
        group: answered_share([one for one in asked if one.group_id == group], least=least)
        for group in groups
    }


def median_wait(asked: Sequence[Asked], *, least: int) -> timedelta | None:
    """Return within which time half of the answers came, counted from when they were due."""
    answered = [one for one in asked if one.answered_after is not None]
    if _too_few(answered, least):
        return None
    waits = [one.answered_after for one in answered if one.answered_after is not None]
    return timedelta(seconds=median(wait.total_seconds() for wait in waits))


def alerts_per_100(raised: Sequence[Raised], asked: Sequence[Asked], *, least: int) -> float | None:
    """Return how many alerts there were for each 100 sessions that were asked about."""
    return None if _too_few(asked, least) else 100 * len(raised) / len(asked)


def seen_in_time(raised: Sequence[Raised], *, least: int) -> float | None:
    """Return the share of alerts seen within 48 hours, of those whose 48 hours are over."""
    ripe = [one for one in raised if one.age >= IN_TIME]
    if _too_few(ripe, least):
        return None
    in_time = [one for one in ripe if one.seen_after is not None and one.seen_after <= IN_TIME]
    return len(in_time) / len(ripe)


def recovered_share(settled: Sequence[Settled], *, least: int) -> float | None:
    """Return the share of episodes that ended back in the usual range."""
    if _too_few(settled, least):
        return None
    return sum(one.recovered for one in settled) / len(settled)
