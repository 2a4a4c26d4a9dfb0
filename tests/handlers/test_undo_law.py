"""The law of /undo: whatever a coordinator changed, taking it all back leads to the beginning."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Timetable
from alliance.errors import Refusal
from handlers.people import changes
from handlers.people import invite as coordinating
from handlers.people.changes import Act
from handlers.people.invite import SitePlace
from storage.audit import audit_log, undo
from storage.calendar import edit_plans
from storage.database.open_database import open_database
from storage.database.tx import Store, Tx
from storage.groups import groups
from storage.maintenance.migrate import migrate
from storage.people import people
from storage.people.people import Person
from tests.databases import SEALING, an_address, on_both, rows_of
from tests.laws import hold

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SITE = SitePlace("en", "UTC")
"""A database of its own for each; a server takes two seconds to make one."""

WHAT_IS_SO = (
    "SELECT code, role, state, paused_until, is_test, ended_at FROM people ORDER BY code",
    "SELECT patient_id, therapist_id, from_at FROM care WHERE to_at IS NULL ORDER BY id",
    "SELECT id FROM plans WHERE ended_at IS NULL ORDER BY id",
    "SELECT id FROM memberships WHERE to_at IS NULL ORDER BY id",
    "SELECT id FROM invitations WHERE withdrawn_at IS NULL ORDER BY id",
)

DEEDS = ("assign", "co", "less", "pause", "resume", "end", "test", "withdraw", "renew", "invite")
deed = st.tuples(
    st.sampled_from(DEEDS), st.sampled_from(("P-1", "P-2")), st.sampled_from(("T-1", "T-2", "T-3"))
)


def picture(address: str) -> list[list[tuple[Any, ...]]]:
    """Return what is so now."""
    return [rows_of(address, query) for query in WHAT_IS_SO]


async def begin(store: Store) -> None:
    """Let there be three therapists and two patients, one with all that a patient can have."""
    async with store.transaction() as tx:
        for role, code in (
            ("coordinator", "C-1"),
            ("therapist", "T-1"),
            ("therapist", "T-2"),
            ("therapist", "T-3"),
            ("patient", "P-1"),
            ("patient", "P-2"),
        ):
            one = await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)
            if code != "P-2":
                await people.set_state(tx, person_id=one.id, state="active")
        patient, therapist = await named(tx, "P-1"), await named(tx, "T-1")
        await changes.assign(Act(tx, None, T0), patient, therapist)
        rule = Rule("week", 1, (1,))
        timetable = Timetable(rule, date(2026, 3, 3), time(14), "UTC")
        await edit_plans.set_plan(tx, patient_id=patient.id, timetable=timetable, at=T0)
        group = await groups.add(tx, code="G-1", at=T0)
        await groups.add_member(tx, group_id=group.id, patient_id=patient.id, at=T0)


async def named(tx: Tx, code: str) -> Person:
    """Return the person of that code."""
    found = await people.by_code(tx, code)
    assert found is not None
    return found


async def change(tx: Tx, act: Act, what: str, patient: Person, therapist: Person) -> None:
    """Do one thing as a button would."""
    match what:
        case "assign":
            await changes.assign(act, patient, therapist)
        case "co":
            await changes.add_carer(act, patient, therapist)
        case "less":
            await changes.remove_carer(act, patient, therapist)
        case "pause":
            await changes.pause(act, patient, date(2026, 4, 1))
        case "resume":
            await changes.resume(act, patient)
        case "end":
            await changes.end(act, patient)
        case "test":
            await changes.mark_test(act, patient, is_test=not patient.is_test)
        case "withdraw":
            await changes.withdraw(act, patient)
        case "renew":
            await coordinating.renew(act, patient)
        case "invite":
            await coordinating.invite(
                tx, code=f"N-{act.at:%S}", role="patient", therapist=therapist.code, site=SITE,
                at=act.at, by=act.actor_id,
            )  # fmt: skip


async def play(store: Store, address: str, deeds: Sequence[tuple[str, str, str]]) -> None:
    """Do everything, then take it back one by one; every picture comes again, last one first."""
    await migrate(store, now=T0)
    await begin(store)
    now, pictures, boss = T0, [picture(address)], ""
    for what, patient, therapist in deeds:
        now += SECOND
        try:
            async with store.transaction() as tx:
                boss = (await named(tx, "C-1")).id
                act = Act(tx, boss, now)
                await change(tx, act, what, await named(tx, patient), await named(tx, therapist))
        except Refusal:
            continue
        async with store.reading() as tx:
            lines = await audit_log.by_actor(tx, actor_id=boss, since=now)
        if lines:
            pictures.append(picture(address))
    while len(pictures) > 1:
        pictures.pop()
        now += SECOND
        async with store.transaction() as tx:
            step = await undo.last_step(tx, actor_id=boss, now=now)
            assert step is not None
            await undo.take_back(tx, actor_id=boss, number=step.number, at=now)
        assert picture(address) == pictures[-1], step.head.action
    async with store.reading() as tx:
        assert await undo.last_step(tx, actor_id=boss, now=now) is None


@on_both
def test_taking_everything_back_leads_to_the_beginning() -> None:
    """Any changes, in any order: /undo walks back through every state there was."""
    some = st.lists(deed, min_size=1, max_size=12)
    hold(_play_on_a_fresh_database, some, on_a_file=40, on_a_server=5)


async def _play_on_a_fresh_database(deeds: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with an_address(Path(folder)) as address:
            store = await open_database(address, sealing=SEALING)
            try:
                await play(store, address, deeds)
            finally:
                await store.close()
