"""/undo: whatever a coordinator changes, undoing everything restores the initial state."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import Timetable
from alliance.errors import Refusal
from storage.audit import audit_log, undo
from storage.audit.change import Change
from storage.calendar import edit_plans
from storage.database.open_database import open_database
from storage.database.tx import Store, Tx
from storage.groups import change_groups, groups
from storage.maintenance.migrate import migrate
from storage.people import change_care, change_status, end_of_treatment, people, time_zones
from storage.people.invite import SiteLocale, invite, renew, withdraw
from storage.people.people import Person
from tests.databases import ENCRYPTION, fresh_database_address, on_both_engines, query_rows
from tests.properties import check_property

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LOCALE = SiteLocale("en", "UTC")

QUERIES = (
    "SELECT code, role, state, paused_until, is_test, ended_at, zone FROM people ORDER BY code",
    "SELECT patient_id, therapist_id, from_at FROM care WHERE to_at IS NULL ORDER BY id",
    "SELECT id FROM plans WHERE ended_at IS NULL ORDER BY id",
    "SELECT id FROM groups WHERE ended_at IS NULL ORDER BY id",
    "SELECT id FROM memberships WHERE to_at IS NULL ORDER BY id",
    "SELECT id FROM leaders WHERE to_at IS NULL ORDER BY id",
    "SELECT id FROM invitations WHERE withdrawn_at IS NULL ORDER BY id",
)
"""Together, these show the state of everything that the changes below touch."""

CHANGES = (
    *("assign", "add therapist", "remove therapist", "pause", "resume", "end", "test", "zone"),
    *("withdraw", "renew", "invite", "make group", "end group", "join", "leave", "lead"),
)
CHANGE = st.tuples(
    st.sampled_from(CHANGES),
    st.sampled_from(("P-1", "P-2")),
    st.sampled_from(("T-1", "T-2", "T-3")),
)


def snapshot(address: str) -> list[list[tuple[Any, ...]]]:
    """Return the current state."""
    return [query_rows(address, query) for query in QUERIES]


async def set_up(store: Store) -> None:
    """Add three therapists and two patients, one with everything that a patient can have."""
    async with store.transaction() as tx:
        for role, code in (
            ("coordinator", "C-1"),
            ("therapist", "T-1"),
            ("therapist", "T-2"),
            ("therapist", "T-3"),
            ("patient", "P-1"),
            ("patient", "P-2"),
        ):
            person = await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)
            if code != "P-2":
                await people.set_state(tx, person_id=person.id, state="active")
        change = Change(tx, None, T0)
        patient = await person_of(tx, "P-1")
        await change_care.assign(change, patient, await person_of(tx, "T-1"))
        rule = RecurrenceRule("week", 1, (1,))
        timetable = Timetable(rule, date(2026, 3, 3), time(14), "UTC")
        await edit_plans.set_plan(tx, patient_id=patient.id, timetable=timetable, at=T0)
        group = await change_groups.make(change, "G-1")
        await change_groups.join(change, group, patient, from_at=T0)
        await edit_plans.set_plan(tx, group_id=group.id, timetable=timetable, at=T0)


async def person_of(tx: Tx, code: str) -> Person:
    """Return the person with that code."""
    person = await people.by_code(tx, code)
    assert person is not None
    return person


async def make_change(change: Change, name: str, patient: Person, therapist: Person) -> None:
    """Make one change, as a button does."""
    match name:
        case "assign":
            await change_care.assign(change, patient, therapist)
        case "add therapist":
            await change_care.add_therapist(change, patient, therapist)
        case "remove therapist":
            await change_care.remove_therapist(change, patient, therapist)
        case "pause":
            await change_status.pause(change, patient, date(2026, 4, 1))
        case "resume":
            await change_status.resume(change, patient)
        case "end":
            await end_of_treatment.end(change, patient)
        case "test":
            await change_status.mark_test(change, patient, is_test=not patient.is_test)
        case "zone":
            zone = "Europe/Berlin" if patient.zone == "UTC" else "UTC"
            await time_zones.set_zone(change, patient, zone)
        case "withdraw":
            await withdraw(change, patient)
        case "renew":
            await renew(change, patient)
        case "invite":
            await invite(
                change,
                code=f"N-{change.at:%S}",
                role="patient",
                locale=LOCALE,
                therapist=therapist.code,
            )
        case _:
            await make_group_change(change, name, patient, therapist)


async def make_group_change(change: Change, name: str, patient: Person, therapist: Person) -> None:
    """Make a change of the group G-1, or make another group."""
    if name == "make group":
        await change_groups.make(change, f"G-{change.at:%S}")
        return
    group = await groups.by_code(change.tx, "G-1")
    assert group is not None
    match name:
        case "end group":
            await change_groups.end(change, group)
        case "join":
            await change_groups.join(change, group, patient, from_at=change.at)
        case "leave":
            await change_groups.leave(change, group, patient, to_at=change.at)
        case "lead":
            if not await change_groups.join(change, group, therapist, from_at=change.at):
                await change_groups.leave(change, group, therapist, to_at=change.at)


async def change_and_undo(
    store: Store, address: str, changes: Sequence[tuple[str, str, str]]
) -> None:
    """Make all changes, then undo them one by one; each earlier state must come back."""
    await migrate(store, now=T0)
    await set_up(store)
    now, snapshots, coordinator = T0, [snapshot(address)], ""
    for name, patient, therapist in changes:
        now += SECOND
        try:
            async with store.transaction() as tx:
                coordinator = (await person_of(tx, "C-1")).id
                await make_change(
                    Change(tx, coordinator, now),
                    name,
                    await person_of(tx, patient),
                    await person_of(tx, therapist),
                )
        except Refusal:
            continue
        async with store.read_transaction() as tx:
            entries = await audit_log.by_actor(tx, actor_id=coordinator, since=now)
        if entries:
            snapshots.append(snapshot(address))
    while len(snapshots) > 1:
        snapshots.pop()
        now += SECOND
        async with store.transaction() as tx:
            step = await undo.last_step(tx, actor_id=coordinator, now=now)
            assert step is not None
            await undo.undo_last_step(tx, actor_id=coordinator, number=step.number, at=now)
        assert snapshot(address) == snapshots[-1], step.first_entry.action
    async with store.read_transaction() as tx:
        assert await undo.last_step(tx, actor_id=coordinator, now=now) is None


@on_both_engines
def test_undoing_everything_restores_the_beginning() -> None:
    """Any changes, in any order: /undo goes back through every earlier state."""
    some = st.lists(CHANGE, min_size=1, max_size=12)
    check_property(_run_on_a_fresh_database, some, sqlite_examples=40, postgresql_examples=5)


async def _run_on_a_fresh_database(changes: list[tuple[str, str, str]]) -> None:
    # Each example has a database of its own.
    with tempfile.TemporaryDirectory() as folder:
        async with fresh_database_address(Path(folder)) as address:
            store = await open_database(address, encryption=ENCRYPTION)
            try:
                await change_and_undo(store, address, changes)
            finally:
                await store.close()
