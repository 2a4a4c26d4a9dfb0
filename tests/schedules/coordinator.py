"""A coordinator who changes anything at any moment, with the naive calendar beside her."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Defaults, Timetable
from schedules.planning import adopt_defaults
from storage.calendar import absences, edit_plans, session_changes
from storage.database.tx import Store
from storage.groups import groups
from storage.people import people
from storage.people.people import Person
from tests.schedules.judge import Judge
from tests.schedules.naive import Absence, Begun, Calendar, NaivePlan, Stream, day_of

Draw = Callable[[st.SearchStrategy[Any]], Any]
BEGIN = datetime(2026, 3, 26, 8, tzinfo=UTC)
"""A Thursday; the clocks change on Sunday, Good Friday is in eight days."""

A_DAY = timedelta(days=1)
STREAMS = st.sampled_from(("own", "group"))
PATIENTS = st.sampled_from(("P-1", "P-2"))
EVERYBODY = st.sampled_from(("P-1", "P-2", "T-1"))
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1, max_size=4).map(lambda days: tuple(sorted(days)))
HOURS = st.integers(6, 22).map(time)
DELAYS = st.sampled_from((0, 20, 90)).map(lambda minutes: timedelta(minutes=minutes))


@dataclass
class Coordinator:
    """What she sees before her, and what is so according to the naive calendar."""

    store: Store
    people: dict[str, Person]
    group_id: str
    now: datetime = BEGIN
    defaults: Defaults = field(default_factory=lambda: Defaults(holidays="DE-BY", reminders=2))
    ended: dict[str, NaivePlan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with an empty calendar."""
        streams = {"own": Stream({"P-1"}, False), "group": Stream(set(), True)}
        self.calendar = Calendar(streams)
        self.judge = Judge(self.calendar)

    async def keep(self, change: Any, **arguments: Any) -> Any:
        """Carry one change out, now, in a transaction of its own."""
        async with self.store.transaction() as tx:
            return await change(tx, **arguments, at=self.now)

    async def set_a_plan(self, draw: Draw) -> None:
        """A new plan in place of the one before, from today on."""
        await self._set_plan(draw(STREAMS), draw(WEEKDAYS), draw(HOURS), draw(DELAYS))

    async def change_a_delay(self, draw: Draw) -> None:
        """The usual edit: everything else stays."""
        name = draw(STREAMS)
        plan = self.calendar.streams[name].plan
        if plan is not None:
            await self._set_plan(name, plan.weekdays, plan.wall_time, draw(DELAYS))

    async def change_an_hour(self, draw: Draw) -> None:
        """The session is at another time of the same days."""
        name = draw(STREAMS)
        plan = self.calendar.streams[name].plan
        if plan is not None:
            await self._set_plan(name, plan.weekdays, draw(HOURS), plan.delay)

    async def _set_plan(
        self, name: str, weekdays: tuple[int, ...], hour: time, delay: timedelta
    ) -> None:
        weekly = Rule("week", 1, weekdays)
        change = await self.keep(
            edit_plans.set_plan,
            patient_id=self.people["P-1"].id if name == "own" else None,
            group_id=None if name == "own" else self.group_id,
            timetable=Timetable(weekly, day_of(self.now), hour, "Europe/Berlin", delay=delay),
        )
        new = NaivePlan(change.plan.id, weekdays, hour, delay)
        self.calendar.streams[name].replace(new, self.now)

    async def end_a_plan_or_bring_it_back(self, draw: Draw) -> None:
        """And back again, some time later."""
        name = draw(STREAMS)
        stream = self.calendar.streams[name]
        if stream.plan is not None:
            assert await self.keep(edit_plans.end_plan, plan_id=stream.plan.id)
            self.ended[name], stream.plan = stream.plan, None
        elif name in self.ended:
            plan = self.ended.pop(name)
            assert await self.keep(edit_plans.bring_back, plan_id=plan.id)
            stream.bring_back(plan, self.now)

    def _some_session(self, draw: Draw, name: str) -> tuple[NaivePlan, datetime] | None:
        """Return a plan and the name of one of its sessions, begun lately or to come."""
        plan = self.calendar.streams[name].plan
        if plan is None:
            return None
        known = plan.rule_between(self.now - 2 * A_DAY, self.now + 10 * A_DAY)
        names = sorted({*known, *plan.changed})
        return (plan, draw(st.sampled_from(names))) if names else None

    async def move_a_session(self, draw: Draw) -> None:
        """By some days at most; what has begun cannot be moved, nor anything into the past."""
        chosen = self._some_session(draw, draw(STREAMS))
        if chosen is None:
            return
        plan, planned_for = chosen
        stands = plan.place_of(planned_for) or planned_for
        begin = stands + timedelta(minutes=15 * draw(st.integers(-400, 400)))
        moved = await self.keep(
            session_changes.move, plan_id=plan.id, planned_for=planned_for, starts_at=begin
        )
        assert moved == (stands > self.now and begin > self.now)
        if moved:
            plan.changed[planned_for] = begin

    async def restore_a_session(self, draw: Draw) -> None:
        """Back to where the rule has it, if that has not begun either."""
        chosen = self._some_session(draw, draw(STREAMS))
        if chosen is None:
            return
        plan, planned_for = chosen
        stands = plan.place_of(planned_for) or planned_for
        back = await self.keep(session_changes.restore, plan_id=plan.id, planned_for=planned_for)
        assert back == (min(stands, planned_for) > self.now and planned_for in plan.changed)
        if back:
            del plan.changed[planned_for]

    async def cancel_a_session(self, draw: Draw) -> None:
        """One to come; or one that has begun, as long as nobody was asked about it."""
        name = draw(STREAMS)
        chosen = self._some_session(draw, name)
        if chosen is None:
            return
        plan, planned_for = chosen
        begun = self.calendar.streams[name].named(plan.id, planned_for)
        if begun is not None:
            await self._cancel_begun(plan, begun)
            return
        stands = plan.place_of(planned_for) or planned_for
        done = await self.keep(session_changes.cancel, plan_id=plan.id, planned_for=planned_for)
        if stands > self.now:
            assert done
            plan.changed[planned_for] = None

    async def _cancel_begun(self, plan: NaivePlan, begun: Begun) -> None:
        reached = await self.judge.reached(self.store, begun)
        done = await self.keep(
            session_changes.cancel, plan_id=plan.id, planned_for=begun.planned_for
        )
        assert done == (not reached)
        begun.withdrawn = begun.withdrawn or done

    async def keep_an_absence(self, draw: Draw) -> None:
        """Somebody will be away, without cover."""
        who, ahead, more = draw(EVERYBODY), draw(st.integers(-1, 6)), draw(st.integers(0, 4))
        first = day_of(self.now) + ahead * A_DAY
        last = first + more * A_DAY
        absence_id = await self.keep(
            absences.add, person_id=self.people[who].id, first_day=first, last_day=last
        )
        self.calendar.absences.append(Absence(absence_id, who, first, last))
        self.calendar.facts_change(who)

    async def take_an_absence_back(self, draw: Draw) -> None:
        """They are here after all."""
        if self.calendar.absences:
            gone = draw(st.sampled_from(self.calendar.absences))
            self.calendar.absences.remove(gone)
            assert await self.keep(absences.withdraw, absence_id=gone.id)
            self.calendar.facts_change(gone.who)

    async def keep_holidays_or_not(self, _draw: Draw) -> None:
        """A start with another setting."""
        keeps = self.calendar.keeps_holidays = not self.calendar.keeps_holidays
        self.defaults = replace(self.defaults, holidays="DE-BY" if keeps else "")
        await adopt_defaults(self.store, self.now, self.defaults)
        self.calendar.facts_change("")

    async def join_or_leave_the_group(self, draw: Draw) -> None:
        """From now on."""
        who, members = draw(PATIENTS), self.calendar.streams["group"].members
        change = groups.remove_member if who in members else groups.add_member
        person_id = self.people[who].id
        assert await self.keep(change, group_id=self.group_id, patient_id=person_id)
        members ^= {who}

    async def pause(self, draw: Draw) -> None:
        """For good, or for some hours; or questions come again."""
        who, hours = draw(PATIENTS), draw(st.one_of(st.none(), st.integers(0, 150)))
        until = None if hours is None else self.now + timedelta(hours=hours)
        person_id = self.people[who].id
        self.judge.resumed(who, self.now)
        async with self.store.transaction() as tx:
            if hours == 0:
                await people.set_state(tx, person_id=person_id, state="active")
                return
            await people.pause(tx, person_id=person_id, until=until)
        self.judge.pauses.append((who, self.now, until))
