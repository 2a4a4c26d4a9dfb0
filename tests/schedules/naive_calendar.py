"""A slow, obvious calendar with which the real one is compared.

It does not plan ahead: sessions begin as time passes, by the facts at that moment. There is one
patient with a plan, one group, and a therapist for both; all in Berlin.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
SESSION_LENGTH = timedelta(minutes=50)
HOLIDAYS = {
    date(2026, month, day) for month, day in ((4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (6, 4))
}
"""The holidays of Bavaria in the months of the test."""

QUIET_FROM, QUIET_TO = time(21), time(8)


def day_of(moment: datetime) -> date:
    """Return the date in Berlin."""
    return moment.astimezone(BERLIN).date()


def is_quiet(moment: datetime) -> bool:
    """Say whether it is in the quiet hours in Berlin."""
    local = moment.astimezone(BERLIN).time()
    return local >= QUIET_FROM or local < QUIET_TO


@dataclass
class NaivePlan:
    """A weekly plan, with the sessions that were changed by hand."""

    id: str
    weekdays: tuple[int, ...]
    wall_time: time
    delay: timedelta
    changes: dict[datetime, datetime | None] = field(default_factory=dict)
    uncertain_dates: set[datetime] = field(default_factory=set)

    def has_session_at(self, begin: datetime) -> bool:
        """Say whether the rule has a session at that time."""
        local = begin.astimezone(BERLIN)
        return local.weekday() in self.weekdays and local.time() == self.wall_time

    def occurrences_between(self, after: datetime, until: datetime) -> list[datetime]:
        """Return the sessions of the rule, by checking each day."""
        found, day = [], day_of(after) - timedelta(days=1)
        while day <= day_of(until) + timedelta(days=1):
            begin = datetime.combine(day, self.wall_time, BERLIN).astimezone(after.tzinfo)
            if day.weekday() in self.weekdays and after < begin <= until:
                found.append(begin)
            day += timedelta(days=1)
        return found

    def begin_of(self, planned_for: datetime) -> datetime | None:
        """Return when a session begins; None if it is cancelled."""
        return self.changes.get(planned_for, planned_for)


@dataclass
class BegunSession:
    """A session that has begun, held or not, by the facts at that moment.

    Attributes:
        members: The patients who attended.
        was_seen: There was a tick after it began.
        was_followed_up: There was a tick after it ended.
        is_uncertain: Facts changed between its begin and the first tick, so it may count as held
            or not.
        uncertain_members: Members for whom the same is true.
        was_withdrawn: It was cancelled afterwards, before anybody was asked.
    """

    plan_id: str
    planned_for: datetime
    begin: datetime
    was_held: bool
    delay: timedelta
    members: set[str]
    was_seen: bool = False
    was_followed_up: bool = False
    is_uncertain: bool = False
    uncertain_members: set[str] = field(default_factory=set)
    was_withdrawn: bool = False

    @property
    def due_at(self) -> datetime:
        """When its check-in is due: after the delay, outside the quiet hours."""
        due_at = self.begin + SESSION_LENGTH + self.delay
        while is_quiet(due_at):
            due_at += timedelta(minutes=1)
        return due_at


@dataclass
class SessionSeries:
    """The sessions of the patient, or of the group."""

    members: set[str]
    is_group: bool
    plan: NaivePlan | None = None
    begun_sessions: list[BegunSession] = field(default_factory=list)

    def replace_plan(self, new: NaivePlan, at: datetime) -> None:
        """Replace the current plan."""
        if self.plan is not None:
            for planned_for, begin in self.plan.changes.items():
                is_ahead = begin is not None and begin > at >= planned_for
                if is_ahead or (planned_for > at and new.has_session_at(planned_for)):
                    new.changes[planned_for] = begin
        self.bring_back(new, at)

    def bring_back(self, plan: NaivePlan, at: datetime) -> None:
        """Start a plan; its session today does not take place if another plan's has begun."""
        for planned_for in plan.occurrences_between(at, at + timedelta(days=1)):
            for one in self.begun_sessions:
                if one.plan_id != plan.id and day_of(one.begin) == day_of(planned_for):
                    if one.is_uncertain or not one.was_seen:
                        plan.uncertain_dates.add(planned_for)
                    elif one.was_held and not one.was_withdrawn:
                        plan.changes[planned_for] = None
        self.plan = plan

    def find_session(self, plan_id: str, planned_for: datetime) -> BegunSession | None:
        """Return a session if it has begun."""
        found = [
            one
            for one in self.begun_sessions
            if (one.plan_id, one.planned_for) == (plan_id, planned_for)
        ]
        return found[-1] if found else None


@dataclass
class NaiveAbsence:
    """Days on which a person is away without cover."""

    id: str
    who: str
    first_day: date
    last_day: date


@dataclass
class NaiveCalendar:
    """All current facts."""

    series: dict[str, SessionSeries]
    absences: list[NaiveAbsence] = field(default_factory=list)
    observes_holidays: bool = True
    everybody: tuple[str, ...] = ("P-1", "P-2")

    def is_away(self, who: str, moment: datetime) -> bool:
        """Say whether a person is away that day."""
        return any(
            one.who == who and one.first_day <= day_of(moment) <= one.last_day
            for one in self.absences
        )

    def pass_time(self, after: datetime, until: datetime) -> None:
        """Begin the sessions of that time."""
        for series in self.series.values():
            if series.plan is None:
                continue
            plan = series.plan
            begins = {
                at: at for at in plan.occurrences_between(after, until) if at not in plan.changes
            }
            begins |= {
                at: begin
                for at, begin in plan.changes.items()
                if begin is not None and after < begin <= until
            }
            for planned_for, begin in begins.items():
                series.begun_sessions.append(self._begin_session(series, plan, planned_for, begin))

    def _begin_session(
        self, series: SessionSeries, plan: NaivePlan, planned_for: datetime, begin: datetime
    ) -> BegunSession:
        by_hand = planned_for in plan.changes
        is_holiday = self.observes_holidays and day_of(begin) in HOLIDAYS and not by_hand
        patient_away = not series.is_group and self.is_away("P-1", begin)
        was_held = not (is_holiday or patient_away or self.is_away("T-1", begin))
        return BegunSession(
            plan.id,
            planned_for,
            begin,
            was_held,
            plan.delay,
            members={who for who in series.members if not self.is_away(who, begin)},
            is_uncertain=planned_for in plan.uncertain_dates,
        )

    def mark_uncertain(self, who: str) -> None:
        """Record a change: sessions that no tick has seen may be judged by old or new facts."""
        for series in self.series.values():
            for one in series.begun_sessions:
                one.is_uncertain = one.is_uncertain or not one.was_seen
                if not one.was_followed_up:
                    one.uncertain_members.add(who)

    def mark_seen(self, now: datetime) -> None:
        """Record a tick."""
        for series in self.series.values():
            for one in series.begun_sessions:
                one.was_seen = True
                one.was_followed_up = one.was_followed_up or one.begin + SESSION_LENGTH <= now
