"""An unseen alert goes on, step by step, through absences, restarts and repeated ticks."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from alliance.alerts.alert_settings import Patience
from schedules.escalating import escalate
from storage.alerts import alerts, responses
from storage.calendar import absences
from storage.database.tx import Store, Tx
from storage.people.people import Person
from tests.storage.practice import LOW, STEADY, Practice, a_practice

PATIENCE = Patience()
HOUR = timedelta(hours=1)


class Clinic:
    """A patient with an alert of a Tuesday at eleven, and those who may hear of it."""

    def __init__(self, practice: Practice, people: dict[str, Person]) -> None:
        self.practice = practice
        self.people = people

    async def until(self, text: str) -> None:
        """Let the clock knock every hour until then, twice each time."""
        until = datetime.fromisoformat(text).replace(tzinfo=UTC)
        while self.practice.now < until:
            self.practice.now = min(self.practice.now + HOUR, until)
            await self.knock()
            await self.knock()

    async def knock(self) -> int:
        """Let the clock knock once."""
        return await escalate(self.practice.store, self.practice.now, PATIENCE)

    async def letters(self) -> list[tuple[str, str, str]]:
        """Return to whom letters about alerts went, of which kind, and from when on: UTC."""
        codes = {person.id: code for code, person in self.people.items()}
        async with self.practice.store.reading() as tx:
            rows = await tx.all(
                "SELECT person_id, kind, not_before FROM outbox"
                " WHERE kind IN ('alert', 'alert_again', 'unseen') ORDER BY created_at, id"
            )
        return [(codes[row["person_id"]], row["kind"], row["not_before"][:16]) for row in rows]

    async def alert(self) -> str:
        """Return the id of the one alert."""
        async with self.practice.store.reading() as tx:
            [row] = await tx.all("SELECT id FROM alerts")
        return str(row["id"])

    async def away(self, code: str, first: int, last: int, cover: str | None = None) -> None:
        """Let somebody be away from one day in March or April to another."""
        begin = date(2026, 4, first)
        async with self.practice.store.transaction() as tx:
            await absences.add(
                tx,
                person_id=self.people[code].id,
                first_day=begin,
                last_day=date(2026, 4, last),
                cover_id=None if cover is None else self.people[cover].id,
                at=self.practice.now,
            )


@pytest_asyncio.fixture
async def clinic(engine: str) -> AsyncIterator[Clinic]:
    """Four steady weeks, then a drop on Tuesday 7 April at eleven, UTC."""
    async with a_practice() as practice:
        people = {
            code: await practice.person(code, role)
            for code, role in (
                ("C-1", "coordinator"),
                ("T-1", "therapist"),
                ("T-2", "therapist"),
                ("P-1", "patient"),
            )
        }
        await practice.assign(people["P-1"], people["T-1"])
        for scores in (*STEADY, LOW):
            await practice.week(people["P-1"], scores)
        assert practice.now == datetime(2026, 4, 7, 11, tzinfo=UTC) + 4 * HOUR
        yield Clinic(practice, people)


FIRST = ("T-1", "alert", "2026-04-07T15:00")


async def test_to_the_therapist_again_then_to_the_coordinator(clinic: Clinic) -> None:
    """After two working days, and after two more; each letter once, and then no more."""
    await clinic.until("2026-04-09 14:00")
    assert await clinic.letters() == [FIRST]
    await clinic.until("2026-04-09 15:00")
    again = ("T-1", "alert_again", "2026-04-09T15:00")
    assert await clinic.letters() == [FIRST, again]
    await clinic.until("2026-04-13 14:00")  # a weekend lies between
    assert await clinic.letters() == [FIRST, again]
    await clinic.until("2026-04-13 15:00")
    told = ("C-1", "unseen", "2026-04-13T15:00")
    assert await clinic.letters() == [FIRST, again, told]
    await clinic.until("2026-05-01 12:00")
    assert await clinic.letters() == [FIRST, again, told]


async def test_what_is_seen_goes_nowhere(clinic: Clinic) -> None:
    """Seen an hour before the time is over, it stays where it is."""
    await clinic.until("2026-04-09 14:00")
    async with clinic.practice.store.transaction() as tx:
        await alerts.acknowledge(
            tx,
            alert_id=await clinic.alert(),
            therapist_id=clinic.people["T-1"].id,
            at=clinic.practice.now,
        )
    await clinic.until("2026-04-20 12:00")
    assert await clinic.letters() == [FIRST]


async def test_a_cover_gets_it_instead_of_who_is_away(clinic: Clinic) -> None:
    """The therapist falls ill the next day: the cover's time counts, and the cover is told."""
    await clinic.until("2026-04-08 08:00")
    await clinic.away("T-1", 8, 30, cover="T-2")
    await clinic.until("2026-04-09 15:00")
    again = ("T-2", "alert_again", "2026-04-09T15:00")
    assert await clinic.letters() == [FIRST, again]
    await clinic.until("2026-04-13 15:00")
    assert await clinic.letters() == [FIRST, again, ("C-1", "unseen", "2026-04-13T15:00")]


async def test_away_without_cover_is_told_when_the_time_is_over(clinic: Clinic) -> None:
    """Nobody is there to see it: the coordinators hear of it after two working days, not weeks."""
    await clinic.away("T-1", 8, 30)
    await clinic.until("2026-04-09 15:00")
    assert await clinic.letters() == [FIRST, ("C-1", "unseen", "2026-04-09T15:00")]


async def test_an_absence_that_is_entered_late_counts(clinic: Clinic) -> None:
    """Away for a day on which the clock had already looked: two working days are two of them."""
    await clinic.until("2026-04-08 18:00")
    await clinic.away("T-1", 8, 8)
    await clinic.until("2026-04-10 14:00")
    assert await clinic.letters() == [FIRST]
    await clinic.until("2026-04-10 15:00")
    assert await clinic.letters() == [FIRST, ("T-1", "alert_again", "2026-04-10T15:00")]


async def test_who_put_it_off_is_left_alone_until_then(clinic: Clinic) -> None:
    """An alert that is put off until the next session has been looked at."""
    async with clinic.practice.store.transaction() as tx:
        await responses.snooze(
            tx,
            alert_id=await clinic.alert(),
            therapist_id=clinic.people["T-1"].id,
            until=datetime(2026, 4, 14, 9, tzinfo=UTC),
            at=clinic.practice.now,
        )
    await clinic.until("2026-04-16 08:00")
    assert await clinic.letters() == [FIRST]
    await clinic.until("2026-04-16 09:00")
    assert await clinic.letters() == [FIRST, ("T-1", "alert_again", "2026-04-16T09:00")]


async def test_after_days_without_power_each_step_is_taken_once(clinic: Clinic) -> None:
    """A bot that comes back on a Sunday night begins with the first step, on Monday morning."""
    clinic.practice.now = datetime(2026, 4, 19, 23, tzinfo=UTC)
    assert await clinic.knock() == 1
    assert await clinic.knock() == 0
    again = ("T-1", "alert_again", "2026-04-20T08:00")
    assert await clinic.letters() == [FIRST, again]
    await clinic.until("2026-04-21 23:00")
    assert await clinic.letters() == [FIRST, again]
    await clinic.until("2026-04-22 01:00")
    assert await clinic.letters() == [FIRST, again, ("C-1", "unseen", "2026-04-22T08:00")]


async def test_nobody_to_tell_is_not_the_end(clinic: Clinic) -> None:
    """Without a coordinator the last step waits until there is one."""
    async with clinic.practice.store.transaction() as tx:
        await tx.run("UPDATE people SET state = 'ended' WHERE code = 'C-1'")
    await clinic.until("2026-04-15 12:00")
    assert [kind for _, kind, _ in await clinic.letters()] == ["alert", "alert_again"]
    async with clinic.practice.store.transaction() as tx:
        await tx.run("UPDATE people SET state = 'active' WHERE code = 'C-1'")
    await clinic.until("2026-04-15 13:00")
    assert (await clinic.letters())[-1] == ("C-1", "unseen", "2026-04-15T13:00")


async def test_who_takes_part_no_longer_is_nobody_to_wait_for(clinic: Clinic) -> None:
    """The only therapist has left the clinic: a coordinator hears of the alert at once."""
    async with clinic.practice.store.transaction() as tx:
        await tx.run("UPDATE people SET state = 'ended' WHERE code = 'T-1'")
    await clinic.until("2026-04-07 16:00")
    assert await clinic.letters() == [FIRST, ("C-1", "unseen", "2026-04-07T16:00")]


class Dying:
    """The same database in a process that dies just before it commits."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Do the work, and die."""
        async with self._store.transaction() as tx:
            yield tx
            raise SystemError("died")

    def reading(self) -> AbstractAsyncContextManager[Tx]:
        """Read as ever."""
        return self._store.reading()

    async def settle(self) -> None:
        """Settle nothing: it is another's."""

    async def rewrite(self) -> bool:
        """Leave the files as they are."""
        return True

    async def close(self) -> None:
        """Stay open: it is another's."""


async def test_a_tick_that_breaks_off_leaves_nothing_half_done(clinic: Clinic) -> None:
    """Letters and the note that they were posted are one transaction."""
    clinic.practice.now = datetime(2026, 4, 9, 15, tzinfo=UTC)
    with pytest.raises(SystemError, match="died"):
        await escalate(Dying(clinic.practice.store), clinic.practice.now, PATIENCE)
    assert await clinic.letters() == [FIRST]
    assert await clinic.knock() == 1
    assert await clinic.letters() == [FIRST, ("T-1", "alert_again", "2026-04-09T15:00")]
