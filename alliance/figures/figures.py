"""Aggregate statistics of a clinic: shares and medians over enough patients.

A statistic over few patients would reveal individuals. ``min_patients`` is the smallest number
of different patients; below it the result is None and shown as "too few to show".
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

SEEN_IN_TIME_LIMIT = timedelta(hours=48)
"""An alert seen within this time counts as seen in time."""


@dataclass(frozen=True, slots=True)
class AskedCheckin:
    """One closed check-in that reached its patient; "there was no session" is not counted.

    Attributes:
        group_id: The group whose session it followed; None for an individual session.
        answered_after: Time from due to the last answer; None if it was not completed.
    """

    patient_id: str
    group_id: str | None
    due_at: datetime
    answered_after: timedelta | None


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """One alert.

    Attributes:
        age: Time since it was raised.
        seen_after: Time until somebody saw it; None if nobody has.
    """

    patient_id: str
    age: timedelta
    seen_after: timedelta | None


@dataclass(frozen=True, slots=True)
class EndedEpisode:
    """One episode that ended by its ratings: recovered in time, or not.

    Dismissed episodes and those ended by a change of therapist or end of treatment are excluded.
    """

    patient_id: str
    recovered: bool


@dataclass(frozen=True, slots=True)
class WeekShare:
    """One week, identified by its Monday, and the share of its check-ins that were answered."""

    monday: date
    share: float | None


@dataclass(slots=True)
class ResponseCounts:
    """Counts of asked and answered check-ins.

    Attributes:
        min_patients: Smallest number of patients, at least 1.
        asked: Number of check-ins.
        answered: Number of those that were answered.
        patients: Ids of their patients, up to ``min_patients``.
    """

    min_patients: int
    asked: int = 0
    answered: int = 0
    patients: set[str] = field(default_factory=set)

    def add(self, checkin: AskedCheckin) -> None:
        """Count one more check-in."""
        self.asked += 1
        self.answered += checkin.answered_after is not None
        if len(self.patients) < self.min_patients:
            self.patients.add(checkin.patient_id)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough patients to show the counts."""
        return len(self.patients) >= self.min_patients

    @property
    def share(self) -> float | None:
        """Share of answered check-ins, 0 to 1; None with too few patients."""
        return self.answered / self.asked if self.is_enough else None


class CheckinCounter:
    """Counts check-ins as they are read, so a large clinic's never fill the memory.

    >>> now = datetime(2026, 3, 3, tzinfo=ZoneInfo("UTC"))
    >>> answered = AskedCheckin("a", None, now, timedelta(minutes=5))
    >>> counter = CheckinCounter(zone=ZoneInfo("UTC"), now=now, weeks=1, min_patients=2)
    >>> counter.add([answered, AskedCheckin("b", None, now, None)])
    >>> counter.all.share, counter.by_week()
    (0.5, [WeekShare(monday=datetime.date(2026, 3, 2), share=0.5)])

    Args:
        zone: Time zone that defines days and weeks.
        now: Aware; the current week is the last.
        weeks: Number of weeks to count separately, at least 1.
        min_patients: Smallest number of patients, for each week and each group separately.
    """

    def __init__(self, *, zone: ZoneInfo, now: datetime, weeks: int, min_patients: int) -> None:
        current_week = monday_of(now, zone)
        self._mondays = [current_week - count * A_WEEK for count in range(weeks - 1, -1, -1)]
        self._week_starts = [
            instant(monday, time(0), zone) for monday in (*self._mondays, current_week + A_WEEK)
        ]
        self._min_patients = max(min_patients, 1)
        self._by_week = [ResponseCounts(self._min_patients) for _ in self._mondays]
        self._by_group: dict[str | None, ResponseCounts] = {}
        self._waits = array("d")
        self._answered = ResponseCounts(self._min_patients)
        self.all = ResponseCounts(self._min_patients)

    @property
    def since(self) -> datetime:
        """Start of the oldest week, aware."""
        return self._week_starts[0]

    def add(self, asked: Iterable[AskedCheckin]) -> None:
        """Count more check-ins; each belongs to the week in which it was due."""
        for checkin in asked:
            self.all.add(checkin)
            week = bisect_right(self._week_starts, checkin.due_at) - 1
            if 0 <= week < len(self._by_week):
                self._by_week[week].add(checkin)
            if checkin.group_id not in self._by_group:
                self._by_group[checkin.group_id] = ResponseCounts(self._min_patients)
            self._by_group[checkin.group_id].add(checkin)
            if checkin.answered_after is not None:
                self._answered.add(checkin)
                self._waits.append(checkin.answered_after.total_seconds())

    def by_week(self) -> list[WeekShare]:
        """Return the weeks, oldest first."""
        weeks = zip(self._mondays, self._by_week, strict=True)
        return [WeekShare(monday, counts.share) for monday, counts in weeks]

    def by_group(self) -> dict[str | None, float | None]:
        """Return the share of answered check-ins by group; individual sessions have key None."""
        return {group: counts.share for group, counts in self._by_group.items()}

    def median_wait(self) -> timedelta | None:
        """Return the median time from due to the last answer; None with too few patients."""
        return timedelta(seconds=median(self._waits)) if self._answered.is_enough else None


def _has_too_few(items: Sequence[RaisedAlert | EndedEpisode], min_patients: int) -> bool:
    return len({item.patient_id for item in items}) < max(min_patients, 1)


def monday_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the local week that contains an instant."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def alerts_per_100(raised: Sequence[RaisedAlert], asked: ResponseCounts) -> float | None:
    """Return the number of alerts per 100 check-ins; None with too few patients."""
    return 100 * len(raised) / asked.asked if asked.is_enough else None


def seen_in_time(raised: Sequence[RaisedAlert], *, min_patients: int) -> float | None:
    """Return the share of alerts seen within 48 hours, among those at least that old."""
    old_enough = [alert for alert in raised if alert.age >= SEEN_IN_TIME_LIMIT]
    if _has_too_few(old_enough, min_patients):
        return None
    in_time = [
        alert
        for alert in old_enough
        if alert.seen_after is not None and alert.seen_after <= SEEN_IN_TIME_LIMIT
    ]
    return len(in_time) / len(old_enough)


def recovered_share(settled: Sequence[EndedEpisode], *, min_patients: int) -> float | None:
    """Return the share of ended episodes that recovered."""
    if _has_too_few(settled, min_patients):
        return None
    return sum(episode.recovered for episode in settled) / len(settled)
