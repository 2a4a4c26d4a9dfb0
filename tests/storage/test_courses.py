"""A course names one therapist for each session, and jumps only when the therapy does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from storage.caseload import courses
from storage.groups import groups
from storage.people import care
from storage.people.people import Person
from tests.schedules.surgery import WEEK, Surgery, a_surgery, at, tuesdays


@pytest_asyncio.fixture
async def surgery(tmp_path: Path, engine: str) -> AsyncIterator[Surgery]:
    """A practice without people, on a Monday morning."""
    async with a_surgery(tmp_path) as opened:
        yield opened


async def answered_week(surgery: Surgery, patient: Person) -> None:
    """Let a week with its session pass, and the patient answer."""
    await surgery.tick(surgery.now + WEEK)
    async with surgery.store.transaction() as tx:
        await tx.run(
            "UPDATE checkins SET state = 'completed', direct = 'no' WHERE patient_id = ?"
            " AND state IN ('planned', 'due', 'missed', 'expired')",
            patient.id,
        )


async def therapists(surgery: Surgery, patient: Person, instrument: str) -> list[str | None]:
    """Return whom each session of the course names, by code."""
    async with surgery.store.reading() as tx:
        steps = await courses.course_of(tx, patient_id=patient.id, instrument=instrument)
        rows = await tx.all("SELECT id, code FROM people UNION SELECT id, code FROM groups")
    codes = {row["id"]: row["code"] for row in rows}
    return [codes.get(step.observation.therapist or "") for step in steps]


async def test_a_co_therapist_changes_nothing(surgery: Surgery) -> None:
    """One joins, one of them leaves: the course goes on. The first one leaves: a new baseline."""
    first, second = [await surgery.add("therapist", f"T-{n}") for n in (1, 2)]
    patient = await surgery.patient("P-1", first)
    await surgery.plan(patient, tuesdays())
    surgery.now = at("03-03 14:15")
    await surgery.tick()

    async def join(joins: bool, therapist: Person) -> None:
        change = care.add_carer if joins else care.end_care
        async with surgery.store.transaction() as tx:
            assert await change(
                tx, patient_id=patient.id, therapist_id=therapist.id, at=surgery.now
            )

    await answered_week(surgery, patient)
    await join(True, second)
    await answered_week(surgery, patient)
    await join(False, second)
    await answered_week(surgery, patient)
    await join(True, second)
    await answered_week(surgery, patient)
    async with surgery.store.transaction() as tx:
        await care.assign(tx, patient_id=patient.id, therapist_id=second.id, at=surgery.now)
        assert not await care.assign(
            tx, patient_id=patient.id, therapist_id=second.id, at=surgery.now
        )
    await answered_week(surgery, patient)
    assert await therapists(surgery, patient, "check_in_4") == [*(5 * ["T-1"]), "T-2"]


async def test_a_group_is_its_own_course_whoever_leads_it(surgery: Surgery) -> None:
    """Leaders come and go; another group is another course."""
    own, first, second = [await surgery.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await surgery.patient("P-1", own)
    group = await surgery.group("G-1", tuesdays(), patient)
    other = await surgery.group("G-2", tuesdays(), patient)
    async with surgery.store.transaction() as tx:
        await groups.add_leader(tx, group_id=group.id, therapist_id=first.id, at=surgery.now)
    await answered_week(surgery, patient)
    async with surgery.store.transaction() as tx:
        await groups.remove_leader(tx, group_id=group.id, therapist_id=first.id, at=surgery.now)
        await groups.add_leader(tx, group_id=group.id, therapist_id=second.id, at=surgery.now)
    await answered_week(surgery, patient)
    async with surgery.store.reading() as tx:
        for one in (group, other):
            steps = await courses.course_of(
                tx, patient_id=patient.id, instrument="check_in_group", group_id=one.id
            )
            assert [step.observation.therapist for step in steps] == [one.id, one.id]
            around = await courses.course_around(tx, steps[0].checkin_id)
            assert around == courses.Course(patient.id, "check_in_group", one.id)
            assert await courses.steps_of(tx, around) == steps
        assert not await courses.course_of(tx, patient_id=patient.id, instrument="check_in_4")


async def test_a_group_that_asks_as_sessions_do_stays_apart(surgery: Surgery) -> None:
    """The same instrument in a patient's own sessions and in a group: two courses."""
    own = await surgery.add("therapist", "T-1")
    patient = await surgery.patient("P-1", own)
    await surgery.plan(patient, tuesdays())
    group = await surgery.group("G-1", tuesdays(instrument="check_in_4"), patient)
    await answered_week(surgery, patient)
    assert await therapists(surgery, patient, "check_in_4") == ["T-1"]
    async with surgery.store.reading() as tx:
        steps = await courses.course_of(
            tx, patient_id=patient.id, instrument="check_in_4", group_id=group.id
        )
    assert [step.observation.therapist for step in steps] == [group.id]
