"""Who reads what a patient answers: therapists in care, leaders, and who stands in today."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import pytest_asyncio

from alliance.alerts.alert_settings import Patience
from alliance.checkins.instruments import instrument as asked
from alliance.people import permissions
from storage.alerts import alerts, evaluate
from storage.calendar import absences
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import care, relationships
from storage.people.people import Person
from tests.schedules.surgery import Surgery, a_surgery, at, tuesdays, usual


@pytest_asyncio.fixture
async def surgery(tmp_path: Path, engine: str) -> AsyncIterator[Surgery]:
    """A practice without people, on a Monday morning."""
    async with a_surgery(tmp_path) as opened:
        yield opened


async def checkin_of(tx: Tx, patient: Person) -> str:
    """Return the patient's latest check-in."""
    row = await tx.one("SELECT id FROM checkins WHERE patient_id = ? ORDER BY id DESC", patient.id)
    assert row is not None
    return str(row["id"])


async def wants_to_talk(surgery: Surgery, patient: Person, instrument: str) -> str:
    """Let the patient ask to take something up, which raises an alert; return the check-in."""
    async with surgery.store.transaction() as tx:
        checkin_id = await checkin_of(tx, patient)
        await tx.run(
            "UPDATE checkins SET state = 'completed', direct = 'yes', direct_after = 'talk'"
            " WHERE id = ?",
            checkin_id,
        )
        assert await evaluate.judge(
            tx,
            checkin_id=checkin_id,
            detector=usual(asked(instrument)),
            patience=Patience(),
            at=surgery.now,
        )
    return checkin_id


async def told(surgery: Surgery) -> list[str]:
    """Return who gets a letter about an alert, by code."""
    async with surgery.store.reading() as tx:
        rows = await tx.all(
            "SELECT p.code FROM outbox o JOIN people p ON p.id = o.person_id"
            " WHERE o.kind = 'alert' ORDER BY p.code"
        )
    return [row["code"] for row in rows]


async def may_see(tx: Tx, who: Person, checkin_id: str, *, at: datetime) -> bool:
    """Say whether somebody may see an alert about a check-in now."""
    theirs = await relationships.to_checkin(tx, who, checkin_id, at=at)
    may = permissions.may(
        permissions.role_of(who.role, who.state), permissions.Action.SEE_ALERT, theirs
    )
    assert may == (who.id in await care.readers_of(tx, checkin_id=checkin_id, at=at))
    return may


async def sees(surgery: Surgery, *therapists: Person) -> list[int]:
    """Return how many open alerts each therapist can read, listed and one by one."""
    found = []
    async with surgery.store.reading() as tx:
        everyone = await tx.all("SELECT id, checkin_id FROM alerts")
        for one in therapists:
            listed = await alerts.open_of(tx, one.id, at=surgery.now)
            single = [
                row["id"]
                for row in everyone
                if await may_see(tx, one, row["checkin_id"], at=surgery.now)
            ]
            assert [alert.id for alert in listed] == single
            found.append(len(listed))
    return found


async def test_a_check_in_is_read_by_those_who_look_after_the_patient_now(
    surgery: Surgery,
) -> None:
    """Two therapists both get the alert; after a change it is the new one who reads it."""
    first, second, other = [await surgery.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await surgery.patient("P-1", first)
    async with surgery.store.transaction() as tx:
        assert await care.add_carer(
            tx, patient_id=patient.id, therapist_id=second.id, at=surgery.now
        )
        assert not await care.add_carer(
            tx, patient_id=patient.id, therapist_id=second.id, at=surgery.now
        )
    await surgery.plan(patient, tuesdays())
    await surgery.tick(at("03-03 14:10"))
    await wants_to_talk(surgery, patient, "check_in_4")
    assert await told(surgery) == ["T-1", "T-2"]
    assert await sees(surgery, first, second, other) == [1, 1, 0]
    async with surgery.store.transaction() as tx:
        assert await care.end_care(
            tx, patient_id=patient.id, therapist_id=second.id, at=surgery.now
        )
        assert not await care.end_care(
            tx, patient_id=patient.id, therapist_id=second.id, at=surgery.now
        )
        await care.assign(tx, patient_id=patient.id, therapist_id=other.id, at=surgery.now)
    assert await sees(surgery, first, second, other) == [0, 0, 1]


async def test_a_group_s_check_in_is_read_by_its_leaders(surgery: Surgery) -> None:
    """Both leaders get it; the member's own therapist does not, for it is not about them."""
    own, first, second = [await surgery.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await surgery.patient("P-1", own)
    group = await surgery.group("G-1", tuesdays(), patient)
    async with surgery.store.transaction() as tx:
        for leader in (first, second):
            await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=surgery.now)
    await surgery.tick(at("03-03 14:10"))
    await wants_to_talk(surgery, patient, "check_in_group")
    assert await told(surgery) == ["T-2", "T-3"]
    assert await sees(surgery, own, first, second) == [0, 1, 1]
    async with surgery.store.transaction() as tx:
        assert await groups.remove_leader(
            tx, group_id=group.id, therapist_id=first.id, at=surgery.now
        )
    assert await sees(surgery, own, first, second) == [0, 0, 1]


async def test_the_cover_reads_as_long_as_the_absence_lasts(surgery: Surgery) -> None:
    """From the first day to the last, by the clocks of who is away; then no longer."""
    first, cover = [await surgery.add("therapist", f"T-{n}") for n in (1, 2)]
    patient = await surgery.patient("P-1", first)
    await surgery.plan(patient, tuesdays())
    async with surgery.store.transaction() as tx:
        away = await absences.add(
            tx,
            person_id=first.id,
            first_day=date(2026, 3, 3),
            last_day=date(2026, 3, 5),
            cover_id=cover.id,
            at=surgery.now,
        )
    await surgery.tick(at("03-03 14:10"))
    checkin = await wants_to_talk(surgery, patient, "check_in_4")
    assert await told(surgery) == ["T-1", "T-2"]
    for moment, reads in (
        ("03-02 22:59", 0),  # 23:59 in Berlin
        ("03-02 23:00", 1),
        ("03-05 22:59", 1),
        ("03-05 23:00", 0),
    ):
        surgery.now = at(moment)
        assert await sees(surgery, first, cover) == [1, reads]
    surgery.now = at("03-04 12:00")
    async with surgery.store.transaction() as tx:
        assert await may_see(tx, cover, checkin, at=surgery.now)
        assert await absences.withdraw(tx, absence_id=away, at=surgery.now)
        assert not await absences.withdraw(tx, absence_id=away, at=surgery.now)
    assert await sees(surgery, first, cover) == [1, 0]
