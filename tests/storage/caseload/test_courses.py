"""A course names one therapist per session; only a real change of therapist resets it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio

from storage.caseload import courses
from storage.caseload.courses import CourseKey
from storage.groups import groups
from storage.people import care
from storage.people.people import Person
from tests.schedules.scheduler_clinic import (
    WEEK,
    SchedulerClinic,
    at,
    open_scheduler_clinic,
    tuesday_plan,
)

CareFunction = Callable[..., Awaitable[object]]


@pytest_asyncio.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[SchedulerClinic]:
    """A clinic without people, on a Monday morning."""
    async with open_scheduler_clinic(tmp_path) as opened:
        yield opened


async def answered_week(clinic: SchedulerClinic, patient: Person) -> None:
    """Let a week with one session pass, and let the patient answer."""
    await clinic.tick(clinic.now + WEEK)
    async with clinic.store.transaction() as tx:
        await tx.run(
            "UPDATE checkins SET state = 'completed', direct = 'no' WHERE patient_id = ?"
            " AND state IN ('planned', 'due', 'missed', 'expired')",
            patient.id,
        )


async def therapist_codes(
    clinic: SchedulerClinic, patient: Person, instrument: str
) -> list[str | None]:
    """Return the therapist of each session of the course, by code."""
    async with clinic.store.read_transaction() as tx:
        steps = await courses.steps_of(tx, CourseKey(patient.id, instrument))
        rows = await tx.all("SELECT id, code FROM people UNION SELECT id, code FROM groups")
    codes = {row["id"]: row["code"] for row in rows}
    return [codes.get(step.observation.therapist or "") for step in steps]


async def test_a_co_therapist_changes_nothing(clinic: SchedulerClinic) -> None:
    """When a second one joins or leaves, the course continues; when the first leaves, it resets."""
    first, second = [await clinic.add("therapist", f"T-{n}") for n in (1, 2)]
    patient = await clinic.add_patient("P-1", first)
    await clinic.add_plan(patient, tuesday_plan())
    clinic.now = at("03-03 14:15")
    await clinic.tick()

    async def change_care(change: CareFunction) -> None:
        async with clinic.store.transaction() as tx:
            assert await change(tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now)

    await answered_week(clinic, patient)
    await change_care(care.add_therapist)
    await answered_week(clinic, patient)
    await change_care(care.end_care)
    await answered_week(clinic, patient)
    await change_care(care.add_therapist)
    await answered_week(clinic, patient)
    async with clinic.store.transaction() as tx:
        await care.assign(tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now)
        assert not await care.assign(
            tx, patient_id=patient.id, therapist_id=second.id, at=clinic.now
        )
    await answered_week(clinic, patient)
    assert await therapist_codes(clinic, patient, "check_in_4") == [*(5 * ["T-1"]), "T-2"]


async def test_each_group_is_one_course_whoever_leads_it(clinic: SchedulerClinic) -> None:
    """A change of leader does not reset it; another group is another course."""
    therapist, first, second = [await clinic.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await clinic.add_patient("P-1", therapist)
    group = await clinic.add_group("G-1", tuesday_plan(), patient)
    other = await clinic.add_group("G-2", tuesday_plan(), patient)
    async with clinic.store.transaction() as tx:
        await groups.add_leader(tx, group_id=group.id, therapist_id=first.id, at=clinic.now)
    await answered_week(clinic, patient)
    async with clinic.store.transaction() as tx:
        await groups.remove_leader(tx, group_id=group.id, therapist_id=first.id, at=clinic.now)
        await groups.add_leader(tx, group_id=group.id, therapist_id=second.id, at=clinic.now)
    await answered_week(clinic, patient)
    async with clinic.store.read_transaction() as tx:
        for one in (group, other):
            course = CourseKey(patient.id, "check_in_group", one.id)
            steps = await courses.steps_of(tx, course)
            assert [step.observation.therapist for step in steps] == [one.id, one.id]
            assert await courses.course_of_checkin(tx, steps[0].checkin_id) == course
        assert not await courses.steps_of(tx, CourseKey(patient.id, "check_in_4"))


async def test_individual_and_group_sessions_are_separate_courses(clinic: SchedulerClinic) -> None:
    """Even with the same instrument."""
    therapist = await clinic.add("therapist", "T-1")
    patient = await clinic.add_patient("P-1", therapist)
    await clinic.add_plan(patient, tuesday_plan())
    group = await clinic.add_group("G-1", tuesday_plan(instrument="check_in_4"), patient)
    await answered_week(clinic, patient)
    assert await therapist_codes(clinic, patient, "check_in_4") == ["T-1"]
    async with clinic.store.read_transaction() as tx:
        steps = await courses.steps_of(tx, CourseKey(patient.id, "check_in_4", group.id))
    assert [step.observation.therapist for step in steps] == [group.id]
