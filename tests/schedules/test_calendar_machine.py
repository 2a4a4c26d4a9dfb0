"""Plans, moves, cancellations, absences, holidays, pauses and crashes in any order.

Nobody is asked twice, about a session that was cancelled or moved away, before a check-in is due,
or in quiet hours. Each session that was held has one check-in for each patient who attended:
sent, or with the reason why not.
"""

from contextlib import suppress
from datetime import datetime, time, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from schedules.planning import adopt_defaults
from schedules.tick import tick
from storage.groups import groups
from storage.messages import delivery
from tests.properties import DatabaseMachine, run_state_machine
from tests.schedules.crashing_store import CrashingStore, SimulatedCrash
from tests.schedules.random_coordinator import START, RandomCoordinator
from tests.schedules.scheduler_clinic import SchedulerClinic, default_detector

CHANGES = st.sampled_from(
    (
        RandomCoordinator.set_plan,
        RandomCoordinator.change_delay,
        RandomCoordinator.change_hour,
        RandomCoordinator.end_or_restore_plan,
        RandomCoordinator.move_session,
        RandomCoordinator.move_session,
        RandomCoordinator.restore_session,
        RandomCoordinator.cancel_session,
        RandomCoordinator.cancel_session,
        RandomCoordinator.add_absence,
        RandomCoordinator.withdraw_absence,
        RandomCoordinator.toggle_holidays,
        RandomCoordinator.toggle_membership,
        RandomCoordinator.pause,
    )
)


class CalendarMachine(DatabaseMachine):
    """A coordinator, a scheduler and a sender, while time passes."""

    coordinator: RandomCoordinator

    @initialize(hour=st.integers(7, 20))
    def open(self, hour: int) -> None:
        """Add a therapist, two patients and a group, with a plan for one patient and the group."""
        self.coordinator = self.do(self._open_with_people())
        every_other_day, every_day = (0, 2, 4), tuple(range(7))
        delay = timedelta(minutes=20)
        self.do(self.coordinator._set_plan("own", every_other_day, time(hour), delay))
        self.do(self.coordinator._set_plan("group", every_day, time(17), timedelta()))

    async def _open_with_people(self) -> RandomCoordinator:
        await self.open_store()
        clinic = SchedulerClinic(self.store, START)
        therapist = await clinic.add("therapist", "T-1")
        people = {code: await clinic.add_patient(code, therapist) for code in ("P-1", "P-2")}
        async with self.store.transaction() as tx:
            group = await groups.add(tx, code="G-1", at=START)
            await groups.add_leader(tx, group_id=group.id, therapist_id=therapist.id, at=START)
            for patient in people.values():
                await groups.add_member(tx, group_id=group.id, patient_id=patient.id, at=START)
        coordinator = RandomCoordinator(self.store, {**people, "T-1": therapist}, group.id)
        coordinator.calendar.series["group"].members |= set(people)
        await adopt_defaults(self.store, START, coordinator.defaults)
        return coordinator

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.coordinator.now

    @rule(minutes=st.sampled_from((1, 10, 25, 50, 55, 120, 300, 700, 1440, 4000)))
    def pass_time(self, minutes: int) -> None:
        """Let time pass without a tick."""
        self._pass_time(self.now + timedelta(minutes=minutes))

    def _pass_time(self, until: datetime) -> None:
        self.coordinator.calendar.pass_time(self.now, until)
        self.coordinator.now = until

    @rule()
    def tick(self) -> None:
        """Run a tick and check what it did."""
        self.do(tick(self.store, self.now, default_detector, self.coordinator.defaults))
        self.coordinator.calendar.mark_seen(self.now)
        self.coordinator.checker.ticks.append(self.now)
        self.do(self.coordinator.checker.check(self.store, self.now))

    @rule(hours=st.integers(1, 50), minutes=st.sampled_from((None, 50, 170)))
    def run(self, hours: int, minutes: int | None) -> None:
        """Tick and send messages for some hours: at each event, or every so many minutes."""
        end = self.now + timedelta(hours=hours)
        while self.now < end:
            if minutes is None:
                event = self.do(SchedulerClinic(self.store, self.now).next_event())
                self._pass_time(min(event or end, end))
            else:
                self.pass_time(minutes)
            self.tick()
            self.send_messages(crashes=False)

    @rule(data=st.data())
    def make_change(self, data: st.DataObject) -> None:
        """Make a random change now."""
        self.do(data.draw(CHANGES)(self.coordinator, data.draw))

    @rule(writes=st.integers(0, 12))
    def crash_in_a_tick(self, writes: int) -> None:
        """Die in the middle of a tick: its last transaction is lost."""
        store = CrashingStore(self.store, writes)
        with suppress(SimulatedCrash):
            self.do(tick(store, self.now, default_detector, self.coordinator.defaults))
        self.do(self.restart())
        self.coordinator.store = self.store

    @rule(crashes=st.booleans())
    def send_messages(self, crashes: bool) -> None:
        """Send the messages that are due; or crash before the first is recorded as sent."""
        self.do(self._send_messages(crashes=crashes))

    async def _send_messages(self, *, crashes: bool) -> None:
        if crashes:
            async with self.store.transaction() as tx:
                await delivery.claim(tx, now=self.now, blocked_people=())
                await delivery.recover(tx, before=self.now + timedelta(hours=1))
        else:
            sent_count = len(self.coordinator.checker.ticks) * 1000
            await SchedulerClinic(self.store, self.now, sent_count=sent_count).deliver()


@pytest.mark.slow
def test_the_database_matches_the_naive_calendar(engine: str) -> None:
    """Whatever coordinators do in whatever order, nobody is asked twice or forgotten."""
    run_state_machine(CalendarMachine, sqlite_examples=25, postgresql_examples=3)
