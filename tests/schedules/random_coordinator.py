"""A coordinator who makes random changes, to the database and to the naive calendar."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SiteDefaults, Timetable
from schedules.planning import adopt_defaults
from storage.calendar import absences, edit_plans, session_changes
from storage.database.tx import Store
from storage.groups import groups
from storage.people import people
from storage.people.people import Person
from tests.schedules.naive_calendar import (
    BegunSession,
    NaiveAbsence,
    NaiveCalendar,
    NaivePlan,
    SessionSeries,
    day_of,
)
from tests.schedules.schedule_checker import ScheduleChecker

Draw = Callable[[st.SearchStrategy[Any]], Any]
START = datetime(2026, 3, 26, 8, tzinfo=UTC)
"""A Thursday; daylight saving begins on Sunday, Good Friday is in eight days."""

A_DAY = timedelta(days=1)
SERIES = st.sampled_from(("own", "group"))
PATIENTS = st.sampled_from(("P-1", "P-2"))
PEOPLE = st.sampled_from(("P-1", "P-2", "T-1"))
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1, max_size=4).map(lambda days: tuple(sorted(days)))
HOURS = st.integers(6, 22).map(time)
DELAYS = st.sampled_from((0, 20, 90)).map(lambda minutes: timedelta(minutes=minutes))


@dataclass
class RandomCoordinator:
    """The real database, and the expected state in the naive calendar."""

    store: Store
    people: dict[str, Person]
    group_id: str
    now: datetime = START
    defaults: SiteDefaults = field(
        default_factory=lambda: SiteDefaults(holidays="DE-BY", reminders=2)
    )
    ended_plans: dict[str, NaivePlan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start with an empty calendar."""
        series = {"own": SessionSeries({"P-1"}, False), "group": SessionSeries(set(), True)}
        self.calendar = NaiveCalendar(series)
        self.checker = ScheduleChecker(self.calendar)

    async def run_change(self, change: Any, **arguments: Any) -> Any:
        """Make one change now, in its own transaction."""
        async with self.store.transaction() as tx:
            return await change(tx, **arguments, at=self.now)

    async def set_plan(self, draw: Draw) -> None:
        """Replace a plan, from today on."""
        await self._set_plan(draw(SERIES), draw(WEEKDAYS), draw(HOURS), draw(DELAYS))

    async def change_delay(self, draw: Draw) -> None:
        """Change only the delay of a plan."""
        name = draw(SERIES)
        plan = self.calendar.series[name].plan
        if plan is not None:
            await self._set_plan(name, plan.weekdays, plan.wall_time, draw(DELAYS))

    async def change_hour(self, draw: Draw) -> None:
        """Change only the time of a plan."""
        name = draw(SERIES)
        plan = self.calendar.series[name].plan
        if plan is not None:
            await self._set_plan(name, plan.weekdays, draw(HOURS), plan.delay)

    async def _set_plan(
        self, name: str, weekdays: tuple[int, ...], hour: time, delay: timedelta
    ) -> None:
        weekly = RecurrenceRule("week", 1, weekdays)
        change = await self.run_change(
            edit_plans.set_plan,
            patient_id=self.people["P-1"].id if name == "own" else None,
            group_id=None if name == "own" else self.group_id,
            timetable=Timetable(weekly, day_of(self.now), hour, "Europe/Berlin", delay=delay),
        )
        new = NaivePlan(change.plan.id, weekdays, hour, delay)
        self.calendar.series[name].replace_plan(new, self.now)

    async def end_or_restore_plan(self, draw: Draw) -> None:
        """End a plan, or resume one that was ended."""
        name = draw(SERIES)
        series = self.calendar.series[name]
        if series.plan is not None:
            assert await self.run_change(edit_plans.end_plan, plan_id=series.plan.id)
            self.ended_plans[name], series.plan = series.plan, None
        elif name in self.ended_plans:
            plan = self.ended_plans.pop(name)
            assert await self.run_change(edit_plans.resume_plan, plan_id=plan.id)
            series.bring_back(plan, self.now)

    def _draw_session(self, draw: Draw, name: str) -> tuple[NaivePlan, datetime] | None:
        """Return a plan and the planned time of one of its sessions, recent or in the future."""
        plan = self.calendar.series[name].plan
        if plan is None:
            return None
        known = plan.occurrences_between(self.now - 2 * A_DAY, self.now + 10 * A_DAY)
        times = sorted({*known, *plan.changes})
        return (plan, draw(st.sampled_from(times))) if times else None

    async def move_session(self, draw: Draw) -> None:
        """Move a session by a few days; not one that has begun, and not into the past."""
        chosen = self._draw_session(draw, draw(SERIES))
        if chosen is None:
            return
        plan, planned_for = chosen
        current = plan.begin_of(planned_for) or planned_for
        begin = current + timedelta(minutes=15 * draw(st.integers(-400, 400)))
        moved = await self.run_change(
            session_changes.move, plan_id=plan.id, planned_for=planned_for, starts_at=begin
        )
        assert moved == (current > self.now and begin > self.now)
        if moved:
            plan.changes[planned_for] = begin

    async def restore_session(self, draw: Draw) -> None:
        """Restore a changed session, unless its planned or current time is over."""
        chosen = self._draw_session(draw, draw(SERIES))
        if chosen is None:
            return
        plan, planned_for = chosen
        current = plan.begin_of(planned_for) or planned_for
        restored = await self.run_change(
            session_changes.restore, plan_id=plan.id, planned_for=planned_for
        )
        assert restored == (min(current, planned_for) > self.now and planned_for in plan.changes)
        if restored:
            del plan.changes[planned_for]

    async def cancel_session(self, draw: Draw) -> None:
        """Cancel a future session, or one that has begun if nobody was asked about it yet."""
        name = draw(SERIES)
        chosen = self._draw_session(draw, name)
        if chosen is None:
            return
        plan, planned_for = chosen
        begun = self.calendar.series[name].find_session(plan.id, planned_for)
        if begun is not None:
            await self._cancel_begun_session(plan, begun)
            return
        current = plan.begin_of(planned_for) or planned_for
        cancelled = await self.run_change(
            session_changes.cancel, plan_id=plan.id, planned_for=planned_for
        )
        if current > self.now:
            assert cancelled
            plan.changes[planned_for] = None

    async def _cancel_begun_session(self, plan: NaivePlan, begun: BegunSession) -> None:
        was_asked = await self.checker.was_asked(self.store, begun)
        cancelled = await self.run_change(
            session_changes.cancel, plan_id=plan.id, planned_for=begun.planned_for
        )
        assert cancelled == (not was_asked)
        begun.was_withdrawn = begun.was_withdrawn or cancelled

    async def add_absence(self, draw: Draw) -> None:
        """Add an absence without cover."""
        who, ahead, more = draw(PEOPLE), draw(st.integers(-1, 6)), draw(st.integers(0, 4))
        first = day_of(self.now) + ahead * A_DAY
        last = first + more * A_DAY
        absence_id = await self.run_change(
            absences.add, person_id=self.people[who].id, first_day=first, last_day=last
        )
        self.calendar.absences.append(NaiveAbsence(absence_id, who, first, last))
        self.calendar.mark_uncertain(who)

    async def withdraw_absence(self, draw: Draw) -> None:
        """Withdraw an absence."""
        if self.calendar.absences:
            withdrawn = draw(st.sampled_from(self.calendar.absences))
            self.calendar.absences.remove(withdrawn)
            assert await self.run_change(absences.withdraw, absence_id=withdrawn.id)
            self.calendar.mark_uncertain(withdrawn.who)

    async def toggle_holidays(self, _draw: Draw) -> None:
        """Switch the site's holidays on or off."""
        observes = self.calendar.observes_holidays = not self.calendar.observes_holidays
        self.defaults = replace(self.defaults, holidays="DE-BY" if observes else "")
        await adopt_defaults(self.store, self.now, self.defaults)
        self.calendar.mark_uncertain("")

    async def toggle_membership(self, draw: Draw) -> None:
        """Add a patient to the group, or remove one, from now on."""
        who, members = draw(PATIENTS), self.calendar.series["group"].members
        change = groups.remove_member if who in members else groups.add_member
        person_id = self.people[who].id
        assert await self.run_change(change, group_id=self.group_id, patient_id=person_id)
        members ^= {who}

    async def pause(self, draw: Draw) -> None:
        """Pause a patient, open-ended or for some hours, or end the pause."""
        who, hours = draw(PATIENTS), draw(st.one_of(st.none(), st.integers(0, 150)))
        until = None if hours is None else self.now + timedelta(hours=hours)
        person_id = self.people[who].id
        self.checker.end_pauses(who, self.now)
        async with self.store.transaction() as tx:
            if hours == 0:
                await people.set_state(tx, person_id=person_id, state="active")
                return
            await people.pause(tx, person_id=person_id, until=until)
        self.checker.pauses.append((who, self.now, until))
