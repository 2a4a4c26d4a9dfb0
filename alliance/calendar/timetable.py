"""A session plan, its settings, and the sessions it produces, held or not.

Exceptions, absences and the site's defaults are arguments. The scheduler and the preview both
use it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from alliance.calendar.holidays import NO_HOLIDAYS, check_region, holiday_on
from alliance.calendar.recurrence import Occurrence, RecurrenceRule, occurrences
from alliance.calendar.timing import ANSWER_WINDOW, MAX_DELAY, NIGHT, QuietHours, zone_named
from alliance.checkins.instruments import DEFAULT_INSTRUMENT, instrument
from alliance.errors import BadPlan

MIN_DURATION, MAX_DURATION = timedelta(minutes=5), timedelta(hours=24)
ONE_MICROSECOND = timedelta(microseconds=1)
MAX_REMINDERS = 2
MIN_EXPIRY, MAX_EXPIRY = timedelta(hours=1), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SiteDefaults:
    """A site's defaults for plans that do not override them.

    Attributes:
        duration: Length of a session.
        delay: From the end of a planned session to the question.
        instrument: Instrument of individual check-ins.
        group_instrument: Instrument of group check-ins.
        quiet: Quiet hours, in the person's local time.
        reminders: Number of reminders of an unfinished check-in, 0 to 2.
        expiry: How long a check-in can be answered, unless the next session begins first.
        holidays: Country or region whose public holidays are observed; empty for none.
    """

    duration: timedelta = timedelta(minutes=50)
    delay: timedelta = timedelta(minutes=20)
    instrument: str = DEFAULT_INSTRUMENT
    group_instrument: str = "check_in_group"
    quiet: QuietHours = NIGHT
    reminders: int = 1
    expiry: timedelta = ANSWER_WINDOW
    holidays: str = NO_HOLIDAYS


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """A plan's settings with the site's defaults filled in; see ``SiteDefaults``."""

    duration: timedelta
    delay: timedelta
    instrument: str
    quiet: QuietHours
    reminders: int
    expiry: timedelta
    holidays: str


@dataclass(frozen=True, slots=True)
class Timetable:
    """A plan: on which days, at what time, and which settings differ from the site's defaults.

    Attributes:
        rule: On which days.
        first_day: The first local day; counts and intervals start here.
        wall_time: Local start time.
        zone: IANA name of the time zone.
        duration: As in ``SiteDefaults``; None, here and below, uses the site default.
    """

    rule: RecurrenceRule
    first_day: date
    wall_time: time
    zone: str
    duration: timedelta | None = None
    delay: timedelta | None = None
    instrument: str | None = None
    quiet: QuietHours | None = None
    reminders: int | None = None
    expiry: timedelta | None = None
    holidays: str | None = None

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        zone_named(self.zone)
        if self.duration is not None and not MIN_DURATION <= self.duration <= MAX_DURATION:
            raise BadPlan("A session must last between 5 minutes and 24 hours.")
        if self.delay is not None and not timedelta() <= self.delay <= MAX_DELAY:
            raise BadPlan("The question must come within 24 hours of the end of the session.")
        if self.instrument is not None:
            instrument(self.instrument)
        if self.reminders is not None and not 0 <= self.reminders <= MAX_REMINDERS:
            raise BadPlan("There can be at most 2 reminders.")
        if self.expiry is not None and not MIN_EXPIRY <= self.expiry <= MAX_EXPIRY:
            raise BadPlan("A check-in must stay open between 1 hour and 14 days.")
        if self.holidays is not None and check_region(self.holidays) != self.holidays:
            raise BadPlan(f"Write the region as {check_region(self.holidays)}.")

    def sessions(
        self, *, after: datetime, until: datetime, duration: timedelta = MIN_DURATION
    ) -> Iterator[Occurrence]:
        """Yield the sessions of the rule after ``after`` and no later than ``until``."""
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
        """Whether the rule has a session at exactly that instant."""
        return any(self.sessions(after=planned_for - ONE_MICROSECOND, until=planned_for))

    def resolve_settings(self, defaults: SiteDefaults, *, group: bool = False) -> PlanSettings:
        """Return the settings with the site's defaults filled in."""
        own = {field.name: getattr(self, field.name) for field in fields(PlanSettings)}
        return replace(
            site_default_settings(defaults, group=group),
            **{name: value for name, value in own.items() if value is not None},
        )


def site_default_settings(defaults: SiteDefaults, *, group: bool = False) -> PlanSettings:
    """Return the settings of a session without a plan."""
    return PlanSettings(
        duration=defaults.duration,
        delay=defaults.delay,
        instrument=defaults.group_instrument if group else defaults.instrument,
        quiet=defaults.quiet,
        reminders=defaults.reminders,
        expiry=defaults.expiry,
        holidays=defaults.holidays,
    )


class NotHeldReason(StrEnum):
    """Why a session of the rule is not held."""

    CANCELLED = "cancelled"
    """This session was cancelled."""
    HOLIDAY = "holiday"
    """A public holiday; a session that was moved there by hand is still held."""
    PATIENT_AWAY = "patient_away"
    """The patient is absent that day."""
    THERAPIST_AWAY = "therapist_away"
    """Every therapist who would lead it is absent that day, without cover."""


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A change to one session of the rule: new times, or cancelled if there are none."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AbsencePeriod:
    """A period of absence, first and last day included, in the person's time zone.

    Attributes:
        cover: The absences of the person who covers for them; None without cover.
    """

    first_day: date
    last_day: date
    zone: str
    cover: "tuple[AbsencePeriod, ...] | None" = None

    def contains(self, moment: datetime) -> bool:
        """Whether that moment falls within the absence."""
        return self.first_day <= moment.astimezone(zone_named(self.zone)).date() <= self.last_day


def is_away(absences: tuple[AbsencePeriod, ...], moment: datetime) -> bool:
    """Whether somebody is away at that moment without being covered."""
    return any(
        absence.contains(moment)
        and (absence.cover is None or any(other.contains(moment) for other in absence.cover))
        for absence in absences
    )


@dataclass(frozen=True, slots=True)
class SessionAbsences:
    """The absences that decide whether a session is held.

    Attributes:
        patient: The patient's absences; empty for a group, which meets even if a member is away.
        therapists: The absences of each of their therapists; one who is present is enough.
    """

    patient: tuple[AbsencePeriod, ...] = ()
    therapists: tuple[tuple[AbsencePeriod, ...], ...] = ()

    def reason_not_held(self, moment: datetime) -> NotHeldReason | None:
        """Return who is missing from a session that begins then; None if it can be held."""
        if is_away(self.patient, moment):
            return NotHeldReason.PATIENT_AWAY
        if self.therapists and all(is_away(one, moment) for one in self.therapists):
            return NotHeldReason.THERAPIST_AWAY
        return None


@dataclass(frozen=True, slots=True)
class ScheduledSession:
    """One session in the calendar, held or not.

    Attributes:
        planned_for: Start according to the rule; identifies the session even if it is moved.
        not_held: Why it is not held; None if it is.
    """

    planned_for: datetime
    starts_at: datetime
    ends_at: datetime
    not_held: NotHeldReason | None


def scheduled_sessions(
    timetable: Timetable,
    terms: PlanSettings,
    *,
    changed: Mapping[datetime, SessionChange],
    people: SessionAbsences,
    after: datetime,
    until: datetime,
) -> Iterator[ScheduledSession]:
    """Yield every session that begins, or would have begun, after ``after``.

    Args:
        timetable: The plan.
        terms: Its settings with the site's defaults filled in.
        changed: Moved and cancelled sessions, by their start according to the rule.
        people: The absences that matter.
        after: Aware; sessions at or before it are skipped.
        until: Aware; the latest start.
    """
    for planned in timetable.sessions(after=after, until=until, duration=terms.duration):
        start, end = planned.starts_at, planned.ends_at
        change = changed.get(start)
        if change is None:
            is_holiday = holiday_on(terms.holidays, planned.day) is not None
            reason = NotHeldReason.HOLIDAY if is_holiday else people.reason_not_held(start)
            yield ScheduledSession(start, start, end, reason)
        elif change.starts_at is None:
            yield ScheduledSession(start, start, end, NotHeldReason.CANCELLED)
    for planned_for, change in changed.items():
        new_start = change.starts_at
        if new_start is not None and after < new_start <= until:
            end = change.ends_at or new_start + terms.duration
            yield ScheduledSession(planned_for, new_start, end, people.reason_not_held(new_start))
