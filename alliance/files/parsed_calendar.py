"""A parsed calendar file: series, changed dates and absences, without any text of the file."""

from dataclasses import dataclass
from datetime import date, datetime, time

from alliance.calendar.timing import A_DAY, instant, zone_named
from alliance.files.counts import Counts
from alliance.files.findings import Finding


@dataclass(frozen=True, slots=True)
class Series:
    """The sessions of one event.

    Attributes:
        rule: As ``RecurrenceRule.text`` returns it; a single session is a rule with count 1.
        first_day: Local day of the first session.
        wall_time: Local start time.
        zone: IANA name.
        minutes: Length; None if the file gives none.
    """

    rule: str
    first_day: date
    wall_time: time
    zone: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One moved or cancelled date of a series.

    Attributes:
        line: Its line in the file.
        planned_for: Start according to the rule.
        starts_at: New start; None if it is cancelled.
        minutes: Its length; None for the length of the series.
        sequence: The calendar's revision number of this date.
    """

    line: int
    planned_for: datetime
    starts_at: datetime | None
    minutes: int | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class AbsenceInFile:
    """An absence: first and last day, both included."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class MembershipDates:
    """First and last day of a membership, both included, in a time zone.

    Attributes:
        first_day: None means from now on.
        last_day: None means open-ended.
        zone: IANA name.
    """

    first_day: date | None = None
    last_day: date | None = None
    zone: str = "UTC"

    @property
    def from_at(self) -> datetime | None:
        """Start: midnight before the first day."""
        return None if self.first_day is None else self._midnight(self.first_day)

    @property
    def to_at(self) -> datetime | None:
        """End: midnight after the last day."""
        return None if self.last_day is None else self._midnight(self.last_day + A_DAY)

    def _midnight(self, day: date) -> datetime:
        return instant(day, time(0), zone_named(self.zone))


OPEN_ENDED = MembershipDates()
"""From now on, without an end."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event with its changed dates.

    Attributes:
        line: Its first line.
        key: Keyed hash of its identity; empty without one.
        codes: The codes it contains, sorted; only those of the first field with any.
        sequence: The calendar's revision number.
        is_cancelled: Whether all of it is cancelled.
        series: Its sessions; None for an absence, if the file only contains changed dates of a
            series, and if it is cancelled and nothing else can be read.
        away: The days of an absence.
        shifts: Moved and cancelled dates.
        problem: Why it cannot be used; the other attributes do not count then.
        notes: Notes on how its times were interpreted.
        other_key: The key under which an earlier file may have had it. Several events with one
            UID are told apart by their start, a single one is not.
        cut_at: Start of the first session that is cancelled with all that follow it.
        has_sequence: Whether the file gives a revision number.
        by_method: Whether the calendar is a message that cancels (METHOD:CANCEL).
        parts: How many events of the file it is made of: its own, and its changed dates.
        unread: A finding for each of those that cannot be used; the problem comes first.
    """

    line: int
    key: str
    codes: tuple[str, ...]
    sequence: int = 0
    is_cancelled: bool = False
    series: Series | None = None
    away: AbsenceInFile | None = None
    shifts: tuple[Shift, ...] = ()
    problem: Finding | None = None
    notes: tuple[Finding, ...] = ()
    other_key: str = ""
    cut_at: datetime | None = None
    has_sequence: bool = True
    by_method: bool = False
    parts: int = 1
    unread: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedCalendar:
    """A calendar file.

    Attributes:
        key: Keyed hash of the calendar's identity, which tells calendars apart.
        events: In the order of the file.
        in_file: Number of events in the file, counted before they are read.
        replaced: Number of those that another event of the file repeats or replaces.
        errors: Why the file as a whole must not be applied.
        notes: What the sender should know about the file as a whole.
    """

    key: str
    events: tuple[CalendarEvent, ...]
    in_file: int = 0
    replaced: int = 0
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def counts(self) -> Counts:
        """How many of its events were understood."""
        unread = sum(len(event.unread) for event in self.events)
        used = sum(event.parts - len(event.unread) for event in self.events)
        return Counts(self.in_file, used + self.replaced, unread)
