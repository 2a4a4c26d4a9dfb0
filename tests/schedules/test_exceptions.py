"""Single sessions that are moved, cancelled or added; holidays; absences with and without cover."""

from dataclasses import replace
from datetime import date, time

from alliance.calendar.ask_or_not import WhyNot
from storage.calendar import absences, edit_plans, session_changes
from storage.database.tx import Tx
from storage.people import care
from storage.people.people import Person
from tests.schedules.surgery import HOUR, T0, WEEK, Surgery, at, tuesdays


async def test_a_moved_session_is_asked_about_where_it_is(surgery: Surgery) -> None:
    """Tuesday's session is on Thursday: nothing on Tuesday, the question on Thursday."""
    patient = await surgery.patient("P-1")
    plan = await surgery.plan(patient, tuesdays())
    await surgery.tick()
    async with surgery.store.transaction() as tx:
        assert await session_changes.move(
            tx,
            plan_id=plan,
            planned_for=at("03-03 13:00"),
            starts_at=at("03-05 10:00"),
            at=surgery.now,
        )
    coming = await surgery.preview(surgery.now + WEEK)
    await surgery.tick(at("03-03 16:00"))
    assert await surgery.asked() == []
    await surgery.tick(at("03-05 11:10"))
    await surgery.tick(at("03-05 11:15"))
    assert await surgery.asked() == [("P-1", at("03-05 11:10"))]
    assert [(one.due_at, one.why_not, one.moved_from) for one in coming] == [
        (at("03-05 11:10"), None, at("03-03 13:00"))
    ]


async def test_a_cancelled_session_is_not_asked_about(surgery: Surgery) -> None:
    """It stands in the table with its reason, and so does the preview say."""
    patient = await surgery.patient("P-1")
    plan = await surgery.plan(patient, tuesdays())
    async with surgery.store.transaction() as tx:
        assert await session_changes.cancel(
            tx, plan_id=plan, planned_for=at("03-03 13:00"), at=surgery.now
        )
    coming = await surgery.preview(surgery.now + WEEK)
    await surgery.tick(at("03-04 13:00"))
    assert await surgery.asked() == []
    assert (await surgery.sessions())[0] == (at("03-03 13:00"), "cancelled", "cancelled")
    assert [one.why_not for one in coming] == [WhyNot.CANCELLED]


async def test_a_session_can_be_cancelled_until_its_question_has_left(surgery: Surgery) -> None:
    """Cancelled in the delay after its end, or between posting and sending: nobody is asked."""
    patient = await surgery.patient("P-1")
    plan = await surgery.plan(patient, tuesdays())
    await surgery.tick(at("03-03 14:00"))
    await surgery.tick(at("03-03 14:10"))
    assert len(await surgery.asked()) == 1
    async with surgery.store.transaction() as tx:
        assert await session_changes.cancel(
            tx, plan_id=plan, planned_for=at("03-03 13:00"), at=surgery.now
        )
        left = await tx.all("SELECT id FROM outbox WHERE state = 'new'")
    assert not left
    assert [state for _, state, _ in await surgery.checkins("P-1")] == ["cancelled"]


async def test_no_session_on_a_holiday_unless_put_there_by_hand(surgery: Surgery) -> None:
    """Easter Monday in Bavaria is left out; an extra session on it takes place."""
    surgery.defaults = replace(surgery.defaults, holidays="DE-BY")
    patient = await surgery.patient("P-1")
    mondays = replace(tuesdays(), rule=replace(tuesdays().rule, weekdays=(0,)))
    await surgery.plan(patient, mondays)
    async with surgery.store.transaction() as tx:
        await edit_plans.extra_session(
            tx,
            patient_id=patient.id,
            day=date(2026, 4, 6),
            wall_time=time(18),
            zone="Europe/Berlin",
            at=surgery.now,
        )
    await surgery.tick()
    assert [one for one in await surgery.sessions() if one[0].date() == date(2026, 4, 6)] == [
        (at("04-06 12:00"), "cancelled", "holiday"),
        (at("04-06 16:00"), "planned", None),
    ]


async def away(tx: Tx, person: Person, cover: Person | None = None) -> str:
    """Keep that somebody is away for the first two Tuesdays."""
    return await absences.add(
        tx,
        person_id=person.id,
        first_day=date(2026, 3, 3),
        last_day=date(2026, 3, 10),
        cover_id=None if cover is None else cover.id,
        at=T0,
    )


async def test_absences_of_patient_and_therapist(surgery: Surgery) -> None:
    """Without cover nothing is held; with cover, or a second therapist, it is."""
    first, second, third = [await surgery.add("therapist", f"T-{n}") for n in (1, 2, 3)]
    patient = await surgery.patient("P-1", first)
    await surgery.plan(patient, tuesdays())
    await surgery.tick()
    async with surgery.store.transaction() as tx:
        uncovered = await away(tx, first)
    await surgery.tick()
    assert [reason for _, _, reason in (await surgery.sessions())[:3]] == [
        "therapist_away",
        "therapist_away",
        None,
    ]
    async with surgery.store.transaction() as tx:
        await absences.withdraw(tx, absence_id=uncovered, at=surgery.now)
        await away(tx, first, second)
    await surgery.tick()
    assert [reason for _, _, reason in (await surgery.sessions())[:3]] == [None, None, None]
    async with surgery.store.transaction() as tx:
        await away(tx, second)
    await surgery.tick()
    assert (await surgery.sessions())[0][2] == "therapist_away"
    async with surgery.store.transaction() as tx:
        await care.add_carer(tx, patient_id=patient.id, therapist_id=third.id, at=surgery.now)
    await surgery.tick()
    assert (await surgery.sessions())[0][2] is None
    async with surgery.store.transaction() as tx:
        await away(tx, patient)
    await surgery.tick(surgery.now + HOUR)
    assert (await surgery.sessions())[0][2] == "patient_away"


async def test_a_group_asks_each_member_who_was_there(surgery: Surgery) -> None:
    """One session, a check-in each; who was away has none to answer, and it is noted."""
    here, ill = await surgery.patient("P-1"), await surgery.patient("P-2")
    await surgery.group("G-1", tuesdays(), here, ill)
    async with surgery.store.transaction() as tx:
        await away(tx, ill)
    coming = await surgery.preview(surgery.now + WEEK)
    await surgery.tick(at("03-03 14:10"))
    assert await surgery.asked() == [("P-1", at("03-03 14:10"))]
    assert await surgery.checkins("P-2") == [(at("03-03 14:10"), "no_session", "away")]
    assert [(one.patient_code, one.why_not) for one in coming] == [
        ("P-1", None),
        ("P-2", WhyNot.PATIENT_AWAY),
    ]
