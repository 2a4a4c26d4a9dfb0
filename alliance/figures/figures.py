"""How a clinic does, in figures: shares and medians over enough people, or none at all. Pure.

A figure over few people is a figure about somebody. ``least`` is the number of different
patients below which there is none: it is None, which is told as "too few to show".
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from alliance.calendar.timing import instant

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


@dataclass(slots=True)
class Tally:
    """Some check-ins, counted.

    Attributes:
        least: See above; at least 1.
        asked: How many there were.
        answered: How many of them were answered.
        patients: Whose they were; others are left out once it is enough of them.
    """

    least: int
    asked: int = 0
    answered: int = 0
    patients: set[str] = field(default_factory=set)

    def add(self, one: Asked) -> None:
        """Count one more."""
        self.asked += 1
        self.answered += one.answered_after is not None
        if len(self.patients) < self.least:
            self.patients.add(one.patient_id)

    @property
    def is_enough(self) -> bool:
        """Whether it is of enough patients to be shown."""
        return len(self.patients) >= self.least

    @property
    def share(self) -> float | None:
        """The share that was answered, 0 to 1."""
        return self.answered / self.asked if self.is_enough else None


class Counts:
    """Check-ins, counted while they are read: a large clinic's are never in memory all at once.

    >>> now = datetime(2026, 3, 3, tzinfo=ZoneInfo("UTC"))
    >>> some = [Asked("a", None, now, timedelta(minutes=5)), Asked("b", None, now, None)]
    >>> counts = Counts(zone=ZoneInfo("UTC"), now=now, weeks=1, least=2)
    >>> counts.add(some)
    >>> counts.all.share, counts.by_week()
    (0.5, [Week(monday=datetime.date(2026, 3, 2), share=0.5)])

    Args:
        zone: Whose days are meant.
        now: Aware; the running week is the last.
        weeks: How many weeks count for themselves, at least 1.
        least: See above; each week and each group counts for itself.
    """

    def __init__(self, *, zone: ZoneInfo, now: datetime, weeks: int, least: int) -> None:
        running = monday_of(now, zone)
        self._mondays = [running - count * A_WEEK for count in range(weeks - 1, -1, -1)]
        self._begins = [
            instant(monday, time(0), zone) for monday in (*self._mondays, running + A_WEEK)
        ]
        self._least = max(least, 1)
        self._by_week = [Tally(self._least) for _ in self._mondays]
        self._by_group: dict[str | None, Tally] = {}
        self._waits = array("d")
        self._answering = Tally(self._least)
        self.all = Tally(self._least)

    @property
    def since(self) -> datetime:
        """When the oldest of the weeks begins; aware."""
        return self._begins[0]

    def add(self, asked: Iterable[Asked]) -> None:
        """Count some more; a check-in belongs to the week of the day on which it was due."""
        for one in asked:
            self.all.add(one)
            week = bisect_right(self._begins, one.due_at) - 1
            if 0 <= week < len(self._by_week):
                self._by_week[week].add(one)
            if one.group_id not in self._by_group:
                self._by_group[one.group_id] = Tally(self._least)
            self._by_group[one.group_id].add(one)
            if one.answered_after is not None:
                self._answering.add(one)
                self._waits.append(one.answered_after.total_seconds())

    def by_week(self) -> list[Week]:
        """Return the weeks, oldest first."""
        found = zip(self._mondays, self._by_week, strict=True)
        return [Week(monday, tally.share) for monday, tally in found]

    def by_group(self) -> dict[str | None, float | None]:
        """Return the share of answered check-ins by group; None is the key of sessions alone."""
        return {group: tally.share for group, tally in self._by_group.items()}

    def median_wait(self) -> timedelta | None:
        """Return within which time half of the answers came, counted from when they were due."""
        return timedelta(seconds=median(self._waits)) if self._answering.is_enough else None


def _too_few(some: Sequence[Raised | Settled], least: int) -> bool:
    return len({one.patient_id for one in some}) < max(least, 1)


def monday_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the week that an instant lies in."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def alerts_per_100(raised: Sequence[Raised], asked: Tally) -> float | None:
    """Return how many alerts there were for each 100 sessions that were asked about."""
    return 100 * len(raised) / asked.asked if asked.is_enough else None


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
