"""What a plan says and what follows from it: when sessions are, and which are not held.

Pure: exceptions, absences and the site's defaults are arguments. The clock and the preview
both ask here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from alliance.calendar.holidays import NO_HOLIDAYS, check_region, holiday_on
from alliance.calendar.recurrence import Occurrence, Rule, occurrences
from alliance.calendar.timing import Quiet, zone_named
from alliance.checkins.instruments import DEFAULT_INSTRUMENT, instrument
from alliance.errors import BadPlan

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
A_MOMENT = timedelta(microseconds=1)
MOST_REMINDERS = 2
SOONEST_EXPIRY, LATEST_EXPIRY = timedelta(hours=1), timedelta(days=14)


NIGHT = Quiet(time(21), time(8))


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a site has for all plans that say nothing else.

    Attributes:
        duration: Length of a session.
        delay: From the end of a planned session to the question.
        instrument: What individual check-ins ask; ``group_instrument`` what a group's ask.
        quiet: Local hours of the person in which nothing is sent unasked.
        reminders: How often an unfinished check-in is brought up again, 0 to 2.
        expiry: How long a check-in may be answered, unless the next session begins before.
        holidays: Country or region whose public holidays are kept; empty for none.
    """

    duration: timedelta = timedelta(minutes=50)
    delay: timedelta = timedelta(minutes=20)
    instrument: str = DEFAULT_INSTRUMENT
    group_instrument: str = "check_in_group"
    quiet: Quiet = NIGHT
    reminders: int = 1
    expiry: timedelta = timedelta(hours=48)
    holidays: str = NO_HOLIDAYS


@dataclass(frozen=True, slots=True)
class Terms:
    """A plan's settings once the site's defaults are filled in; as in ``Defaults``."""

    duration: timedelta
    delay: timedelta
    instrument: str
    quiet: Quiet
    reminders: int
    expiry: timedelta
    holidays: str


@dataclass(frozen=True, slots=True)
class Timetable:
    """What a plan says: on which days, at what time, and what differs from the site.

    Attributes:
        rule: On which days.
        first_day: The first local day; counts and intervals begin here.
        wall_time: Local start.
        zone: IANA name of the clocks that are meant.
        duration: None, here and below, is as the site has it; else as in ``Defaults``.
    """

    rule: Rule
    first_day: date
    wall_time: time
    zone: str
    duration: timedelta | None = None
    delay: timedelta | None = None
    instrument: str | None = None
    quiet: Quiet | None = None
    reminders: int | None = None
    expiry: timedelta | None = None
    holidays: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept."""
        zone_named(self.zone)
        if self.duration is not None and not SHORTEST <= self.duration <= LONGEST:
            raise BadPlan("A session lasts between 5 minutes and 24 hours.")
        if self.delay is not None and not timedelta() <= self.delay <= LONGEST:
            raise BadPlan("The question comes at most 24 hours after the end.")
        if self.instrument is not None:
            instrument(self.instrument)
        if self.reminders is not None and not 0 <= self.reminders <= MOST_REMINDERS:
            raise BadPlan("There are at most 2 reminders.")
        if self.expiry is not None and not SOONEST_EXPIRY <= self.expiry <= LATEST_EXPIRY:
            raise BadPlan("A check-in stays open between 1 hour and 14 days.")
        if self.holidays is not None and check_region(self.holidays) != self.holidays:
            raise BadPlan(f"Write the region as {check_region(self.holidays)}.")

    def sessions(
        self, *, after: datetime, until: datetime, duration: timedelta = SHORTEST
    ) -> Iterator[Occurrence]:
        """Yield what the rule gives later than ``after`` and no later than ``until``."""
        return occurrences(
            self.rule,
            first_day=self.first_day,
            wall_time=self.wall_time,
            zone=self.zone,
            duration=duration,
            after=after,
            until=until,
        )

    def has_session(self, planned_for: datetime) -> bool:
        """Say whether the rule gives a session at that very instant."""
        return any(self.sessions(after=planned_for - A_MOMENT, until=planned_for))

    def terms(self, defaults: Defaults, *, group: bool = False) -> Terms:
        """Return the settings with the site's defaults filled in."""
        usual = defaults.group_instrument if group else defaults.instrument
        return Terms(
            duration=self.duration or defaults.duration,
            delay=defaults.delay if self.delay is None else self.delay,
            instrument=self.instrument or usual,
            quiet=self.quiet or defaults.quiet,
            reminders=defaults.reminders if self.reminders is None else self.reminders,
            expiry=self.expiry or defaults.expiry,
            holidays=defaults.holidays if self.holidays is None else self.holidays,
        )


def as_the_site_has_it(defaults: Defaults, *, group: bool = False) -> Terms:
    """Return the settings of a session that no plan says anything about."""
    return Terms(
        duration=defaults.duration,
        delay=defaults.delay,
        instrument=defaults.group_instrument if group else defaults.instrument,
        quiet=defaults.quiet,
        reminders=defaults.reminders,
        expiry=defaults.expiry,
        holidays=defaults.holidays,
    )


class NotHeld(StrEnum):
    """Why a session that the rule gives is not held."""

    CANCELLED = "cancelled"
    """Somebody cancelled this one."""
    HOLIDAY = "holiday"
    """A public holiday; a session that was put there by hand is held all the same."""
    PATIENT_AWAY = "patient_away"
    """The patient is absent that day."""
    THERAPIST_AWAY = "therapist_away"
    """Everybody who would lead it is absent that day, without cover."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One session that is not where the rule has it; without times it is cancelled."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """Days on which somebody is away, both included, local to their zone.

    Attributes:
        cover: The absences of who stands in for them; None when nobody does.
    """

    first_day: date
    last_day: date
    zone: str
    cover: "tuple[Away, ...] | None" = None

    def holds(self, moment: datetime) -> bool:
        """Say whether that moment lies in the absence."""
        return self.first_day <= moment.astimezone(zone_named(self.zone)).date() <= self.last_day


def is_away(absences: tuple[Away, ...], moment: datetime) -> bool:
    """Say whether somebody is away then, and nobody who is there stands in for them."""
    return any(
        away.holds(moment)
        and (away.cover is None or any(other.holds(moment) for other in away.cover))
        for away in absences
    )


@dataclass(frozen=True, slots=True)
class People:
    """The absences of those without whom a session is not held.

    Attributes:
        patient: Of the patient; none for a group, which meets without one of its members.
        therapists: Of each therapist who looks after them; one who is there is enough.
    """

    patient: tuple[Away, ...] = ()
    therapists: tuple[tuple[Away, ...], ...] = ()

    def missing(self, moment: datetime) -> NotHeld | None:
        """Return who is missed at a session that begins then; None when it can be held."""
        if is_away(self.patient, moment):
            return NotHeld.PATIENT_AWAY
        if self.therapists and all(is_away(one, moment) for one in self.therapists):
            return NotHeld.THERAPIST_AWAY
        return None


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session as the calendar has it, held or not.

    Attributes:
        planned_for: The instant that the rule gives: its name, however often it is moved.
        not_held: None when it is held.
    """

    planned_for: datetime
    starts_at: datetime
    ends_at: datetime
    not_held: NotHeld | None


def meetings(
    timetable: Timetable,
    terms: Terms,
    *,
    changed: Mapping[datetime, Changed],
    people: People,
    after: datetime,
    until: datetime,
) -> Iterator[Meeting]:
    """Yield every session that begins, or would have begun, later than ``after``.

    Args:
        timetable: What the plan says.
        terms: Its settings with the site's filled in.
        changed: Single sessions that were moved or cancelled, by the rule's own instant.
        people: Who may be absent.
        after: Aware; sessions at or before it are passed over.
        until: Aware; the last instant at which one may begin.
    """
    for found in timetable.sessions(after=after, until=until, duration=terms.duration):
        change = changed.get(found.starts_at)
        if change is None:
            is_holiday = holiday_on(terms.holidays, found.day) is not None
            why = NotHeld.HOLIDAY if is_holiday else people.missing(found.starts_at)
            yield Meeting(found.starts_at, found.starts_at, found.ends_at, why)
        elif change.starts_at is None:
            yield Meeting(found.starts_at, found.starts_at, found.ends_at, NotHeld.CANCELLED)
    for planned_for, change in changed.items():
        begin = change.starts_at
        if begin is not None and after < begin <= until:
            end = change.ends_at or begin + terms.duration
            yield Meeting(planned_for, begin, end, people.missing(begin))
