"""Plans, moves, cancellations, absences, holidays, pauses and crashes in any order.

Nobody is asked twice, nobody about a session that was cancelled or moved away, nobody before
it is due or at night; and each session that was held has one check-in for each who was there,
asked or with the reason why not.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from datetime import time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
)

from schedules.planning import adopt_defaults
from schedules.tick import tick
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.groups import groups
from storage.maintenance.migrate import migrate
from storage.messages import outbox
from tests.databases import SEALING, an_address
from tests.laws import run
from tests.schedules.coordinator import BEGIN, Coordinator
from tests.schedules.crashing import Crash, CrashingStore
from tests.schedules.surgery import Surgery, usual

T = TypeVar("T")
EDITS = st.sampled_from(
    (
        Coordinator.set_a_plan,
        Coordinator.change_a_delay,
        Coordinator.change_an_hour,
        Coordinator.end_a_plan_or_bring_it_back,
        Coordinator.move_a_session,
        Coordinator.move_a_session,
        Coordinator.restore_a_session,
        Coordinator.cancel_a_session,
        Coordinator.cancel_a_session,
        Coordinator.keep_an_absence,
        Coordinator.take_an_absence_back,
        Coordinator.keep_holidays_or_not,
        Coordinator.join_or_leave_the_group,
        Coordinator.pause,
    )
)


class CalendarMachine(RuleBasedStateMachine):
    """A coordinator, a clock and a courier, and time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.database = an_address(Path(self.folder.name))
        self.address = self.do(self.database.__aenter__())
        self.she: Coordinator

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry something out to its end."""
        return self.loop.run_until_complete(work)

    @initialize(hour=st.integers(7, 20))
    def open(self, hour: int) -> None:
        """A therapist, two patients and a group, each with a plan."""
        self.she = self.do(self._open())
        every_other_day, every_day = (0, 2, 4), tuple(range(7))
        self.do(self.she._set_plan("own", every_other_day, time(hour), timedelta(minutes=20)))
        self.do(self.she._set_plan("group", every_day, time(17), timedelta()))

    async def _open(self) -> Coordinator:
        store = await self._opened_store()
        await migrate(store, now=BEGIN)
        surgery = Surgery(store, BEGIN)
        therapist = await surgery.add("therapist", "T-1")
        people = {code: await surgery.patient(code, therapist) for code in ("P-1", "P-2")}
        async with store.transaction() as tx:
            group = await groups.add(tx, code="G-1", at=BEGIN)
            await groups.add_leader(tx, group_id=group.id, therapist_id=therapist.id, at=BEGIN)
            for one in people.values():
                await groups.add_member(tx, group_id=group.id, patient_id=one.id, at=BEGIN)
        she = Coordinator(store, {**people, "T-1": therapist}, group.id)
        she.calendar.streams["group"].members |= set(people)
        await adopt_defaults(store, BEGIN, she.defaults)
        return she

    async def _opened_store(self) -> Store:
        return await open_database(self.address, sealing=SEALING)

    def teardown(self) -> None:
        """Let everything go."""
        if hasattr(self, "she"):
            self.do(self.she.store.close())
        self.do(self.database.__aexit__(None, None, None))
        self.loop.close()
        self.folder.cleanup()

    @rule(minutes=st.sampled_from((1, 10, 25, 50, 55, 120, 300, 700, 1440, 4000)))
    def time_passes(self, minutes: int) -> None:
        """Nothing knocks meanwhile."""
        until = self.she.now + timedelta(minutes=minutes)
        self.she.calendar.pass_time(self.she.now, until)
        self.she.now = until

    @rule()
    def the_clock_comes_round(self) -> None:
        """A whole tick; what it did is judged."""
        she = self.she
        self.do(tick(she.store, she.now, usual, she.defaults))
        she.calendar.clock_came_round(she.now)
        she.judge.ticks.append(she.now)
        self.do(she.judge.look(she.store, she.now))

    @rule(hours=st.integers(1, 50), every=st.sampled_from((20, 60, 170)))
    def all_goes_well(self, hours: int, every: int) -> None:
        """For some hours the clock knocks, and letters reach Telegram."""
        for _ in range(0, hours * 60, every):
            self.time_passes(every)
            self.the_clock_comes_round()
            self.the_courier_goes(dies=False)

    @rule(data=st.data())
    def the_coordinator_changes_something(self, data: st.DataObject) -> None:
        """Anything, at this very moment."""
        self.do(data.draw(EDITS)(self.she, data.draw))

    @rule(writes=st.integers(0, 12))
    def the_process_dies_in_a_tick(self, writes: int) -> None:
        """Some of a tick is on disk, the rest never was."""
        she = self.she
        with suppress(Crash):
            self.do(tick(CrashingStore(she.store, writes), she.now, usual, she.defaults))
        self.do(she.store.close())
        she.store = self.do(self._opened_store())

    @rule(dies=st.booleans())
    def the_courier_goes(self, dies: bool) -> None:
        """Letters reach Telegram; or the courier dies before it can note that."""
        self.do(self._deliver(dies=dies))

    async def _deliver(self, *, dies: bool) -> None:
        store, now = self.she.store, self.she.now
        if dies:
            async with store.transaction() as tx:
                await outbox.claim(tx, now=now, resting=())
                await outbox.recover(tx, before=now + timedelta(hours=1))
        else:
            await Surgery(store, now, letters=len(self.she.judge.ticks) * 1000).deliver()


def test_the_calendar_is_what_a_slow_judge_says(engine: str) -> None:
    """Whatever coordinators do in whatever order, nothing is asked twice, or left out."""
    run(CalendarMachine, on_a_file=25, on_a_server=3)
