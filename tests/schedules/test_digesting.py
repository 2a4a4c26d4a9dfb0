"""Digests leave at each therapist's local time, once a day at most."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from alliance.alerts.alert_settings import NIGHT
from alliance.calendar.timing import Quiet
from alliance.caseload.digest import Habit, Mode
from storage.calendar import absences, session_changes
from storage.caseload import digests
from storage.people import people
from storage.people.people import Person
from tests.schedules.surgery import HOUR, Surgery, at, tuesdays

SESSION_DAYS = Habit(Mode.SESSION_DAYS, 0, time(8))
FRIDAYS = Habit(Mode.WEEKLY, 4, time(17))


async def wants(surgery: Surgery, therapist: Person, habit: Habit, quiet: Quiet = NIGHT) -> None:
    """Let a therapist choose how to be told."""
    async with surgery.store.transaction() as tx:
        await digests.keep(tx, person=therapist, habit=habit, quiet=quiet, at=surgery.now)


async def sent(surgery: Surgery) -> Sequence[datetime]:
    """Return when digests were posted, oldest first."""
    async with surgery.store.reading() as tx:
        rows = await tx.all(
            "SELECT created_at FROM outbox WHERE kind = 'digest' ORDER BY created_at"
        )
    return [datetime.fromisoformat(row["created_at"]) for row in rows]


async def pass_time(surgery: Surgery, until: datetime) -> None:
    """Let the clock knock every hour until then, twice each time."""
    while surgery.now < until:
        surgery.now += HOUR
        await surgery.tick()
        await surgery.tick()


async def a_therapist_with_tuesdays(surgery: Surgery, zone: str = "Europe/Berlin") -> Person:
    """A therapist with one patient, Tuesdays at two, Berlin."""
    therapist = await surgery.add("therapist", "T-1", zone)
    patient = await surgery.patient("P-1", therapist)
    await surgery.plan(patient, tuesdays())
    return therapist


async def test_on_the_mornings_of_session_days(surgery: Surgery) -> None:
    """At eight by the therapist's clocks, also after they went forward on 29 March."""
    therapist = await a_therapist_with_tuesdays(surgery)
    await wants(surgery, therapist, SESSION_DAYS)
    await pass_time(surgery, at("04-08 08:00"))
    assert await sent(surgery) == [
        *(at(f"03-{day} 07:00") for day in ("03", "10", "17", "24")),
        at("03-31 06:00"),
        at("04-07 06:00"),
    ]


async def test_by_the_clocks_of_the_therapist(surgery: Surgery) -> None:
    """Who lives in New York is told on that Tuesday at eight in New York."""
    therapist = await a_therapist_with_tuesdays(surgery, "America/New_York")
    await wants(surgery, therapist, SESSION_DAYS)
    await pass_time(surgery, at("03-11 08:00"))
    assert await sent(surgery) == [at("03-03 13:00"), at("03-10 12:00")]


async def test_weekly_whatever_the_sessions_are(surgery: Surgery) -> None:
    """On Fridays at five, also in a week without a session."""
    therapist = await surgery.add("therapist", "T-1")
    await wants(surgery, therapist, FRIDAYS)
    await pass_time(surgery, at("03-21 08:00"))
    assert await sent(surgery) == [at(f"03-{day} 16:00") for day in ("06", "13", "20")]


async def test_no_session_no_digest(surgery: Surgery) -> None:
    """A cancelled session and a day off are no session days; a late cancellation is noticed."""
    therapist = await a_therapist_with_tuesdays(surgery)
    await wants(surgery, therapist, SESSION_DAYS)
    await surgery.tick()
    async with surgery.store.transaction() as tx:
        row = await tx.one("SELECT id FROM plans")
        assert row is not None
        await session_changes.cancel(
            tx, plan_id=row["id"], planned_for=at("03-10 13:00"), at=surgery.now
        )
        await absences.add(
            tx,
            person_id=therapist.id,
            first_day=date(2026, 3, 17),
            last_day=date(2026, 3, 18),
            at=surgery.now,
        )
    await pass_time(surgery, at("03-25 08:00"))
    assert await sent(surgery) == [at("03-03 07:00"), at("03-24 07:00")]


async def test_after_downtime_it_comes_the_same_day_or_not_at_all(surgery: Surgery) -> None:
    """Late on the day itself; yesterday's is dropped; nothing comes at night."""
    therapist = await a_therapist_with_tuesdays(surgery)
    await wants(surgery, therapist, SESSION_DAYS)
    await surgery.tick(at("03-03 16:30"))
    assert await sent(surgery) == [at("03-03 16:30")]
    await surgery.tick(at("03-10 20:30"))  # half past nine in the evening, Berlin
    await surgery.tick(at("03-11 08:00"))
    assert await sent(surgery) == [at("03-03 16:30")]


async def test_changing_the_hour_does_not_double_the_day(surgery: Surgery) -> None:
    """Put off to noon after the digest has left: today's has been."""
    therapist = await a_therapist_with_tuesdays(surgery)
    await wants(surgery, therapist, SESSION_DAYS)
    await pass_time(surgery, at("03-03 09:00"))
    await wants(surgery, therapist, Habit(Mode.SESSION_DAYS, 0, time(12)))
    await pass_time(surgery, at("03-10 23:00"))
    assert await sent(surgery) == [at("03-03 07:00"), at("03-10 11:00")]


async def test_off_is_off(surgery: Surgery) -> None:
    """Switched off, nothing comes; nor to somebody who takes part no longer."""
    therapist = await a_therapist_with_tuesdays(surgery)
    await wants(surgery, therapist, SESSION_DAYS)
    await wants(surgery, therapist, Habit())
    await pass_time(surgery, at("03-04 08:00"))
    assert await sent(surgery) == []
    await wants(surgery, therapist, SESSION_DAYS)
    async with surgery.store.transaction() as tx:
        await people.set_state(tx, person_id=therapist.id, state="ended")
    await pass_time(surgery, at("03-11 08:00"))
    assert await sent(surgery) == []


async def test_who_stands_in_hears_of_the_sessions(surgery: Surgery) -> None:
    """The cover's mornings are those of whom they stand in for."""
    therapist = await a_therapist_with_tuesdays(surgery)
    cover = await surgery.add("therapist", "T-2")
    await wants(surgery, cover, SESSION_DAYS)
    async with surgery.store.transaction() as tx:
        await absences.add(
            tx,
            person_id=therapist.id,
            first_day=date(2026, 3, 9),
            last_day=date(2026, 3, 13),
            cover_id=cover.id,
            at=surgery.now,
        )
    await pass_time(surgery, at("03-18 08:00"))
    assert await sent(surgery) == [at("03-10 07:00")]


async def test_how_long_an_alert_waits(surgery: Surgery) -> None:
    """Until the next digest; at once where none comes in time, or where a patient asks."""
    therapist = await a_therapist_with_tuesdays(surgery)
    await surgery.tick()
    cases = [
        (Habit(), False, surgery.now),
        (SESSION_DAYS, False, surgery.now),
        (Habit(Mode.SESSION_DAYS, 0, time(8), alerts_wait=True), False, at("03-03 07:10")),
        (Habit(Mode.WEEKLY, 4, time(17), alerts_wait=True), False, at("03-06 16:10")),
        (Habit(Mode.WEEKLY, 4, time(17), alerts_wait=True), True, surgery.now),
        (Habit(Mode.OFF, 0, time(8), alerts_wait=True), False, surgery.now),
    ]
    for habit, asked_for, expected in cases:
        await wants(surgery, therapist, habit)
        async with surgery.store.transaction() as tx:
            found = await digests.told_at(
                tx, therapist_id=therapist.id, asked_for=asked_for, quiet=NIGHT, at=surgery.now
            )
        assert found == expected, habit


async def test_an_alert_does_not_wait_for_a_holiday_of_weeks(surgery: Surgery) -> None:
    """Without a session in the coming days the alert comes at once."""
    therapist = await a_therapist_with_tuesdays(surgery)
    async with surgery.store.transaction() as tx:
        await absences.add(
            tx,
            person_id=therapist.id,
            first_day=date(2026, 3, 3),
            last_day=date(2026, 3, 30),
            at=surgery.now,
        )
    await surgery.tick()
    await wants(surgery, therapist, Habit(Mode.SESSION_DAYS, 0, time(8), alerts_wait=True))
    async with surgery.store.transaction() as tx:
        found = await digests.told_at(
            tx, therapist_id=therapist.id, asked_for=False, quiet=NIGHT, at=surgery.now
        )
    assert found - surgery.now < timedelta(minutes=1)
