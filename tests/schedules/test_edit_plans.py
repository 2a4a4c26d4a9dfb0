"""Editing a plan changes only future sessions, and never asks twice."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from alliance.calendar.ask_or_not import WhyNot
from alliance.calendar.recurrence import RecurrenceRule
from alliance.errors import BadPlan
from storage.calendar import edit_plans, plans, session_changes
from tests.schedules.scheduler_clinic import WEEK, SchedulerClinic, at, tuesday_plan

AT_FOUR = replace(tuesday_plan(), wall_time=time(16))
WEDNESDAYS = replace(tuesday_plan(), rule=RecurrenceRule("week", 1, (2,)))


async def test_future_sessions_follow_the_new_plan(clinic: SchedulerClinic) -> None:
    """Those of the old plan are cancelled; the new ones get a check-in."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    await clinic.add_plan(patient, WEDNESDAYS)
    await clinic.tick()
    assert (await clinic.sessions())[:2] == [
        (at("03-03 13:00"), "cancelled", "ended"),
        (at("03-04 13:00"), "planned", None),
    ]
    await clinic.tick(at("03-04 14:10"))
    assert await clinic.sent_prompts() == [("P-1", at("03-04 14:10"))]


@pytest.mark.parametrize("edited_at", ["03-03 13:00", "03-03 13:55", "03-03 14:05", "03-03 14:30"])
async def test_an_edit_after_the_session_has_begun_asks_once(
    clinic: SchedulerClinic, edited_at: str
) -> None:
    """During the session, in the delay, or after the check-in was sent: one check-in that day."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    for moment in ("03-03 12:59", "03-03 13:52", "03-03 14:10"):
        if moment <= edited_at:
            await clinic.tick(at(moment))
    clinic.now = at(edited_at)
    await clinic.add_plan(patient, AT_FOUR)
    await clinic.tick()
    await clinic.tick(at("03-03 14:10") if edited_at < "03-03 14:10" else clinic.now)
    await clinic.tick(at("03-04 07:00"))
    assert [who for who, _ in await clinic.sent_prompts()] == ["P-1"]
    await clinic.tick(at("03-10 16:30"))
    assert len(await clinic.sent_prompts()) == 2


async def test_an_edit_before_the_first_tick_asks_once(clinic: SchedulerClinic) -> None:
    """A session that has begun counts even if no tick had planned it."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    clinic.now = at("03-03 14:30")
    await clinic.add_plan(patient, AT_FOUR)
    await clinic.tick()
    await clinic.tick(at("03-04 07:00"))
    assert await clinic.sent_prompts() == [("P-1", at("03-03 14:30"))]


async def test_a_session_cancelled_by_hand_stays_cancelled(clinic: SchedulerClinic) -> None:
    """A plan with another delay does not restore it; the next session takes place."""
    patient = await clinic.add_patient("P-1")
    plan = await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        await session_changes.cancel(tx, plan_id=plan, planned_for=at("03-03 13:00"), at=clinic.now)
    await clinic.add_plan(patient, tuesday_plan(delay=timedelta(minutes=30)))
    await clinic.tick(at("03-09 12:00"))
    assert await clinic.sent_prompts() == []
    await clinic.tick(at("03-10 14:20"))
    assert await clinic.sent_prompts() == [("P-1", at("03-10 14:20"))]


async def test_a_session_moved_into_the_future_survives_an_edit(clinic: SchedulerClinic) -> None:
    """Tuesday's session was moved to Thursday; an edit on Wednesday leaves it there."""
    patient = await clinic.add_patient("P-1")
    plan = await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        await session_changes.move(
            tx,
            plan_id=plan,
            planned_for=at("03-03 13:00"),
            starts_at=at("03-05 10:00"),
            at=clinic.now,
        )
    await clinic.tick(at("03-04 10:00"))
    await clinic.add_plan(patient, replace(tuesday_plan(), first_day=date(2026, 3, 4)))
    await clinic.tick()
    await clinic.tick(at("03-06 07:00"))
    assert [who for who, _ in await clinic.sent_prompts()] == ["P-1"]


async def test_undoing_an_edit_asks_once(clinic: SchedulerClinic) -> None:
    """A plan that is replaced and restored within minutes asks as if it had not changed."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, AT_FOUR)
    await clinic.tick(at("03-03 12:50"))
    async with clinic.store.transaction() as tx:
        change = await edit_plans.set_plan(
            tx, patient_id=patient.id, timetable=tuesday_plan(), at=clinic.now
        )
    await clinic.tick(at("03-03 13:01"))  # the new plan's session has begun
    async with clinic.store.transaction() as tx:
        assert await edit_plans.end_plan(tx, plan_id=change.plan.id, at=clinic.now)
        assert not await edit_plans.end_plan(tx, plan_id=change.plan.id, at=clinic.now)
        for old in change.ended:
            assert await edit_plans.resume_plan(tx, plan_id=old.id, at=clinic.now)
            assert not await edit_plans.resume_plan(tx, plan_id=old.id, at=clinic.now)
    await clinic.tick()
    await clinic.tick(at("03-03 14:10"))
    await clinic.tick(at("03-04 07:00"))
    assert len(await clinic.sent_prompts()) == 1
    await clinic.tick(at("03-10 16:10"))
    assert len(await clinic.sent_prompts()) == 2


async def test_an_extra_session_is_separate_from_the_plan(clinic: SchedulerClinic) -> None:
    """It gets a check-in like the others, and an edit of the plan does not remove it."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(delay=timedelta(minutes=40)))
    async with clinic.store.transaction() as tx:
        extra = await edit_plans.add_extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 3, 5),
            wall_time=time(9),
            zone="Europe/Berlin",
            at=clinic.now,
        )
        with pytest.raises(BadPlan):
            await edit_plans.add_extra_session(
                tx,
                patient_id=patient.id,
                day=date(2026, 3, 1),
                wall_time=time(9),
                zone="Europe/Berlin",
                at=clinic.now,
            )
    await clinic.add_plan(patient, WEDNESDAYS)
    async with clinic.store.read_transaction() as tx:
        current = await plans.current(tx, patient_id=patient.id)
        assert current is not None
        assert current.timetable == WEDNESDAYS
        assert [one.id for one in await plans.running(tx, patient_id=patient.id)] == sorted(
            (extra.id, current.id)
        )
    await clinic.tick(at("03-04 14:10"))
    await clinic.tick(at("03-05 09:30"))
    assert await clinic.sent_prompts() == [("P-1", at("03-04 14:10")), ("P-1", at("03-05 09:30"))]


async def test_the_end_of_treatment_ends_extra_sessions_too(clinic: SchedulerClinic) -> None:
    """No check-in follows."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        await edit_plans.add_extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 3, 5),
            wall_time=time(9),
            zone="Europe/Berlin",
            at=clinic.now,
        )
        assert len(await edit_plans.end_plans(tx, patient_id=patient.id, at=clinic.now)) == 2
    await clinic.tick(at("03-20 12:00"))
    assert await clinic.sent_prompts() == []


async def test_plans_from_a_file_replace_only_themselves(clinic: SchedulerClinic) -> None:
    """Two events of a calendar are two plans; a new version of one does not affect the other."""
    patient = await clinic.add_patient("P-1")
    async with clinic.store.transaction() as tx:
        for key, timetable in (("a", tuesday_plan()), ("b", WEDNESDAYS)):
            await edit_plans.set_plan(
                tx,
                patient_id=patient.id,
                timetable=timetable,
                source_key=key,
                source_sequence=0,
                at=clinic.now,
            )
        change = await edit_plans.set_plan(
            tx,
            patient_id=patient.id,
            timetable=AT_FOUR,
            source_key="a",
            source_sequence=1,
            at=clinic.now,
        )
        assert [one.source_key for one in change.ended] == ["a"]
        found = await plans.by_source(tx, "a")
        assert found is not None
        assert (found.id, found.source_sequence) == (change.plan.id, 1)
        assert len(await plans.running(tx, patient_id=patient.id)) == 2
        by_hand = await edit_plans.set_plan(
            tx, patient_id=patient.id, timetable=tuesday_plan(), at=clinic.now
        )
        assert {one.source_key for one in by_hand.ended} == {"a", "b"}


async def test_an_overtaken_check_in_is_not_sent(clinic: SchedulerClinic) -> None:
    """If the next session begins before a check-in is due, only the second one is sent."""
    patient = await clinic.add_patient("P-1")
    async with clinic.store.transaction() as tx:
        for key, wall_time in (("a", time(14)), ("b", time(15))):
            await edit_plans.set_plan(
                tx,
                patient_id=patient.id,
                timetable=replace(tuesday_plan(), wall_time=wall_time),
                source_key=key,
                at=clinic.now,
            )
    entries = await clinic.preview(clinic.now + WEEK)
    await clinic.tick(at("03-03 14:10"))
    await clinic.tick(at("03-03 15:10"))
    assert await clinic.sent_prompts() == [("P-1", at("03-03 15:10"))]
    assert [one.why_not for one in entries] == [WhyNot.OVERTAKEN, None]
    assert [reason for _, _, reason in await clinic.checkins("P-1")] == ["overtaken", "delay over"]


async def test_an_earlier_next_session_closes_the_open_check_in(clinic: SchedulerClinic) -> None:
    """Tuesday's check-in is closed when an extra session begins on Wednesday."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.tick(at("03-03 13:50"))
    await clinic.tick(at("03-03 14:10"))
    async with clinic.store.transaction() as tx:
        await edit_plans.add_extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 3, 4),
            wall_time=time(10),
            zone="Europe/Berlin",
            at=clinic.now,
        )
    await clinic.tick()
    await clinic.tick(at("03-04 09:00"))
    assert (await clinic.checkins("P-1"))[0][1:] == ("missed", "could not be sent in time")
