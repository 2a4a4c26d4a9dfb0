"""Lists and single records agree: a therapist's lists contain exactly what they may see."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from alliance.people import permissions
from alliance.people.permissions import Action, Relation
from storage.calendar import absences
from storage.caseload import caseloads
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import care, relationships
from storage.people.people import Person
from tests.databases import on_both_engines
from tests.schedules.scheduler_clinic import SchedulerClinic, open_scheduler_clinic

STEPS = 60
Step = Callable[[Tx], Awaitable[object]]


def may(person: Person, action: Action, relations: permissions.Relations) -> bool:
    """Say what the permission table says."""
    role = permissions.role_of(person.role, person.state)
    return permissions.is_allowed(role, action, relations)


@on_both_engines
@pytest.mark.parametrize("seed", range(3))
async def test_lists_contain_exactly_what_may_be_seen(tmp_path: Path, seed: int) -> None:
    """However patients are reassigned, and therapists, leaders and covers come and go."""
    chance = random.Random(seed)
    async with open_scheduler_clinic(tmp_path) as clinic:
        therapists = [await clinic.add("therapist", f"T-{n}") for n in range(4)]
        patients = [await clinic.add_patient(f"P-{n}", therapists[n]) for n in range(3)]
        async with clinic.store.transaction() as tx:
            clinic_groups = [await groups.add(tx, code=f"G-{n}", at=clinic.now) for n in range(2)]
        for _ in range(STEPS):
            step = _step(chance, clinic, therapists, patients, clinic_groups)
            async with clinic.store.transaction() as tx:
                await step(tx)
                await _check_lists(tx, clinic, therapists, patients, clinic_groups)
            clinic.now += timedelta(hours=chance.choice((0, 1, 12, 30)))


def _step(
    chance: random.Random,
    clinic: SchedulerClinic,
    therapists: list[Person],
    patients: list[Person],
    clinic_groups: list[groups.Group],
) -> Step:
    """Return one random change."""
    at, (one, other) = clinic.now, chance.sample(therapists, 2)
    patient, group = chance.choice(patients).id, chance.choice(clinic_groups).id
    first = at.date() + timedelta(days=chance.randint(-2, 2))
    last = first + timedelta(days=chance.randint(0, 3))

    async def withdraw_absences(tx: Tx) -> None:
        for absence in await absences.all_from(tx, from_day=at.date()):
            await absences.withdraw(tx, absence_id=absence.id, at=at)

    return chance.choice(
        (
            lambda tx: care.assign(tx, patient_id=patient, therapist_id=one.id, at=at),
            lambda tx: care.add_therapist(tx, patient_id=patient, therapist_id=one.id, at=at),
            lambda tx: care.end_care(tx, patient_id=patient, therapist_id=one.id, at=at),
            lambda tx: groups.add_leader(tx, group_id=group, therapist_id=one.id, at=at),
            lambda tx: groups.remove_leader(tx, group_id=group, therapist_id=one.id, at=at),
            lambda tx: absences.add(
                tx, person_id=one.id, first_day=first, last_day=last, cover_id=other.id, at=at
            ),
            withdraw_absences,
        )
    )


async def _check_lists(
    tx: Tx,
    clinic: SchedulerClinic,
    therapists: list[Person],
    patients: list[Person],
    clinic_groups: list[groups.Group],
) -> None:
    at = clinic.now
    for who in therapists:
        listed = await caseloads.of_therapist(tx, therapist_id=who.id, at=at)
        visible = [
            one.code
            for one in patients
            if may(who, Action.SEE_COURSE, await relationships.to_patient(tx, who, one.id, at=at))
        ]
        assert [line.code for line in listed] == visible
        led = await caseloads.groups_of(tx, therapist_id=who.id, at=at)
        assert [group.code for group in led] == [
            group.code
            for group in clinic_groups
            if may(who, Action.SEE_GROUP, await relationships.to_group(tx, who, group.id, at=at))
        ]


@on_both_engines
async def test_a_former_therapist_is_known_as_such(tmp_path: Path) -> None:
    """A therapist whose care was undone never treated the patient."""
    async with open_scheduler_clinic(tmp_path) as clinic:
        await _check_former_therapist(clinic)


async def _check_former_therapist(clinic: SchedulerClinic) -> None:
    first, second = [await clinic.add("therapist", f"T-{n}") for n in (1, 2)]
    patient = await clinic.add_patient("P-1", first)
    at = clinic.now
    async with clinic.store.transaction() as tx:
        await care.assign(
            tx, patient_id=patient.id, therapist_id=second.id, at=at + timedelta(days=1)
        )
        for who, relation in ((first, Relation.TREATED), (second, Relation.TREATS)):
            assert await relationships.to_patient(tx, who, patient.id, at=at) == {relation}
        await tx.run("UPDATE care SET to_at = from_at WHERE therapist_id = ?", first.id)
        assert await relationships.to_patient(tx, first, patient.id, at=at) == frozenset()
        assert await relationships.to_patient(tx, patient, patient.id, at=at) == {Relation.OWN}
