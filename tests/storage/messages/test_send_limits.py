"""Telegram's send limits hold for all workers together, because they are in the database."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database.tx import Store
from storage.messages import delivery, outbox, send_limits
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import NoPayload
from storage.messages.send_limits import MAX_PER_SECOND
from storage.people import people
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A database with sixty patients, and three messages for each."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            for n in range(60):
                person = await people.add(
                    tx, code=f"P-{n}", role="patient", language="en", zone="UTC", at=T0
                )
                for m in range(3):
                    await outbox.post(
                        tx,
                        key=f"{n}:{m}",
                        kind=MessageKind.PROMPT,
                        person_id=person.id,
                        subject_id=f"{n}:{m}",
                        payload=NoPayload(),
                        at=T0,
                    )
        yield opened


async def test_never_faster_than_telegram_allows(store: Store) -> None:
    """Three workers and slow answers: never more than 30 in a second, nor two to one person."""
    chance, now = random.Random(4), T0
    arrived: list[tuple[datetime, str]] = []
    in_progress: list[tuple[datetime, delivery.OutboxMessage]] = []
    while len(arrived) < 180:
        async with store.transaction() as tx:
            for at, message in [one for one in in_progress if one[0] <= now]:
                await delivery.record_sent(tx, message, message_id=1, at=at)
                await send_limits.record_sent(tx, person_id=message.person_id, at=now)
                in_progress.remove((at, message))
            wait = await send_limits.time_to_wait(tx, now=now)
            blocked = await send_limits.blocked_people(tx, now=now)
            claimed = None if wait else await delivery.claim(tx, now=now, blocked_people=blocked)
            if claimed is not None:
                end = now + timedelta(seconds=chance.uniform(0, 0.3))
                in_progress.append((end, claimed))
                arrived.append((now + (end - now) * chance.random(), claimed.person_id))
                continue
        now += timedelta(seconds=0.01)
    arrived.sort()
    for at, person in arrived:
        within = [whom for then, whom in arrived if at <= then < at + SECOND]
        assert len(within) <= MAX_PER_SECOND
        assert within.count(person) == 1
    assert now - T0 < timedelta(seconds=12)


async def test_a_429_pauses_its_own_chat_and_a_second_one_all(store: Store) -> None:
    """A 429 pauses one chat; only a second one within a second pauses all."""
    async with store.transaction() as tx:
        a, b = await people.by_code(tx, "P-1"), await people.by_code(tx, "P-2")
        assert a is not None
        assert b is not None
        await send_limits.record_retry_after(tx, person_id=a.id, seconds=30, at=T0)
        assert await send_limits.blocked_people(tx, now=T0 + SECOND) == {a.id}
        assert await send_limits.time_to_wait(tx, now=T0 + SECOND) == timedelta()
        await send_limits.record_retry_after(tx, person_id=b.id, seconds=20, at=T0 + SECOND / 2)
        assert await send_limits.time_to_wait(tx, now=T0 + SECOND) == 19.5 * SECOND


async def test_setting_the_clock_back_blocks_nobody(store: Store) -> None:
    """What was recorded an hour ahead no longer counts."""
    async with store.transaction() as tx:
        person = await people.by_code(tx, "P-1")
        assert person is not None
        for _ in range(2):
            await send_limits.record_retry_after(
                tx, person_id=person.id, seconds=600, at=T0 + 3600 * SECOND
            )
        assert await send_limits.time_to_wait(tx, now=T0) == timedelta()
        assert await send_limits.blocked_people(tx, now=T0) == frozenset()


async def test_a_message_of_a_killed_worker_may_just_have_arrived(store: Store) -> None:
    """It is sent again, but not within a second."""
    async with store.transaction() as tx:
        message = await delivery.claim(tx, now=T0, blocked_people=(), worker=7)
        assert message is not None
        assert await delivery.sending_workers(tx) == {7}
        await send_limits.record_sent_by_workers(tx, [7], at=T0)
        assert await delivery.recover(tx, before=T0, dead_workers=[7]) == 1
        assert await send_limits.blocked_people(tx, now=T0) == {message.person_id}
        assert await send_limits.blocked_people(tx, now=T0 + SECOND) == frozenset()


async def test_two_workers_never_claim_the_same_message(store: Store) -> None:
    """A message claimed in one transaction is skipped by another, without waiting."""
    async with store.transaction() as tx:
        first = await delivery.claim(tx, now=T0, blocked_people=(), worker=1)
        if tx.skip_locked:  # else there is one writer, and the other one waits
            async with store.transaction() as other:
                second = await delivery.claim(other, now=T0, blocked_people=(), worker=2)
            assert first is not None
            assert second is not None
            assert first.id != second.id
