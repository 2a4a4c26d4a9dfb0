"""What a calendar file says, once it is read: series, dates, whole days. No word of the file."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from alliance.calendar.timing import instant, zone_named
from alliance.files.findings import Finding


@dataclass(frozen=True, slots=True)
class Series:
    """When the sessions of one event are.

    Attributes:
        rule: As ``Rule.text`` writes it; a single session is a rule that counts to 1.
        first_day: Local day of the first.
        wall_time: Local start.
        zone: IANA name.
        minutes: Length; None where the file says none.
    """

    rule: str
    first_day: date
    wall_time: time
    zone: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One date of a series that is not where the rule has it.

    Attributes:
        line: Where the file says so.
        planned_for: The instant that the rule gives.
        starts_at: When it is instead; None when it is cancelled.
        minutes: Its length; None for the length of the series.
        sequence: How often this date was changed, as the calendar counts.
    """

    line: int
    planned_for: datetime
    starts_at: datetime | None
    minutes: int | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Away:
    """Whole days, both included."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Stay:
    """From the morning of a day to the night of another, both included, by a zone's clocks.

    Attributes:
        first_day: None where nobody says: from now on.
        last_day: None where nobody says: for good.
        zone: IANA name.
    """

    first_day: date | None = None
    last_day: date | None = None
    zone: str = "UTC"

    @property
    def from_at(self) -> datetime | None:
        """When it begins."""
        return None if self.first_day is None else self._morning(self.first_day)

    @property
    def to_at(self) -> datetime | None:
        """When it is over: the morning after the last day."""
        return None if self.last_day is None else self._morning(self.last_day + timedelta(days=1))

    def _morning(self, day: date) -> datetime:
        return instant(day, time(0), zone_named(self.zone))


FOR_GOOD = Stay()
"""From now on."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, with the dates of it that were changed.

    Attributes:
        line: Where it begins.
        key: Keyed hash of its UID; empty without one.
        codes: The codes it names, sorted; those of its first field that names any.
        sequence: How often it was changed, as the calendar counts.
        is_cancelled: All of it is called off.
        series: When its sessions are; None for whole days, and where only changed dates of a
            series are in the file.
        away: The whole days it takes.
        shifts: Changed dates.
        problem: Why it cannot be kept; nothing else counts then.
        notes: How its times were read.
    """

    line: int
    key: str
    codes: tuple[str, ...]
    sequence: int = 0
    is_cancelled: bool = False
    series: Series | None = None
    away: Away | None = None
    shifts: tuple[Shift, ...] = ()
    problem: Finding | None = None
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a calendar file says.

    Attributes:
        key: Keyed hash of the calendar's own identity: events of other calendars are not
            missing in this one.
        events: In the order of the file.
    """

    key: str
    events: tuple[Event, ...]
