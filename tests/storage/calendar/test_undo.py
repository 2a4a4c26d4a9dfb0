"""Changes of plans, sessions and absences: undoing them leads back, step by step."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SiteDefaults, Timetable
from alliance.errors import Refusal
from schedules.planning import plan_sessions
from storage.audit import undo
from storage.audit.change import Change
from storage.calendar import absences, change_absences, change_plans, change_sessions, plans
from storage.calendar.plans import Plan
from storage.calendar.preview import sessions_ahead
from storage.database.tx import Store, Tx
from storage.people import care, people
from storage.people.people import Person
from tests.databases import on_both_engines, open_fresh_store
from tests.properties import check_property

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday morning, hours before any session."""

SECOND, WEEK = timedelta(seconds=1), timedelta(weeks=1)
AHEAD = 4 * WEEK
CHANGES = ("set", "end", "add", "move", "cancel", "restore", "away", "back")

changes = st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 6)), min_size=1, max_size=8)


class Clinic:
    """One patient with a therapist; a coordinator makes changes, one a second."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = T0

    async def open(self) -> None:
        """Add the people and a weekly plan."""
        async with self.store.transaction() as tx:
            self.coordinator = await self._add(tx, "C-1", "coordinator")
            self.therapist = await self._add(tx, "T-1", "therapist")
            self.patient = await self._add(tx, "P-1", "patient")
            await care.assign(tx, patient_id=self.patient.id, therapist_id=self.therapist.id, at=T0)
            await change_plans.set_plan(Change(tx, None, T0), weekly(1), patient_id=self.patient.id)

    async def _add(self, tx: Tx, code: str, role: str) -> Person:
        return await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)

    async def change(self, kind: str, number: int) -> bool:
        """Make one change; say whether it was possible."""
        self.now += SECOND
        async with self.store.transaction() as tx:
            change = Change(tx, self.coordinator.id, self.now)
            is_done = await self._make(change, kind, number)
        await plan_sessions(self.store, self.now, SiteDefaults())
        return is_done

    async def _make(self, change: Change, kind: str, number: int) -> bool:
        plan = await plans.current(change.tx, patient_id=self.patient.id)
        match kind:
            case "set":
                await change_plans.set_plan(change, weekly(number), patient_id=self.patient.id)
                return True
            case "add":
                day = T0.date() + timedelta(days=number + 1)
                await change_plans.add_session(
                    change, patient_id=self.patient.id, day=day, wall_time=time(9), zone="UTC"
                )
                return True
            case "away" | "back":
                return await self._change_absences(change, kind, number)
        if plan is None:
            return False
        if kind == "end":
            return await change_plans.end_plan(change, plan)
        return await self._change_session(change, plan, kind, number)

    async def _change_session(self, change: Change, plan: Plan, kind: str, number: int) -> bool:
        first = next(plan.timetable.sessions(after=self.now, until=self.now + WEEK)).starts_at
        planned_for = first + number % 2 * WEEK
        match kind:
            case "move":
                starts_at = planned_for + timedelta(hours=number)
                return await change_sessions.move_session(
                    change, plan, planned_for, starts_at=starts_at
                )
            case "cancel":
                return await change_sessions.cancel_session(change, plan, planned_for)
            case _:
                return await change_sessions.restore_session(change, plan, planned_for)

    async def _change_absences(self, change: Change, kind: str, number: int) -> bool:
        person = self.therapist if number % 2 else self.patient
        if kind == "away":
            first_day = T0.date() + timedelta(days=number)
            await change_absences.add_absence(
                change, person, first_day=first_day, last_day=first_day, cover=None
            )
            return True
        standing = await absences.of_person(change.tx, person_id=person.id, from_day=T0.date())
        if not standing:
            return False
        return await change_absences.withdraw_absence(change, standing[0])

    async def undo(self) -> None:
        """Undo the last change."""
        self.now += SECOND
        async with self.store.transaction() as tx:
            step = await undo.last_step(tx, actor_id=self.coordinator.id, now=self.now)
            assert step is not None
            await undo.undo_last_step(
                tx, actor_id=self.coordinator.id, number=step.number, at=self.now
            )
        await plan_sessions(self.store, self.now, SiteDefaults())

    async def sessions(self) -> list[tuple[datetime, datetime, str | None]]:
        """Return start, end and reason of every session ahead, without those of ended plans."""
        async with self.store.read_transaction() as tx:
            ahead = await sessions_ahead(
                tx, now=self.now, since=T0, until=T0 + AHEAD, defaults=SiteDefaults()
            )
        return [
            (one.starts_at, one.ends_at, one.reason)
            for one in ahead
            if one.reason not in ("ended", "moved")
        ]


def weekly(weekday: int) -> Timetable:
    """Return a plan with a session a week."""
    return Timetable(RecurrenceRule("week", 1, (weekday,)), date(2026, 2, 2), time(14), "UTC")


@on_both_engines
def test_undoing_changes_one_by_one_leads_back() -> None:
    """After each undo, the sessions ahead are what they were before the change."""
    check_property(_play, changes, sqlite_examples=40, postgresql_examples=4)


async def _play(some_changes: Sequence[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_fresh_store(Path(folder), at=T0) as store:
            clinic = Clinic(store)
            await clinic.open()
            before = []
            for kind, number in some_changes:
                sessions = await clinic.sessions()
                if await clinic.change(kind, number):
                    before.append((kind, sessions))
            for kind, sessions in reversed(before):
                await clinic.undo()
                assert await clinic.sessions() == sessions, kind


@on_both_engines
async def test_a_session_moved_out_of_the_past_can_be_undone(tmp_path: Path) -> None:
    """A file's new plan has last week's session moved into this week: undone, neither is left."""
    async with open_fresh_store(tmp_path, at=T0) as store:
        clinic = Clinic(store)
        await clinic.open()
        before = await clinic.sessions()
        clinic.now += SECOND
        async with store.transaction() as tx:
            whole = Change(tx, clinic.coordinator.id, clinic.now)
            part_of = await whole.record("heartbeat.set", None)
            change = Change(tx, clinic.coordinator.id, clinic.now, part_of)
            plan = await change_plans.set_plan(
                change, weekly(2), patient_id=clinic.patient.id, source_key="k", source_sequence=0
            )
            assert await change_sessions.move_session(
                change,
                plan,
                datetime(2026, 2, 25, 14, tzinfo=UTC),
                starts_at=T0 + timedelta(days=1),
                source_sequence=0,
            )
        assert len(await clinic.sessions()) > len(before)

        await clinic.undo()

        assert await clinic.sessions() == before


@on_both_engines
async def test_an_absence_needs_a_therapist_as_cover(tmp_path: Path) -> None:
    """A patient cannot cover, nobody covers for a patient, and nobody for themselves."""
    async with open_fresh_store(tmp_path, at=T0) as store:
        clinic = Clinic(store)
        await clinic.open()
        pairs = (
            (clinic.therapist, clinic.patient),
            (clinic.patient, clinic.therapist),
            (clinic.therapist, clinic.therapist),
        )
        async with store.transaction() as tx:
            change = Change(tx, clinic.coordinator.id, T0)
            for person, cover in pairs:
                day = T0.date()
                with pytest.raises(Refusal, match=r"absence\.no_cover"):
                    await change_absences.add_absence(
                        change, person, first_day=day, last_day=day, cover=cover
                    )
