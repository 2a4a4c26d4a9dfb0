"""Who reads a patient's answers: their therapists, a group's leaders, and those who cover."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import pytest_asyncio

from alliance.alerts.alert_settings import AlertSettings
from alliance.checkins.instruments import instrument
from alliance.people import permissions
from storage.alerts import alerts, evaluate
from storage.calendar import absences
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import care, relationships
from storage.people.people import Person
from tests.schedules.scheduler_clinic import (
    SchedulerClinic,
    at,
    default_detector,
    open_scheduler_clinic,
    tuesday_plan,
)


@pytest_asyncio.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[SchedulerClinic]:
    """A clinic without people, on a Monday morning."""
    async with open_scheduler_clinic(tmp_path) as opened:
        yield opened


async def checkin_of(tx: Tx, patient: Person) -> str:
    """Return the patient's latest check-in."""
    row = await tx.one("SELECT id FROM checkins WHERE patient_id = ? ORDER BY id DESC", patient.id)
    assert row is not None
    return str(row["id"])


async def ask_to_talk(clinic: SchedulerClinic, patient: Person, name: str) -> str:
    """Let the patient ask to talk about the session, which raises an alert; return the check-in.

    Args:
        clinic: The clinic.
        patient: The patient.
        name: The check-in's instrument.
    """
    async with clinic.store.transaction() as tx:
        checkin_id = await checkin_of(tx, patient)
        await tx.run(
            "UPDATE checkins SET state = 'completed', direct = 'yes', direct_after = 'talk'"
            " WHERE id = ?",
            checkin_id,
        )
        assert await evaluate.evaluate_checkin(
            tx,
            checkin_id=checkin_id,
            detector=default_detector(instrument(name)),
            alert_settings=AlertSettings(),
            at=clinic.now,
        )
    return checkin_id


async def notified_therapists(clinic: SchedulerClinic) -> list[str]:
    """Return the codes of the therapists who get a message about an alert."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all(
            "SELECT p.code FROM outbox o JOIN people p ON p.id = o.person_id"
            " WHERE o.kind = 'alert' ORDER BY p.code"
        )
    return [row["code"] for row in rows]


async def may_see(tx: Tx, who: Person, checkin_id: str, *, at: datetime) -> bool:
    """Say whether somebody may see an alert about a check-in now."""
    relations = await relationships.to_checkin(tx, who, checkin_id, at=at)
    may = permissions.is_allowed(
        permissions.role_of(who.role, who.state), permissions.Action.SEE_ALERT, relations
    )
    assert may == (who.id in await care.readers_of(tx, checkin_id=checkin_id, at=at))
    return may


async def visible_alerts(clinic: SchedulerClinic, *therapists: Person) -> list[int]:
    """Return how many open alerts each therapist can read, in the list and one by one."""
    counts = []
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT id, checkin_id FROM alerts")
        for one in therapists:
            listed = await alerts.open_of(tx, one.id, at=clinic.now)
            single = [
                row["id"]
                for row in rows
                if await may_see(tx, one, row["checkin_id"], at=clinic.now)
            ]
            assert [alert.id for alert in listed] == single
            counts.append(len(listed))
    return counts


async def test_a_check_in_is_read_by_the_current_therapists(
    clinic: SchedulerClinic,
) -> None:
    """Two therapists both get the alert; after a reassignment, the new one reads it."""
    first, second, other = [await clinic.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await clinic.add_patient("P-1", first)
    async with clinic.store.transaction() as tx:
        assert await care.add_therapist(
            tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now
        )
        assert not await care.add_therapist(
            tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now
        )
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick(at("03-03 14:10"))
    await ask_to_talk(clinic, patient, "check_in_4")
    assert await notified_therapists(clinic) == ["T-1", "T-2"]
    assert await visible_alerts(clinic, first, second, other) == [1, 1, 0]
    async with clinic.store.transaction() as tx:
        assert await care.end_care(tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now)
        assert not await care.end_care(
            tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now
        )
        await care.assign(tx, patient_id=patient.id, therapist_id=other.id, at=clinic.now)
    assert await visible_alerts(clinic, first, second, other) == [0, 0, 1]


async def test_a_group_check_in_is_read_by_the_leaders(clinic: SchedulerClinic) -> None:
    """Both leaders get it; the member's own therapist does not."""
    own, first, second = [await clinic.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await clinic.add_patient("P-1", own)
    group = await clinic.add_group("G-1", tuesday_plan(), patient)
    async with clinic.store.transaction() as tx:
        for leader in (first, second):
            await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=clinic.now)
    await clinic.tick(at("03-03 14:10"))
    await ask_to_talk(clinic, patient, "check_in_group")
    assert await notified_therapists(clinic) == ["T-2", "T-3"]
    assert await visible_alerts(clinic, own, first, second) == [0, 1, 1]
    async with clinic.store.transaction() as tx:
        assert await groups.remove_leader(
            tx, group_id=group.id, therapist_id=first.id, at=clinic.now
        )
    assert await visible_alerts(clinic, own, first, second) == [0, 0, 1]


async def test_the_cover_reads_as_long_as_the_absence_lasts(clinic: SchedulerClinic) -> None:
    """From the first day to the last, in the time zone of the absent therapist."""
    absent, cover = [await clinic.add("therapist", f"T-{n}") for n in (1, 2)]
    patient = await clinic.add_patient("P-1", absent)
    await clinic.add_plan(patient, tuesday_plan())
    async with clinic.store.transaction() as tx:
        absence_id = await absences.add(
            tx,
            person_id=absent.id,
            first_day=date(2026, 3, 3),
            last_day=date(2026, 3, 5),
            cover_id=cover.id,
            at=clinic.now,
        )
    await clinic.tick(at("03-03 14:10"))
    checkin = await ask_to_talk(clinic, patient, "check_in_4")
    assert await notified_therapists(clinic) == ["T-1", "T-2"]
    for moment, reads in (
        ("03-02 22:59", 0),  # 23:59 in Berlin
        ("03-02 23:00", 1),
        ("03-05 22:59", 1),
        ("03-05 23:00", 0),
    ):
        clinic.now = at(moment)
        assert await visible_alerts(clinic, absent, cover) == [1, reads]
    clinic.now = at("03-04 12:00")
    async with clinic.store.transaction() as tx:
        assert await may_see(tx, cover, checkin, at=clinic.now)
        assert await absences.withdraw(tx, absence_id=absence_id, at=clinic.now)
        assert not await absences.withdraw(tx, absence_id=absence_id, at=clinic.now)
    assert await visible_alerts(clinic, absent, cover) == [1, 0]
