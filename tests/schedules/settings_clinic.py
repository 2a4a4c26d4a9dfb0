"""A clinic whose settings change, compared with the slow model."""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from alliance.calendar.timetable import ONE_MICROSECOND
from storage.database.tx import Row
from tests.databases import open_fresh_store
from tests.schedules.naive_settings import SESSION_LENGTH, NaiveSettings, begin_of
from tests.schedules.scheduler_clinic import SchedulerClinic
from tests.zone_rules import WITH_WINTER_TIME, WITHOUT_WINTER_TIME, zone_rules

T = TypeVar("T")
START = datetime(2026, 3, 19, 12, tzinfo=UTC)
"""By the old rules, winter time begins in Paraguay in three days."""


class SettingsClinic:
    """A scheduler, a sender, a zone database that may change, and the prompts that were sent."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.opened, self.zone_database = ExitStack(), ExitStack()
        self.folder = Path(self.opened.enter_context(tempfile.TemporaryDirectory()))
        self.has_winter_time = True
        self.zone_database.enter_context(zone_rules(self.folder / "old", WITH_WINTER_TIME))
        self.database = open_fresh_store(self.folder, at=START)
        store = self.do(self.database.__aenter__())
        self.scheduler = SchedulerClinic(store, START)
        self.model = NaiveSettings(START)
        self.asked: dict[str, datetime] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        """Close everything."""
        self.do(self.database.__aexit__(None, None, None))
        self.loop.close()
        self.zone_database.close()
        self.opened.close()

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.scheduler.now

    def change(self, change: Any, **arguments: Any) -> Any:
        """Make one change of the calendar."""

        async def run() -> Any:
            async with self.scheduler.store.transaction() as tx:
                return await change(tx, **arguments, at=self.now)

        return self.do(run())

    def next_event(self) -> datetime:
        """Return when something is next due, or an hour from now."""
        return self.do(self.scheduler.next_event()) or self.now + timedelta(hours=1)

    def run_until(self, end: datetime) -> None:
        """Let time pass, with a tick and a delivery whenever something is due."""
        while self.now < end:
            self.scheduler.now = max(min(self.next_event(), end), self.now + ONE_MICROSECOND)
            self.process()

    def process(self) -> None:
        """Deliver, tick, and deliver again, as after a change; check each step."""
        self.deliver()
        self.do(self.scheduler.tick())
        self.model.pass_time(self.now)
        self.check_due()
        self.deliver()
        self.check_waiting()

    def deliver(self) -> None:
        """Deliver the messages that may be sent now, and check them."""
        for message in self.do(self.scheduler.deliver()):
            if message.kind == "state":
                assert not self.model.is_quiet(self.now, of_plan=False), "notified in quiet hours"
            elif message.kind in ("prompt", "reminder"):
                name = self.do(self._session_of(message.subject_id))
                assert self.model.may_send(self.now), f"a {message.kind} in quiet hours"
                assert not self.model.was_overtaken(name, self.now), "after the next session"
                assert message.kind == "reminder" or name not in self.asked, "asked twice"
                self.asked.setdefault(name, self.now)

    async def _session_of(self, checkin_id: str) -> str:
        async with self.scheduler.store.read_transaction() as tx:
            row = await tx.one(
                "SELECT s.planned_local FROM checkins k JOIN sessions s ON s.id = k.session_id"
                " WHERE k.id = ?",
                checkin_id,
            )
        assert row is not None
        return str(row["planned_local"])

    def check_due(self) -> None:
        """After a tick, nothing that is due waits, except in quiet hours."""
        for row in self.do(self._checkins()):
            one = self.model.begun.get(row["planned_local"])
            assert one is not None, "asked about a session that has not begun"
            assert one.was_held, "asked about a session that was not held"
            begin = begin_of(self.model.moved.get(one.name) or one.name)
            due_at = begin + SESSION_LENGTH + one.delay
            if row["state"] == "planned" and not self.model.is_quiet(self.now, of_plan=True):
                assert self.now < due_at, "forgot to ask"

    def check_waiting(self) -> None:
        """After a delivery, messages wait only in quiet hours."""
        for row in self.do(self._waiting()):
            of_plan = row["kind"] != "state"
            assert self.model.is_quiet(self.now, of_plan=of_plan), (
                f"a {row['kind']} waits outside quiet hours"
            )

    async def _waiting(self) -> Sequence[Row]:
        async with self.scheduler.store.read_transaction() as tx:
            return await tx.all(
                "SELECT kind FROM outbox WHERE state = 'new'"
                " AND kind IN ('prompt', 'reminder', 'state')"
            )

    def check_asked(self) -> None:
        """Each session that was held has one check-in, and none is cancelled without a reason."""
        rows = self.do(self._checkins())
        names = [row["planned_local"] for row in rows]
        assert len(names) == len(set(names)), "two check-ins for one session"
        for one in self.model.begun.values():
            if one.was_held and one.begin + SESSION_LENGTH <= self.now:
                assert one.name in names, "forgot a session"
        for row in rows:
            assert row["state"] != "cancelled" or row["reason"] in ("overtaken", "paused")
            assert row["reason"] != "paused" or self.model.was_paused

    async def _checkins(self) -> Sequence[Row]:
        async with self.scheduler.store.read_transaction() as tx:
            return await tx.all(
                "SELECT s.planned_local, k.state, (SELECT e.reason FROM checkin_events e"
                "  WHERE e.checkin_id = k.id AND e.state = k.state LIMIT 1) AS reason"
                " FROM checkins k JOIN sessions s ON s.id = k.session_id"
            )

    def change_zone_database(self) -> None:
        """Use the other zone rules."""
        self.has_winter_time = not self.has_winter_time
        self.zone_database.close()
        new = WITH_WINTER_TIME if self.has_winter_time else WITHOUT_WINTER_TIME
        folder = self.folder / ("old" if self.has_winter_time else "new")
        self.zone_database.enter_context(zone_rules(folder, new))
        self.model.forget_unfinished(self.now)
