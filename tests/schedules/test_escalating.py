"""An unseen alert is escalated step by step, through absences, restarts and repeated ticks."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from alliance.alerts.alert_settings import AlertSettings
from schedules.escalating import escalate
from storage.alerts import alerts, responses
from storage.calendar import absences
from storage.database.tx import Store, Tx
from storage.people.people import Person
from tests.storage.database_clinic import (
    LOW_SCORES,
    STEADY_SCORES,
    DatabaseClinic,
    open_database_clinic,
)

SETTINGS = AlertSettings()
HOUR = timedelta(hours=1)


class Clinic:
    """A patient with an alert from a Tuesday at eleven, and the people it may be escalated to."""

    def __init__(self, database: DatabaseClinic, people: dict[str, Person]) -> None:
        self.database = database
        self.people = people

    async def run_until(self, text: str) -> None:
        """Escalate twice every hour until then."""
        until = datetime.fromisoformat(text).replace(tzinfo=UTC)
        while self.database.now < until:
            self.database.now = min(self.database.now + HOUR, until)
            await self.escalate()
            await self.escalate()

    async def escalate(self) -> int:
        """Escalate once, as a tick does; return the number of steps taken."""
        return await escalate(self.database.store, self.database.now, SETTINGS)

    async def messages(self) -> list[tuple[str, str, str]]:
        """Return recipient, kind and earliest time (UTC) of each message about alerts."""
        codes = {person.id: code for code, person in self.people.items()}
        async with self.database.store.read_transaction() as tx:
            rows = await tx.all(
                "SELECT person_id, kind, not_before FROM outbox"
                " WHERE kind IN ('alert', 'alert_again', 'unseen') ORDER BY created_at, id"
            )
        return [(codes[row["person_id"]], row["kind"], row["not_before"][:16]) for row in rows]

    async def alert_id(self) -> str:
        """Return the id of the one alert."""
        async with self.database.store.read_transaction() as tx:
            [row] = await tx.all("SELECT id FROM alerts")
        return str(row["id"])

    async def add_absence(self, code: str, first: int, last: int, cover: str | None = None) -> None:
        """Add an absence in April."""
        async with self.database.store.transaction() as tx:
            await absences.add(
                tx,
                person_id=self.people[code].id,
                first_day=date(2026, 4, first),
                last_day=date(2026, 4, last),
                cover_id=None if cover is None else self.people[cover].id,
                at=self.database.now,
            )


@pytest_asyncio.fixture
async def clinic(engine: str) -> AsyncIterator[Clinic]:
    """Four steady weeks, then a drop on Tuesday 7 April at eleven, UTC."""
    async with open_database_clinic() as database:
        people = {
            code: await database.add_person(code, role)
            for code, role in (
                ("C-1", "coordinator"),
                ("T-1", "therapist"),
                ("T-2", "therapist"),
                ("P-1", "patient"),
            )
        }
        await database.assign(people["P-1"], people["T-1"])
        for scores in (*STEADY_SCORES, LOW_SCORES):
            await database.run_week(people["P-1"], scores)
        assert database.now == datetime(2026, 4, 7, 11, tzinfo=UTC) + 4 * HOUR
        yield Clinic(database, people)


FIRST = ("T-1", "alert", "2026-04-07T15:00")


async def test_first_the_therapist_again_then_the_coordinator(clinic: Clinic) -> None:
    """After two working days, and after two more; each message once, and then no more."""
    await clinic.run_until("2026-04-09 14:00")
    assert await clinic.messages() == [FIRST]
    await clinic.run_until("2026-04-09 15:00")
    again = ("T-1", "alert_again", "2026-04-09T15:00")
    assert await clinic.messages() == [FIRST, again]
    await clinic.run_until("2026-04-13 14:00")  # after a weekend
    assert await clinic.messages() == [FIRST, again]
    await clinic.run_until("2026-04-13 15:00")
    unseen = ("C-1", "unseen", "2026-04-13T15:00")
    assert await clinic.messages() == [FIRST, again, unseen]
    await clinic.run_until("2026-05-01 12:00")
    assert await clinic.messages() == [FIRST, again, unseen]


async def test_a_seen_alert_is_not_escalated(clinic: Clinic) -> None:
    """Also if it is seen only an hour before the first step."""
    await clinic.run_until("2026-04-09 14:00")
    async with clinic.database.store.transaction() as tx:
        await alerts.acknowledge(
            tx,
            alert_id=await clinic.alert_id(),
            therapist_id=clinic.people["T-1"].id,
            at=clinic.database.now,
        )
    await clinic.run_until("2026-04-20 12:00")
    assert await clinic.messages() == [FIRST]


async def test_a_cover_gets_it_instead_of_the_absent_therapist(clinic: Clinic) -> None:
    """The therapist falls ill the next day: the cover's working days count."""
    await clinic.run_until("2026-04-08 08:00")
    await clinic.add_absence("T-1", 8, 30, cover="T-2")
    await clinic.run_until("2026-04-09 15:00")
    again = ("T-2", "alert_again", "2026-04-09T15:00")
    assert await clinic.messages() == [FIRST, again]
    await clinic.run_until("2026-04-13 15:00")
    assert await clinic.messages() == [FIRST, again, ("C-1", "unseen", "2026-04-13T15:00")]


async def test_without_cover_the_coordinators_get_it_in_the_first_step(clinic: Clinic) -> None:
    """Nobody could see it: coordinators are notified after two working days, not weeks."""
    await clinic.add_absence("T-1", 8, 30)
    await clinic.run_until("2026-04-09 15:00")
    assert await clinic.messages() == [FIRST, ("C-1", "unseen", "2026-04-09T15:00")]


async def test_an_absence_that_is_entered_late_counts(clinic: Clinic) -> None:
    """An absence entered for a day that is already over does not count as a working day."""
    await clinic.run_until("2026-04-08 18:00")
    await clinic.add_absence("T-1", 8, 8)
    await clinic.run_until("2026-04-10 14:00")
    assert await clinic.messages() == [FIRST]
    await clinic.run_until("2026-04-10 15:00")
    assert await clinic.messages() == [FIRST, ("T-1", "alert_again", "2026-04-10T15:00")]


async def test_a_snoozed_alert_is_not_escalated_before_its_time(clinic: Clinic) -> None:
    """Snoozing until the next session means that the therapist has looked at it."""
    async with clinic.database.store.transaction() as tx:
        await responses.snooze(
            tx,
            alert_id=await clinic.alert_id(),
            therapist_id=clinic.people["T-1"].id,
            until=datetime(2026, 4, 14, 9, tzinfo=UTC),
            at=clinic.database.now,
        )
    await clinic.run_until("2026-04-16 08:00")
    assert await clinic.messages() == [FIRST]
    await clinic.run_until("2026-04-16 09:00")
    assert await clinic.messages() == [FIRST, ("T-1", "alert_again", "2026-04-16T09:00")]


async def test_after_an_outage_each_step_is_taken_once(clinic: Clinic) -> None:
    """A bot restarted on a Sunday night begins with the first step, on Monday morning."""
    clinic.database.now = datetime(2026, 4, 19, 23, tzinfo=UTC)
    assert await clinic.escalate() == 1
    assert await clinic.escalate() == 0
    again = ("T-1", "alert_again", "2026-04-20T08:00")
    assert await clinic.messages() == [FIRST, again]
    await clinic.run_until("2026-04-21 23:00")
    assert await clinic.messages() == [FIRST, again]
    await clinic.run_until("2026-04-22 01:00")
    assert await clinic.messages() == [FIRST, again, ("C-1", "unseen", "2026-04-22T08:00")]


async def test_without_a_coordinator_the_last_step_waits(clinic: Clinic) -> None:
    """It is taken once there is one."""
    async with clinic.database.store.transaction() as tx:
        await tx.run("UPDATE people SET state = 'ended' WHERE code = 'C-1'")
    await clinic.run_until("2026-04-15 12:00")
    assert [kind for _, kind, _ in await clinic.messages()] == ["alert", "alert_again"]
    async with clinic.database.store.transaction() as tx:
        await tx.run("UPDATE people SET state = 'active' WHERE code = 'C-1'")
    await clinic.run_until("2026-04-15 13:00")
    assert (await clinic.messages())[-1] == ("C-1", "unseen", "2026-04-15T13:00")


async def test_without_a_therapist_a_coordinator_is_notified_at_once(clinic: Clinic) -> None:
    """The only therapist has left the clinic."""
    async with clinic.database.store.transaction() as tx:
        await tx.run("UPDATE people SET state = 'ended' WHERE code = 'T-1'")
    await clinic.run_until("2026-04-07 16:00")
    assert await clinic.messages() == [FIRST, ("C-1", "unseen", "2026-04-07T16:00")]


class CrashingStore:
    """The same database in a process that crashes just before it commits."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Do the work, and crash."""
        async with self._store.transaction() as tx:
            yield tx
            raise SystemError("crash")

    def read_transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Read as usual."""
        return self._store.read_transaction()

    async def purge_deleted(self) -> None:
        """Do nothing: the store belongs to the test."""

    async def rewrite(self) -> bool:
        """Leave the files as they are."""
        return True

    async def close(self) -> None:
        """Do nothing: the store belongs to the test."""


async def test_a_tick_that_crashes_has_done_nothing(clinic: Clinic) -> None:
    """Messages and the record that they were posted are one transaction."""
    clinic.database.now = datetime(2026, 4, 9, 15, tzinfo=UTC)
    with pytest.raises(SystemError, match="crash"):
        await escalate(CrashingStore(clinic.database.store), clinic.database.now, SETTINGS)
    assert await clinic.messages() == [FIRST]
    assert await clinic.escalate() == 1
    assert await clinic.messages() == [FIRST, ("T-1", "alert_again", "2026-04-09T15:00")]
