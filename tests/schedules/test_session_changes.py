"""Sessions that are moved, cancelled or added; holidays; absences with and without cover."""

from dataclasses import replace
from datetime import date, time

from alliance.calendar.ask_or_not import WhyNot
from storage.calendar import absences, edit_plans, session_changes
from storage.database.tx import Tx
from storage.people import care
from storage.people.people import Person
from tests.schedules.scheduler_clinic import HOUR, T0, WEEK, SchedulerClinic, at, tuesday_plan


async def test_the_check_in_follows_a_moved_session(clinic: SchedulerClinic) -> None:
    """Tuesday's session is on Thursday: so is its check-in."""
    patient = await clinic.add_patient("P-1")
    plan = await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        assert await session_changes.move(
            tx,
            plan_id=plan,
            planned_for=at("03-03 13:00"),
            starts_at=at("03-05 10:00"),
            at=clinic.now,
        )
    entries = await clinic.preview(clinic.now + WEEK)
    await clinic.tick(at("03-03 16:00"))
    assert await clinic.sent_prompts() == []
    await clinic.tick(at("03-05 11:10"))
    await clinic.tick(at("03-05 11:15"))
    assert await clinic.sent_prompts() == [("P-1", at("03-05 11:10"))]
    assert [(one.due_at, one.why_not, one.moved_from) for one in entries] == [
        (at("03-05 11:10"), None, at("03-03 13:00"))
    ]


async def test_a_cancelled_session_has_no_check_in(clinic: SchedulerClinic) -> None:
    """The table and the preview contain it with its reason."""
    patient = await clinic.add_patient("P-1")
    plan = await clinic.add_plan(patient, tuesday_plan())
    async with clinic.store.transaction() as tx:
        assert await session_changes.cancel(
            tx, plan_id=plan, planned_for=at("03-03 13:00"), at=clinic.now
        )
    entries = await clinic.preview(clinic.now + WEEK)
    await clinic.tick(at("03-04 13:00"))
    assert await clinic.sent_prompts() == []
    assert (await clinic.sessions())[0] == (at("03-03 13:00"), "cancelled", "cancelled")
    assert [one.why_not for one in entries] == [WhyNot.CANCELLED]


async def test_a_session_can_be_cancelled_until_its_check_in_is_sent(
    clinic: SchedulerClinic,
) -> None:
    """Cancelled after the prompt was posted but before it was sent: nobody is asked."""
    patient = await clinic.add_patient("P-1")
    plan = await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick(at("03-03 14:00"))
    await clinic.tick(at("03-03 14:10"))
    assert len(await clinic.sent_prompts()) == 1
    async with clinic.store.transaction() as tx:
        assert await session_changes.cancel(
            tx, plan_id=plan, planned_for=at("03-03 13:00"), at=clinic.now
        )
        left = await tx.all("SELECT id FROM outbox WHERE state = 'new'")
    assert not left
    assert [state for _, state, _ in await clinic.checkins("P-1")] == ["cancelled"]


async def test_no_session_on_a_holiday_unless_added_by_hand(clinic: SchedulerClinic) -> None:
    """Easter Monday in Bavaria is skipped; an extra session on it takes place."""
    clinic.defaults = replace(clinic.defaults, holidays="DE-BY")
    patient = await clinic.add_patient("P-1")
    mondays = replace(tuesday_plan(), rule=replace(tuesday_plan().rule, weekdays=(0,)))
    await clinic.add_plan(patient, mondays)
    async with clinic.store.transaction() as tx:
        await edit_plans.add_extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 4, 6),
            wall_time=time(18),
            zone="Europe/Berlin",
            at=clinic.now,
        )
    await clinic.tick()
    assert [one for one in await clinic.sessions() if one[0].date() == date(2026, 4, 6)] == [
        (at("04-06 12:00"), "cancelled", "holiday"),
        (at("04-06 16:00"), "planned", None),
    ]


async def add_absence(tx: Tx, person: Person, cover: Person | None = None) -> str:
    """Record an absence on the first two Tuesdays."""
    return await absences.add(
        tx,
        person_id=person.id,
        first_day=date(2026, 3, 3),
        last_day=date(2026, 3, 10),
        cover_id=None if cover is None else cover.id,
        at=T0,
    )


async def test_absences_of_patient_and_therapist(clinic: SchedulerClinic) -> None:
    """Sessions take place only with a cover or a second therapist."""
    first, second, third = [await clinic.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await clinic.add_patient("P-1", first)
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        uncovered = await add_absence(tx, first)
    await clinic.tick()
    assert [reason for _, _, reason in (await clinic.sessions())[:3]] == [
        "therapist_away",
        "therapist_away",
        None,
    ]
    async with clinic.store.transaction() as tx:
        await absences.withdraw(tx, absence_id=uncovered, at=clinic.now)
        await add_absence(tx, first, second)
    await clinic.tick()
    assert [reason for _, _, reason in (await clinic.sessions())[:3]] == [None, None, None]
    async with clinic.store.transaction() as tx:
        await add_absence(tx, second)
    await clinic.tick()
    assert (await clinic.sessions())[0][2] == "therapist_away"
    async with clinic.store.transaction() as tx:
        await care.add_therapist(tx, patient_id=patient.id, therapist_id=third.id, at=clinic.now)
    await clinic.tick()
    assert (await clinic.sessions())[0][2] is None
    async with clinic.store.transaction() as tx:
        await add_absence(tx, patient)
    await clinic.tick(clinic.now + HOUR)
    assert (await clinic.sessions())[0][2] == "patient_away"


async def test_a_group_session_has_a_check_in_for_each_member_who_attended(
    clinic: SchedulerClinic,
) -> None:
    """A member who was away is not asked; the reason is recorded."""
    here, ill = await clinic.add_patient("P-1"), await clinic.add_patient("P-2")
    await clinic.add_group("G-1", tuesday_plan(), here, ill)
    async with clinic.store.transaction() as tx:
        await add_absence(tx, ill)
    entries = await clinic.preview(clinic.now + WEEK)
    await clinic.tick(at("03-03 14:10"))
    assert await clinic.sent_prompts() == [("P-1", at("03-03 14:10"))]
    assert await clinic.checkins("P-2") == [(at("03-03 14:10"), "no_session", "away")]
    assert [(one.patient_code, one.why_not) for one in entries] == [
        ("P-1", None),
        ("P-2", WhyNot.PATIENT_AWAY),
    ]
