"""How fast we speak, however many workers do: it stands in the database."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database.tx import Store
from storage.messages import outbox, send_limits
from storage.messages.send_limits import OVERALL
from storage.people import people
from tests.databases import a_store

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A database with sixty patients, and three letters for each."""
    async with a_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            for n in range(60):
                person = await people.add(
                    tx, code=f"P-{n}", role="patient", language="en", zone="UTC", at=T0
                )
                for m in range(3):
                    await outbox.post(
                        tx,
                        key=f"{n}:{m}",
                        kind="prompt",
                        person_id=person.id,
                        subject_id=f"{n}:{m}",
                        at=T0,
                    )
        yield opened


async def test_never_faster_than_telegram_allows(store: Store) -> None:
    """Three workers, answers that take a while: in no second more than thirty, nor two to one."""
    chance, now = random.Random(4), T0
    arrived: list[tuple[datetime, str]] = []
    under_way: list[tuple[datetime, outbox.Letter]] = []
    while len(arrived) < 180:
        async with store.transaction() as tx:
            for at, letter in [one for one in under_way if one[0] <= now]:
                await outbox.sent(tx, letter, message_id=1, at=at)
                await send_limits.spent(tx, person_id=letter.person_id, at=now)
                under_way.remove((at, letter))
            wait = await send_limits.wait(tx, now=now)
            resting = await send_limits.resting(tx, now=now)
            mine = None if wait else await outbox.claim(tx, now=now, resting=resting)
            if mine is not None:
                end = now + timedelta(seconds=chance.uniform(0, 0.3))
                under_way.append((end, mine))
                arrived.append((now + (end - now) * chance.random(), mine.person_id))
                continue
        now += timedelta(seconds=0.01)
    arrived.sort()
    for at, person in arrived:
        within = [whom for then, whom in arrived if at <= then < at + SECOND]
        assert len(within) <= OVERALL
        assert within.count(person) == 1
    assert now - T0 < timedelta(seconds=12)


async def test_a_429_stops_its_own_chat_and_a_second_one_all(store: Store) -> None:
    """One chat's trouble is not everybody's, until Telegram says so twice."""
    async with store.transaction() as tx:
        a, b = await people.by_code(tx, "P-1"), await people.by_code(tx, "P-2")
        assert a is not None
        assert b is not None
        await send_limits.told(tx, person_id=a.id, seconds=30, at=T0)
        assert await send_limits.resting(tx, now=T0 + SECOND) == {a.id}
        assert await send_limits.wait(tx, now=T0 + SECOND) == timedelta()
        await send_limits.told(tx, person_id=b.id, seconds=20, at=T0 + SECOND / 2)
        assert await send_limits.wait(tx, now=T0 + SECOND) == 19.5 * SECOND


async def test_a_clock_that_is_set_back_stops_nobody(store: Store) -> None:
    """What was noted an hour ahead says nothing any more."""
    async with store.transaction() as tx:
        person = await people.by_code(tx, "P-1")
        assert person is not None
        for _ in range(2):
            await send_limits.told(tx, person_id=person.id, seconds=600, at=T0 + 3600 * SECOND)
        assert await send_limits.wait(tx, now=T0) == timedelta()
        assert await send_limits.resting(tx, now=T0) == frozenset()


async def test_what_a_killed_worker_had_in_hand_may_just_have_arrived(store: Store) -> None:
    """It comes back, but not within the second."""
    async with store.transaction() as tx:
        letter = await outbox.claim(tx, now=T0, resting=(), worker=7)
        assert letter is not None
        assert await outbox.senders(tx) == {7}
        await send_limits.spent_by(tx, [7], at=T0)
        assert await outbox.recover(tx, before=T0, gone=[7]) == 1
        assert await send_limits.resting(tx, now=T0) == {letter.person_id}
        assert await send_limits.resting(tx, now=T0 + SECOND) == frozenset()


async def test_two_workers_never_claim_the_same_letter(store: Store) -> None:
    """While one transaction has a letter, another one passes it over, without waiting."""
    async with store.transaction() as tx:
        mine = await outbox.claim(tx, now=T0, resting=(), worker=1)
        if tx.skipping:  # else there is one writer, and the other one waits
            async with store.transaction() as other:
                theirs = await outbox.claim(other, now=T0, resting=(), worker=2)
            assert mine is not None
            assert theirs is not None
            assert mine.id != theirs.id
