"""Editing a plan changes the future only, and never asks twice."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from alliance.calendar.ask_or_not import WhyNot
from alliance.calendar.recurrence import Rule
from alliance.errors import BadPlan
from storage.calendar import edit_plans, plans, session_changes
from tests.schedules.surgery import WEEK, Surgery, at, tuesdays

AT_FOUR = replace(tuesdays(), wall_time=time(16))
WEDNESDAYS = replace(tuesdays(), rule=Rule("week", 1, (2,)))


async def test_sessions_to_come_follow_the_new_plan(surgery: Surgery) -> None:
    """Those of the old plan stand cancelled; the new ones are asked about."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    await surgery.tick()
    await surgery.plan(patient, WEDNESDAYS)
    await surgery.tick()
    assert (await surgery.sessions())[:2] == [
        (at("03-03 13:00"), "cancelled", "ended"),
        (at("03-04 13:00"), "planned", None),
    ]
    await surgery.tick(at("03-04 14:10"))
    assert await surgery.asked() == [("P-1", at("03-04 14:10"))]


@pytest.mark.parametrize("edited_at", ["03-03 13:00", "03-03 13:55", "03-03 14:05", "03-03 14:30"])
async def test_an_edit_after_the_session_has_begun_asks_once(
    surgery: Surgery, edited_at: str
) -> None:
    """During the session, in the delay, or after the question: one question for that day."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    await surgery.tick()
    for moment in ("03-03 12:59", "03-03 13:52", "03-03 14:10"):
        if moment <= edited_at:
            await surgery.tick(at(moment))
    surgery.now = at(edited_at)
    await surgery.plan(patient, AT_FOUR)
    await surgery.tick()
    await surgery.tick(at("03-03 14:10") if edited_at < "03-03 14:10" else surgery.now)
    await surgery.tick(at("03-04 07:00"))
    assert [who for who, _ in await surgery.asked()] == ["P-1"]
    await surgery.tick(at("03-10 16:30"))
    assert len(await surgery.asked()) == 2


async def test_an_edit_before_the_first_tick_asks_once(surgery: Surgery) -> None:
    """The clock had not even planned the session that has begun: it counts all the same."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    surgery.now = at("03-03 14:30")
    await surgery.plan(patient, AT_FOUR)
    await surgery.tick()
    await surgery.tick(at("03-04 07:00"))
    assert await surgery.asked() == [("P-1", at("03-03 14:30"))]


async def test_what_was_cancelled_by_hand_stays_so(surgery: Surgery) -> None:
    """Another delay does not bring the cancelled session back; another weekday has its own."""
    patient = await surgery.patient("P-1")
    plan = await surgery.plan(patient, tuesdays())
    await surgery.tick()
    async with surgery.store.transaction() as tx:
        await session_changes.cancel(
            tx, plan_id=plan, planned_for=at("03-03 13:00"), at=surgery.now
        )
    await surgery.plan(patient, tuesdays(delay=timedelta(minutes=30)))
    await surgery.tick(at("03-09 12:00"))
    assert await surgery.asked() == []
    await surgery.tick(at("03-10 14:20"))
    assert await surgery.asked() == [("P-1", at("03-10 14:20"))]


async def test_a_session_moved_into_the_future_survives_an_edit(surgery: Surgery) -> None:
    """Tuesday's session is on Thursday; the plan is edited on Wednesday; Thursday is kept."""
    patient = await surgery.patient("P-1")
    plan = await surgery.plan(patient, tuesdays())
    await surgery.tick()
    async with surgery.store.transaction() as tx:
        await session_changes.move(
            tx,
            plan_id=plan,
            planned_for=at("03-03 13:00"),
            starts_at=at("03-05 10:00"),
            at=surgery.now,
        )
    await surgery.tick(at("03-04 10:00"))
    await surgery.plan(patient, replace(tuesdays(), first_day=date(2026, 3, 4)))
    await surgery.tick()
    await surgery.tick(at("03-06 07:00"))
    assert [who for who, _ in await surgery.asked()] == ["P-1"]


async def test_undoing_an_edit_asks_once(surgery: Surgery) -> None:
    """Ended, replaced and brought back within minutes: as if nothing had been."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, AT_FOUR)
    await surgery.tick(at("03-03 12:50"))
    async with surgery.store.transaction() as tx:
        change = await edit_plans.set_plan(
            tx, patient_id=patient.id, timetable=tuesdays(), at=surgery.now
        )
    await surgery.tick(at("03-03 13:01"))  # the new plan's session has begun
    async with surgery.store.transaction() as tx:
        assert await edit_plans.end_plan(tx, plan_id=change.plan.id, at=surgery.now)
        assert not await edit_plans.end_plan(tx, plan_id=change.plan.id, at=surgery.now)
        for old in change.ended:
            assert await edit_plans.bring_back(tx, plan_id=old.id, at=surgery.now)
            assert not await edit_plans.bring_back(tx, plan_id=old.id, at=surgery.now)
    await surgery.tick()
    await surgery.tick(at("03-03 14:10"))
    await surgery.tick(at("03-04 07:00"))
    assert len(await surgery.asked()) == 1
    await surgery.tick(at("03-10 16:10"))
    assert len(await surgery.asked()) == 2


async def test_an_extra_session_stands_beside_the_plan(surgery: Surgery) -> None:
    """It is asked about as the others are, and survives an edit of the plan."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays(delay=timedelta(minutes=40)))
    async with surgery.store.transaction() as tx:
        extra = await edit_plans.extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 3, 5),
            wall_time=time(9),
            zone="Europe/Berlin",
            at=surgery.now,
        )
        with pytest.raises(BadPlan):
            await edit_plans.extra_session(
                tx,
                patient_id=patient.id,
                day=date(2026, 3, 1),
                wall_time=time(9),
                zone="Europe/Berlin",
                at=surgery.now,
            )
    await surgery.plan(patient, WEDNESDAYS)
    async with surgery.store.reading() as tx:
        current = await plans.current(tx, patient.id)
        assert current is not None
        assert current.timetable == WEDNESDAYS
        assert [one.id for one in await plans.of_patient(tx, patient.id)] == sorted(
            (extra.id, current.id)
        )
    await surgery.tick(at("03-04 14:10"))
    await surgery.tick(at("03-05 09:30"))
    assert await surgery.asked() == [("P-1", at("03-04 14:10")), ("P-1", at("03-05 09:30"))]


async def test_the_end_of_a_treatment_ends_extras_too(surgery: Surgery) -> None:
    """Nothing is left to be asked about."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    await surgery.tick()
    async with surgery.store.transaction() as tx:
        await edit_plans.extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 3, 5),
            wall_time=time(9),
            zone="Europe/Berlin",
            at=surgery.now,
        )
        assert len(await edit_plans.end_plans(tx, patient_id=patient.id, at=surgery.now)) == 2
    await surgery.tick(at("03-20 12:00"))
    assert await surgery.asked() == []


async def test_plans_from_a_file_replace_only_themselves(surgery: Surgery) -> None:
    """Two events of a calendar are two plans; a new version of one leaves the other."""
    patient = await surgery.patient("P-1")
    async with surgery.store.transaction() as tx:
        for key, timetable in (("a", tuesdays()), ("b", WEDNESDAYS)):
            await edit_plans.set_plan(
                tx,
                patient_id=patient.id,
                timetable=timetable,
                source_key=key,
                source_sequence=0,
                at=surgery.now,
            )
        change = await edit_plans.set_plan(
            tx,
            patient_id=patient.id,
            timetable=AT_FOUR,
            source_key="a",
            source_sequence=1,
            at=surgery.now,
        )
        assert [one.source_key for one in change.ended] == ["a"]
        found = await plans.by_source(tx, "a")
        assert found is not None
        assert (found.id, found.source_sequence) == (change.plan.id, 1)
        assert len(await plans.of_patient(tx, patient.id)) == 2
        by_hand = await edit_plans.set_plan(
            tx, patient_id=patient.id, timetable=tuesdays(), at=surgery.now
        )
        assert {one.source_key for one in by_hand.ended} == {"a", "b"}


async def test_an_overtaken_question_is_not_asked(surgery: Surgery) -> None:
    """The next session begins before the question would be due: one question, one reason."""
    patient = await surgery.patient("P-1")
    async with surgery.store.transaction() as tx:
        for key, wall_time in (("a", time(14)), ("b", time(15))):
            await edit_plans.set_plan(
                tx,
                patient_id=patient.id,
                timetable=replace(tuesdays(), wall_time=wall_time),
                source_key=key,
                at=surgery.now,
            )
    coming = await surgery.preview(surgery.now + WEEK)
    await surgery.tick(at("03-03 14:10"))
    await surgery.tick(at("03-03 15:10"))
    assert await surgery.asked() == [("P-1", at("03-03 15:10"))]
    assert [one.why_not for one in coming] == [WhyNot.OVERTAKEN, None]
    assert [reason for _, _, reason in await surgery.checkins("P-1")] == ["overtaken", "delay over"]


async def test_a_session_moved_nearer_ends_what_is_open(surgery: Surgery) -> None:
    """The question of Tuesday's session is closed when an extra one begins on Wednesday."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    await surgery.tick(at("03-03 13:50"))
    await surgery.tick(at("03-03 14:10"))
    async with surgery.store.transaction() as tx:
        await edit_plans.extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 3, 4),
            wall_time=time(10),
            zone="Europe/Berlin",
            at=surgery.now,
        )
    await surgery.tick()
    await surgery.tick(at("03-04 09:00"))
    assert (await surgery.checkins("P-1"))[0][1:] == ("missed", "could not be sent in time")
