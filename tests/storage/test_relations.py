"""Lists and single looks agree: what is in a therapist's lists is what the table lets them see."""

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
from tests.databases import on_both
from tests.schedules.surgery import Surgery, a_surgery

STEPS = 60
Step = Callable[[Tx], Awaitable[object]]


def may(who: Person, action: Action, theirs: permissions.Relations) -> bool:
    """Say what the table says."""
    return permissions.may(permissions.role_of(who.role, who.state), action, theirs)


@on_both
@pytest.mark.parametrize("seed", range(3))
async def test_lists_hold_what_may_be_seen_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """Whatever happens: reassigned, one more, one less, leaders, covers that come and go."""
    chance = random.Random(seed)
    async with a_surgery(tmp_path) as surgery:
        therapists = [await surgery.add("therapist", f"T-{n}") for n in range(4)]
        patients = [await surgery.patient(f"P-{n}", therapists[n]) for n in range(3)]
        async with surgery.store.transaction() as tx:
            made = [await groups.add(tx, code=f"G-{n}", at=surgery.now) for n in range(2)]
        for _ in range(STEPS):
            step = _step(chance, surgery, therapists, patients, made)
            async with surgery.store.transaction() as tx:
                await step(tx)
                await _agree(tx, surgery, therapists, patients, made)
            surgery.now += timedelta(hours=chance.choice((0, 1, 12, 30)))


def _step(
    chance: random.Random,
    surgery: Surgery,
    therapists: list[Person],
    patients: list[Person],
    made: list[groups.Group],
) -> Step:
    """Return one thing that may happen."""
    at, (one, other) = surgery.now, chance.sample(therapists, 2)
    patient, group = chance.choice(patients).id, chance.choice(made).id
    first = at.date() + timedelta(days=chance.randint(-2, 2))
    last = first + timedelta(days=chance.randint(0, 3))

    async def back(tx: Tx) -> None:
        for absence in await absences.all_from(tx, from_day=at.date()):
            await absences.withdraw(tx, absence_id=absence.id, at=at)

    return chance.choice(
        (
            lambda tx: care.assign(tx, patient_id=patient, therapist_id=one.id, at=at),
            lambda tx: care.add_carer(tx, patient_id=patient, therapist_id=one.id, at=at),
            lambda tx: care.end_care(tx, patient_id=patient, therapist_id=one.id, at=at),
            lambda tx: groups.add_leader(tx, group_id=group, therapist_id=one.id, at=at),
            lambda tx: groups.remove_leader(tx, group_id=group, therapist_id=one.id, at=at),
            lambda tx: absences.add(
                tx, person_id=one.id, first_day=first, last_day=last, cover_id=other.id, at=at
            ),
            back,
        )
    )


async def _agree(
    tx: Tx,
    surgery: Surgery,
    therapists: list[Person],
    patients: list[Person],
    made: list[groups.Group],
) -> None:
    for who in therapists:
        at = surgery.now
        listed = await caseloads.of_therapist(tx, therapist_id=who.id, at=at)
        seen = [
            one.code
            for one in patients
            if may(who, Action.SEE_COURSE, await relationships.to_patient(tx, who, one.id, at=at))
        ]
        assert [line.code for line in listed] == seen
        led = await caseloads.groups_of(tx, therapist_id=who.id, at=at)
        assert [group.code for group in led] == [
            group.code
            for group in made
            if may(who, Action.SEE_GROUP, await relationships.to_group(tx, who, group.id, at=at))
        ]


@on_both
async def test_who_treated_before_is_known_as_such(tmp_path: Path) -> None:
    """A former therapist stands in that relation; one whose care was taken back never did."""
    async with a_surgery(tmp_path) as surgery:
        await _former(surgery)


async def _former(surgery: Surgery) -> None:
    first, second = [await surgery.add("therapist", f"T-{n}") for n in (1, 2)]
    patient = await surgery.patient("P-1", first)
    at = surgery.now
    async with surgery.store.transaction() as tx:
        await care.assign(
            tx, patient_id=patient.id, therapist_id=second.id, at=at + timedelta(days=1)
        )
        for who, theirs in ((first, Relation.TREATED), (second, Relation.TREATS)):
            assert await relationships.to_patient(tx, who, patient.id, at=at) == {theirs}
        await tx.run("UPDATE care SET to_at = from_at WHERE therapist_id = ?", first.id)
        assert await relationships.to_patient(tx, first, patient.id, at=at) == frozenset()
        assert await relationships.to_patient(tx, patient, patient.id, at=at) == {Relation.OWN}
