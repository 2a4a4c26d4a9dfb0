"""The hash chain of the log: any tampering with SQL is detected and located."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage.audit import audit_log, redaction
from storage.audit.change import Change
from storage.audit.hash_chain import HASHED_COLUMNS, KEYS, KEYS_PLACE, add_new_key
from storage.audit.verification import (
    Break,
    Checkpoint,
    VerificationResult,
    current_checkpoint,
    verify,
)
from storage.database import key_values
from storage.database.encryption import parse_keys
from storage.database.tx import Store, Tx
from storage.maintenance.rotate_keys import reencrypt_batch
from storage.people import people
from storage.people.people import Person
from storage.privacy import erasure
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
LINES = 30
ERASED_AT = 20
"""Number of the line of an erasure, which replaces the patient's id in all earlier lines."""

COLUMNS = (*HASHED_COLUMNS[1:], "chain_key", "salt", "digest", "link")
"""All columns except the number."""

Tamper = Callable[[Tx], Coroutine[Any, Any, None]]
NUMBERS = st.integers(1, LINES)

slow_settings = partial(
    settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A log of thirty lines about two patients, one of whom is erased at line 20."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            other, erased = [await add_patient(tx, code) for code in ("P-1", "P-2")]
        for number in range(1, LINES + 1):
            async with opened.transaction() as tx:
                at = T0 + timedelta(hours=number)
                if number == ERASED_AT:
                    await erasure.erase(Change(tx, None, at), erased)
                else:
                    is_about_erased = number % 3 == 0 and number < ERASED_AT
                    await add_line(tx, erased if is_about_erased else other, at)
        yield opened


async def add_patient(tx: Tx, code: str) -> Person:
    """Add a patient."""
    return await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=T0)


async def add_line(tx: Tx, about: Person, at: datetime) -> int:
    """Add a line to the log; return its number."""
    return await audit_log.record(
        tx, actor_id="c", action="patient.viewed", subject_id=about.id, after={"x": 1}, at=at
    )


class RollBack(Exception):
    """Rolls a transaction back and returns the result of a verification in it."""

    def __init__(self, result: VerificationResult) -> None:
        self.result = result


async def verified(
    store: Store, *checkpoints: Checkpoint, after: Tamper | None = None
) -> VerificationResult:
    """Verify the log after some tampering, which is then rolled back."""

    async def verify_and_roll_back() -> None:
        async with store.transaction() as tx:
            if after is not None:
                await after(tx)
            raise RollBack(await verify(tx, checkpoints))

    with pytest.raises(RollBack) as rolled_back:
        await verify_and_roll_back()
    return rolled_back.value.result


def broken_lines(result: VerificationResult) -> set[int]:
    """Return the numbers of all lines with a break."""
    return {number for one in result.breaks for number in range(one.first, one.last + 1)}


def sql(*statements: tuple[Any, ...]) -> Tamper:
    """Return a function that executes the statements with their values."""

    async def tamper(tx: Tx) -> None:
        for statement, *values in statements:
            await tx.run(statement, *values)

    return tamper


async def test_an_untouched_log_has_no_breaks(store: Store) -> None:
    """Even with an erasure in it, after which the erased patient's id is gone."""
    result = await verified(store)
    assert (result.first, result.last, list(result.breaks)) == (1, LINES, [])
    async with store.read_transaction() as tx:
        rows = await tx.all("SELECT number FROM audit_redactions")
        subjects = await tx.all("SELECT DISTINCT subject_id FROM audit")
    assert sorted(row["number"] for row in rows) == [3, 6, 9, 12, 15, 18]
    assert len(subjects) == 2  # the other patient, and the tombstone


@slow_settings(max_examples=150)
@given(number=NUMBERS, column=st.sampled_from(COLUMNS), value=st.sampled_from(["7", "12"]))
@example(number=6, column="subject_id", value="7")
@example(number=ERASED_AT, column="link", value="7")
@pytest.mark.fault("a line of the audit log is edited")
async def test_an_edit_of_any_column_is_found_at_its_line(
    store: Store, number: int, column: str, value: str
) -> None:
    """Actor, action, time, subject, salt, even the link: exactly that line is reported."""
    new_value = int(value) if column in ("part_of", "undoes") else value
    edit = sql((f"UPDATE audit SET {column} = ? WHERE number = ?", new_value, number))
    assert broken_lines(await verified(store, after=edit)) == {number}


@slow_settings(max_examples=60)
@given(first=NUMBERS, size=st.integers(1, LINES))
@example(first=1, size=LINES)
@example(first=LINES, size=1)
@pytest.mark.fault("lines of the audit log are deleted")
async def test_missing_lines_are_found(store: Store, first: int, size: int) -> None:
    """Anywhere, also at the beginning or end: exactly the missing lines are reported."""
    last = min(first + size - 1, LINES)
    gap = sql(("DELETE FROM audit WHERE number BETWEEN ? AND ?", first, last))
    result = await verified(store, after=gap)
    assert Break("missing", first, last) in result.breaks


@slow_settings(max_examples=40)
@given(one=NUMBERS, other=NUMBERS)
async def test_swapped_lines_are_found(store: Store, one: int, other: int) -> None:
    """Both are reported."""
    swap = sql(
        ("UPDATE audit SET number = -1 WHERE number = ?", one),
        ("UPDATE audit SET number = ? WHERE number = ?", one, other),
        ("UPDATE audit SET number = ? WHERE number = -1", other),
    )
    broken = broken_lines(await verified(store, after=swap))
    assert {one, other} <= broken if one != other else not broken


@slow_settings(max_examples=40)
@given(last=st.integers(0, LINES - 1))
@pytest.mark.fault("the end of the audit log is cut off")
async def test_a_cut_end_is_found_also_where_the_head_was_moved_back(
    store: Store, last: int
) -> None:
    """The head cannot be sealed without the key, and adding lines does not repair it."""

    async def cut(tx: Tx) -> None:
        row = await tx.one("SELECT link FROM audit WHERE number = ?", last)
        await tx.run("DELETE FROM audit WHERE number > ?", last)
        await tx.run("DELETE FROM audit_redactions WHERE by_number > ?", last)
        link = "" if row is None else row["link"]
        await tx.run("UPDATE audit_head SET number = ?, link = ?", last, link)

    async def cut_and_continue(tx: Tx) -> None:
        await cut(tx)
        await add_line(tx, await add_patient(tx, "P-9"), T0)

    assert Break("end changed", last, last) in (await verified(store, after=cut)).breaks
    result = await verified(store, after=cut_and_continue)
    assert Break("unbound", last + 1, last + 1) in result.breaks


async def test_an_old_copy_of_the_log_is_found_with_a_checkpoint(store: Store) -> None:
    """A complete old copy is valid in itself; only a checkpoint kept elsewhere reveals it."""
    async with store.read_transaction() as tx:
        checkpoint = await current_checkpoint(tx)
        head = await tx.one("SELECT * FROM audit_head")
        assert checkpoint is not None
        assert head is not None
    async with store.transaction() as tx:
        newer = await add_line(tx, await add_patient(tx, "P-9"), T0)
        newest = await current_checkpoint(tx)
        assert newest is not None

    put_head_back = "UPDATE audit_head SET number = ?, link = ?, chain_key = ?, seal = ?"
    old_head = [head[column] for column in ("number", "link", "chain_key", "seal")]
    old_copy = sql(("DELETE FROM audit WHERE number = ?", newer), (put_head_back, *old_head))

    assert not (await verified(store, checkpoint, after=old_copy)).breaks
    assert not (await verified(store, checkpoint, newest)).breaks
    result = await verified(store, newest, after=old_copy)
    assert list(result.breaks) == [Break("not as noted", newer, newer)]
    typed = Checkpoint.parse(f" {newest} ".upper())
    assert typed is not None
    assert not (await verified(store, typed)).breaks
    assert list((await verified(store, Checkpoint("0" * 16))).breaks) == [
        Break("not as noted", 0, 0)
    ]
    assert Checkpoint.parse("1234") is None


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("DELETE FROM audit_redactions WHERE number = 6", {6, ERASED_AT}),
        ("UPDATE audit_redactions SET digest = 'x' WHERE number = 6", {6, ERASED_AT}),
        ("DELETE FROM audit_redactions", {3, 6, 9, 12, 15, 18, ERASED_AT}),
        ("UPDATE audit_redactions SET by_number = 25 WHERE number = 6", {ERASED_AT, 25}),
        ("INSERT INTO audit_redactions VALUES (25, 7, 'x')", {7, 25}),
        ("INSERT INTO audit_redactions VALUES (99, 7, 'x')", {0, 7}),
        ("DELETE FROM audit_head", {LINES}),
        ("UPDATE audit_head SET first = 2", {LINES}),
        ("INSERT INTO audit (number, at, action) VALUES (31, 't', 'person.paused')", {31}),
        ("INSERT INTO audit (number, at, action) VALUES (0, 't', 'person.paused')", {0}),
        (f"DELETE FROM key_values WHERE name = '{KEYS}'", {0}),
    ],
)
async def test_tampering_with_the_chain_itself_is_found(
    store: Store, statement: str, lines: set[int]
) -> None:
    """With redactions, the head, added lines and the keys."""
    assert broken_lines(await verified(store, after=sql((statement,)))) == lines


async def test_an_erased_line_cannot_be_put_back(store: Store) -> None:
    """The original content and salt no longer match the digest."""
    async with store.transaction() as tx:
        patient = await add_patient(tx, "P-9")
        number = await add_line(tx, patient, T0)
        before = await tx.one("SELECT * FROM audit WHERE number = ?", number)
        assert before is not None
        await erasure.erase(Change(tx, None, T0), patient)
    statement = "UPDATE audit SET subject_id = ?, salt = ? WHERE number = ?"
    put_back = sql((statement, before["subject_id"], before["salt"], number))
    assert list((await verified(store, after=put_back)).breaks) == [
        Break("changed", number, number)
    ]


async def test_after_old_lines_are_deleted_the_rest_is_still_verified(store: Store) -> None:
    """Also beyond an erasure; deleting one more line by hand is found."""
    async with store.transaction() as tx:
        deleted = await redaction.forget_entries(tx, before=T0 + timedelta(hours=11), limit=4)
        deleted += await redaction.forget_entries(tx, before=T0 + timedelta(hours=11), limit=50)
    assert deleted == 10
    result = await verified(store)
    assert (result.first, result.last, list(result.breaks)) == (11, LINES, [])
    one_more = sql(("DELETE FROM audit WHERE number = 11",))
    assert list((await verified(store, after=one_more)).breaks) == [Break("missing", 11, 11)]
    async with store.transaction() as tx:
        deleted = await redaction.forget_entries(tx, before=T0 + timedelta(days=99), limit=99)
    assert deleted == LINES - 10 - 1
    result = await verified(store)
    assert (result.first, result.last, list(result.breaks)) == (LINES, LINES, [])


async def test_a_rotation_gives_the_log_a_new_key(store: Store) -> None:
    """Earlier lines are verified with the old key, later ones with the new key."""
    async with store.transaction() as tx:
        encrypted = await key_values.get_value(tx, KEYS)
        assert encrypted is not None
        renewed = add_new_key(tx.encryption.decrypt(encrypted, KEYS_PLACE))
        await key_values.set_value(tx, name=KEYS, value=tx.encryption.encrypt(renewed, KEYS_PLACE))
        await add_line(tx, await add_patient(tx, "P-9"), T0)
    async with store.read_transaction() as tx:
        used = {row["chain_key"] for row in await tx.all("SELECT chain_key FROM audit")}
    assert used == {key.id for key in parse_keys(renewed)}
    assert not (await verified(store)).breaks
    async with store.transaction() as tx:
        assert await reencrypt_batch(tx) == 0  # a key is added only when the keys are re-encrypted


async def test_lines_added_concurrently_form_one_chain(store: Store) -> None:
    """Twenty transactions at once: each number once, every link valid."""

    async def add() -> None:
        async with store.transaction() as tx:
            await audit_log.record(tx, actor_id=None, action="pause.over", at=T0)

    await asyncio.gather(*(add() for _ in range(20)))
    result = await verified(store)
    assert (result.last, list(result.breaks)) == (LINES + 20, [])
