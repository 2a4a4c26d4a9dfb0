"""The chain of the log: whatever is done to it with SQL is found, and it is said where."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage.audit import audit_log, redaction
from storage.audit.hash_chain import KEYS, KEYS_PLACE, SAID, with_fresh_key
from storage.audit.verification import Break, Mark, Proof, mark_of, verify
from storage.database import updates
from storage.database.encryption import read_keys
from storage.database.tx import Store, Tx
from storage.maintenance.rotate_keys import reseal_some
from storage.people import people
from storage.people.people import Person
from storage.privacy import erasure
from tests.databases import a_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
LINES = 30
ERASED_AT = 20
"""Number of the line that puts a tombstone into all lines about one patient before it."""

COLUMNS = (*SAID[1:], "chain_key", "salt", "digest", "link")
"""All but the number of a line, which says where it is."""

Tamper = Callable[[Tx], Coroutine[Any, Any, None]]
NUMBERS = st.integers(1, LINES)


@pytest.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A database with thirty lines about two patients, of whom one is erased on the way."""
    async with a_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            stays, goes = [await patient(tx, code) for code in ("P-1", "P-2")]
        for number in range(1, LINES + 1):
            async with opened.transaction() as tx:
                at = T0 + timedelta(hours=number)
                if number == ERASED_AT:
                    await erasure.erase(tx, patient=goes, by_role="clock", actor_id=None, at=at)
                else:
                    await viewed(tx, goes if number % 3 == 0 and number < ERASED_AT else stays, at)
        yield opened


async def patient(tx: Tx, code: str) -> Person:
    """Return somebody new."""
    return await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=T0)


async def viewed(tx: Tx, about: Person, at: datetime) -> int:
    """Add a line."""
    return await audit_log.record(
        tx, actor_id="c", action="patient.viewed", subject_id=about.id, after={"x": 1}, at=at
    )


class TakeBack(Exception):
    """Ends a transaction whose doings are not to stay."""

    def __init__(self, found: Proof) -> None:
        self.found = found


async def proven(store: Store, *noted: Mark, after: Tamper | None = None) -> Proof:
    """Prove the log, as it were after something was done to it."""

    async def tried() -> None:
        async with store.transaction() as tx:
            if after is not None:
                await after(tx)
            raise TakeBack(await verify(tx, noted))

    with pytest.raises(TakeBack) as taken_back:
        await tried()
    return taken_back.value.found


def places(proof: Proof) -> set[int]:
    """Return the numbers of all lines that something is said of."""
    return {number for one in proof.breaks for number in range(one.first, one.last + 1)}


def sql(*statements: tuple[Any, ...]) -> Tamper:
    """Return what carries statements out, with their values."""

    async def tamper(tx: Tx) -> None:
        for statement, *values in statements:
            await tx.run(statement, *values)

    return tamper


async def test_an_honest_log_is_whole(store: Store) -> None:
    """Also with an erasure in it: of whom was erased there is no word, and nothing is broken."""
    proof = await proven(store)
    assert (proof.first, proof.last, list(proof.breaks)) == (1, LINES, [])
    async with store.reading() as tx:
        rows = await tx.all("SELECT number FROM audit_redactions")
        lines = await audit_log.newest(tx, limit=LINES)
    assert sorted(row["number"] for row in rows) == [3, 6, 9, 12, 15, 18]
    assert len({line.subject_id for line in lines}) == 2  # the other patient, and the tombstone


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(number=NUMBERS, column=st.sampled_from(COLUMNS), value=st.sampled_from(["7", "12"]))
@example(number=6, column="subject_id", value="7")
@example(number=ERASED_AT, column="link", value="7")
@pytest.mark.fault("a line of the audit log is edited")
async def test_an_edit_of_any_column_is_found_at_its_line(
    store: Store, number: int, column: str, value: str
) -> None:
    """Who, what, when, about whom, the salt, the bond itself: the line is named, and only it."""
    is_number = column in ("part_of", "undoes")
    edit = sql(
        (f"UPDATE audit SET {column} = ? WHERE number = ?", int(value) if is_number else value,
         number)
    )  # fmt: skip
    assert places(await proven(store, after=edit)) == {number}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=NUMBERS, size=st.integers(1, LINES))
@example(first=1, size=LINES)
@example(first=LINES, size=1)
@pytest.mark.fault("lines of the audit log are deleted")
async def test_missing_lines_are_found(store: Store, first: int, size: int) -> None:
    """A gap anywhere, at the beginning and at the end: exactly what is missing is named."""
    last = min(first + size - 1, LINES)
    gap = sql(("DELETE FROM audit WHERE number BETWEEN ? AND ?", first, last))
    proof = await proven(store, after=gap)
    assert Break("missing", first, last) in proof.breaks


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(one=NUMBERS, other=NUMBERS)
async def test_lines_that_changed_places_are_found(store: Store, one: int, other: int) -> None:
    """Both are named."""
    swap = sql(
        ("UPDATE audit SET number = -1 WHERE number = ?", one),
        ("UPDATE audit SET number = ? WHERE number = ?", one, other),
        ("UPDATE audit SET number = ? WHERE number = -1", other),
    )
    found = places(await proven(store, after=swap))
    assert {one, other} <= found if one != other else not found


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(last=st.integers(0, LINES - 1))
@pytest.mark.fault("the end of the audit log is cut off")
async def test_a_cut_end_is_found_also_where_the_head_was_moved_back(
    store: Store, last: int
) -> None:
    """The head cannot be sealed without the key; and going on from there does not heal it."""

    async def cut(tx: Tx) -> None:
        row = await tx.one("SELECT link FROM audit WHERE number = ?", last)
        await tx.run("DELETE FROM audit WHERE number > ?", last)
        await tx.run("DELETE FROM audit_redactions WHERE by_number > ?", last)
        link = "" if row is None else row["link"]
        await tx.run("UPDATE audit_head SET number = ?, link = ?", last, link)

    async def cut_and_gone_on(tx: Tx) -> None:
        await cut(tx)
        await viewed(tx, await patient(tx, "P-9"), T0)

    assert Break("end changed", last, last) in (await proven(store, after=cut)).breaks
    gone_on = await proven(store, after=cut_and_gone_on)
    assert Break("unbound", last + 1, last + 1) in gone_on.breaks


async def test_an_earlier_state_of_everything_is_found_by_a_mark_kept_elsewhere(
    store: Store,
) -> None:
    """Who puts a whole old copy in place cannot be found from within; the mark finds it."""
    async with store.reading() as tx:
        mark = await mark_of(tx)
        head = await tx.one("SELECT * FROM audit_head")
        assert mark is not None
        assert head is not None
    async with store.transaction() as tx:
        newer = await viewed(tx, await patient(tx, "P-9"), T0)
        newest = await mark_of(tx)
        assert newest is not None

    old_copy = sql(
        ("DELETE FROM audit WHERE number = ?", newer),
        ("UPDATE audit_head SET number = ?, link = ?, chain_key = ?, seal = ?", head["number"],
         head["link"], head["chain_key"], head["seal"]),
    )  # fmt: skip

    assert not (await proven(store, mark, after=old_copy)).breaks
    assert not (await proven(store, mark, newest)).breaks
    found = await proven(store, newest, after=old_copy)
    assert list(found.breaks) == [Break("not as noted", newer, newer)]
    typed = Mark.read(f" {newest} ".upper())
    assert typed is not None
    assert not (await proven(store, typed)).breaks
    assert list((await proven(store, Mark("0" * 16))).breaks) == [Break("not as noted", 0, 0)]
    assert Mark.read("1234") is None


@pytest.mark.parametrize(
    ("statement", "where"),
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
        (f"DELETE FROM facts WHERE name = '{KEYS}'", {0}),
    ],
)
async def test_what_holds_the_chain_together_is_proven_too(
    store: Store, statement: str, where: set[int]
) -> None:
    """What erasures changed, the head, a line that nobody here wrote, and the keys."""
    assert places(await proven(store, after=sql((statement,)))) == where


async def test_an_erased_line_cannot_be_put_back(store: Store) -> None:
    """The line as it was before the erasure, salt and all, is no longer what it says."""
    async with store.transaction() as tx:
        somebody = await patient(tx, "P-9")
        number = await viewed(tx, somebody, T0)
        before = await tx.one("SELECT * FROM audit WHERE number = ?", number)
        assert before is not None
        await erasure.erase(tx, patient=somebody, by_role="clock", actor_id=None, at=T0)
    put_back = sql(
        ("UPDATE audit SET subject_id = ?, salt = ? WHERE number = ?", before["subject_id"],
         before["salt"], number)
    )  # fmt: skip
    assert list((await proven(store, after=put_back)).breaks) == [Break("changed", number, number)]


async def test_old_lines_are_forgotten_and_the_rest_is_proven(store: Store) -> None:
    """Also past an erasure; whoever deletes one line more by hand is found."""
    async with store.transaction() as tx:
        gone = await redaction.forget_lines(tx, before=T0 + timedelta(hours=11), limit=4)
        gone += await redaction.forget_lines(tx, before=T0 + timedelta(hours=11), limit=50)
    assert gone == 10
    proof = await proven(store)
    assert (proof.first, proof.last, list(proof.breaks)) == (11, LINES, [])
    more = sql(("DELETE FROM audit WHERE number = 11",))
    assert list((await proven(store, after=more)).breaks) == [Break("missing", 11, 11)]
    async with store.transaction() as tx:
        gone = await redaction.forget_lines(tx, before=T0 + timedelta(days=99), limit=99)
    assert gone == LINES - 10 - 1
    proof = await proven(store)
    assert (proof.first, proof.last, list(proof.breaks)) == (LINES, LINES, [])


async def test_a_rotation_gives_the_log_a_key_that_no_old_key_opens(store: Store) -> None:
    """What was written before is proven with the old one, what comes with the new one."""
    async with store.transaction() as tx:
        kept = await updates.recall(tx, KEYS)
        assert kept is not None
        renewed = with_fresh_key(tx.sealing.opened(kept, KEYS_PLACE))
        await updates.learn(tx, name=KEYS, value=tx.sealing.seal(renewed, KEYS_PLACE))
        await viewed(tx, await patient(tx, "P-9"), T0)
    async with store.reading() as tx:
        used = {row["chain_key"] for row in await tx.all("SELECT chain_key FROM audit")}
    assert used == {key.id for key in read_keys(renewed)}
    assert not (await proven(store)).breaks
    async with store.transaction() as tx:
        assert await reseal_some(tx) == 0  # and that is done once, when its seal is renewed


async def test_lines_that_are_added_at_the_same_moment_are_one_chain(store: Store) -> None:
    """Twenty transactions at once: every number once, every bond whole."""

    async def add() -> None:
        async with store.transaction() as tx:
            await audit_log.record(tx, actor_id=None, action="pause.over", at=T0)

    await asyncio.gather(*(add() for _ in range(20)))
    proof = await proven(store)
    assert (proof.last, list(proof.breaks)) == (LINES + 20, [])
