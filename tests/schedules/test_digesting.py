"""Digests are sent at each therapist's local time, at most once a day."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from alliance.calendar.timing import NIGHT, QuietHours
from alliance.caseload.digest import DigestMode, DigestSettings
from storage.audit.change import Change
from storage.calendar import absences, session_changes
from storage.caseload import digests
from storage.people import people
from storage.people.people import Person
from tests.schedules.scheduler_clinic import SchedulerClinic, at, tuesday_plan

SESSION_DAYS = DigestSettings(DigestMode.SESSION_DAYS, 0, time(8))
MINUTE = timedelta(minutes=1)
FRIDAYS = DigestSettings(DigestMode.WEEKLY, 4, time(17))


async def save_settings(
    clinic: SchedulerClinic, therapist: Person, settings: DigestSettings, quiet: QuietHours = NIGHT
) -> None:
    """Save a therapist's settings."""
    async with clinic.store.transaction() as tx:
        change = Change(tx, therapist.id, clinic.now)
        await digests.save(change, person=therapist, settings=settings, quiet=quiet)


async def sent_at(clinic: SchedulerClinic) -> Sequence[datetime]:
    """Return when digests were posted, oldest first."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all(
            "SELECT created_at FROM outbox WHERE kind = 'digest' ORDER BY created_at"
        )
    return [datetime.fromisoformat(row["created_at"]) for row in rows]


async def pass_time(clinic: SchedulerClinic, until: datetime) -> None:
    """Let time pass; tick a minute before each event, and twice when it is due."""
    while clinic.now < until:
        due = min(await clinic.next_event() or until, until)
        await clinic.tick(max(clinic.now, due - MINUTE))
        await clinic.tick(due)
        await clinic.tick()


async def add_therapist_with_tuesdays(
    clinic: SchedulerClinic, zone: str = "Europe/Berlin"
) -> Person:
    """Add a therapist with one patient, whose sessions are on Tuesdays at two in Berlin."""
    therapist = await clinic.add("therapist", "T-1", zone)
    patient = await clinic.add_patient("P-1", therapist)
    await clinic.add_plan(patient, tuesday_plan())
    return therapist


async def test_on_the_mornings_of_session_days(clinic: SchedulerClinic) -> None:
    """At eight local time, also after daylight saving begins on 29 March."""
    therapist = await add_therapist_with_tuesdays(clinic)
    await save_settings(clinic, therapist, SESSION_DAYS)
    await pass_time(clinic, at("04-08 08:00"))
    assert await sent_at(clinic) == [
        *(at(f"03-{day} 07:00") for day in ("03", "10", "17", "24")),
        at("03-31 06:00"),
        at("04-07 06:00"),
    ]


async def test_in_the_time_zone_of_the_therapist(clinic: SchedulerClinic) -> None:
    """A therapist in New York gets the digest on that Tuesday at eight in New York."""
    therapist = await add_therapist_with_tuesdays(clinic, "America/New_York")
    await save_settings(clinic, therapist, SESSION_DAYS)
    await pass_time(clinic, at("03-11 08:00"))
    assert await sent_at(clinic) == [at("03-03 13:00"), at("03-10 12:00")]


async def test_weekly_whatever_the_sessions_are(clinic: SchedulerClinic) -> None:
    """On Fridays at five, also in a week without a session."""
    therapist = await clinic.add("therapist", "T-1")
    await save_settings(clinic, therapist, FRIDAYS)
    await pass_time(clinic, at("03-21 08:00"))
    assert await sent_at(clinic) == [at(f"03-{day} 16:00") for day in ("06", "13", "20")]


async def test_no_session_no_digest(clinic: SchedulerClinic) -> None:
    """Days with a cancelled session or an absence do not count; a late cancellation does."""
    therapist = await add_therapist_with_tuesdays(clinic)
    await save_settings(clinic, therapist, SESSION_DAYS)
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        row = await tx.one("SELECT id FROM plans")
        assert row is not None
        await session_changes.cancel(
            tx, plan_id=row["id"], planned_for=at("03-10 13:00"), at=clinic.now
        )
        await absences.add(
            tx,
            person_id=therapist.id,
            first_day=date(2026, 3, 17),
            last_day=date(2026, 3, 18),
            at=clinic.now,
        )
    await pass_time(clinic, at("03-25 08:00"))
    assert await sent_at(clinic) == [at("03-03 07:00"), at("03-24 07:00")]


async def test_after_an_outage_it_comes_the_same_day_or_not_at_all(clinic: SchedulerClinic) -> None:
    """Late on the same day; yesterday's is dropped; nothing comes at night."""
    therapist = await add_therapist_with_tuesdays(clinic)
    await save_settings(clinic, therapist, SESSION_DAYS)
    await clinic.tick(at("03-03 16:30"))
    assert await sent_at(clinic) == [at("03-03 16:30")]
    await clinic.tick(at("03-10 20:30"))  # half past nine in the evening, Berlin
    await clinic.tick(at("03-11 08:00"))
    assert await sent_at(clinic) == [at("03-03 16:30")]


async def test_changing_the_hour_does_not_double_the_day(clinic: SchedulerClinic) -> None:
    """Moved to noon after today's digest was sent: there is no second one today."""
    therapist = await add_therapist_with_tuesdays(clinic)
    await save_settings(clinic, therapist, SESSION_DAYS)
    await pass_time(clinic, at("03-03 09:00"))
    await save_settings(clinic, therapist, DigestSettings(DigestMode.SESSION_DAYS, 0, time(12)))
    await pass_time(clinic, at("03-10 23:00"))
    assert await sent_at(clinic) == [at("03-03 07:00"), at("03-10 11:00")]


async def test_no_digest_when_off_or_ended(clinic: SchedulerClinic) -> None:
    """A therapist who switched it off, or who has ended, gets none."""
    therapist = await add_therapist_with_tuesdays(clinic)
    await save_settings(clinic, therapist, SESSION_DAYS)
    await save_settings(clinic, therapist, DigestSettings())
    await pass_time(clinic, at("03-04 08:00"))
    assert await sent_at(clinic) == []
    await save_settings(clinic, therapist, SESSION_DAYS)
    async with clinic.store.transaction() as tx:
        await people.set_state(tx, person_id=therapist.id, state="ended")
    await pass_time(clinic, at("03-11 08:00"))
    assert await sent_at(clinic) == []


async def test_a_cover_gets_the_digest(clinic: SchedulerClinic) -> None:
    """On the session days of the therapist they cover for."""
    therapist = await add_therapist_with_tuesdays(clinic)
    cover = await clinic.add("therapist", "T-2")
    await save_settings(clinic, cover, SESSION_DAYS)
    async with clinic.store.transaction() as tx:
        await absences.add(
            tx,
            person_id=therapist.id,
            first_day=date(2026, 3, 9),
            last_day=date(2026, 3, 13),
            cover_id=cover.id,
            at=clinic.now,
        )
    await pass_time(clinic, at("03-18 08:00"))
    assert await sent_at(clinic) == [at("03-10 07:00")]


async def test_how_long_an_alert_waits(clinic: SchedulerClinic) -> None:
    """Until the next digest; not at all if none comes soon, or if the patient asks to talk."""
    therapist = await add_therapist_with_tuesdays(clinic)
    await clinic.tick()
    cases = [
        (DigestSettings(), False, clinic.now),
        (SESSION_DAYS, False, clinic.now),
        (
            DigestSettings(DigestMode.SESSION_DAYS, 0, time(8), alerts_wait=True),
            False,
            at("03-03 07:10"),
        ),
        (
            DigestSettings(DigestMode.WEEKLY, 4, time(17), alerts_wait=True),
            False,
            at("03-06 16:10"),
        ),
        (DigestSettings(DigestMode.WEEKLY, 4, time(17), alerts_wait=True), True, clinic.now),
        (DigestSettings(DigestMode.OFF, 0, time(8), alerts_wait=True), False, clinic.now),
    ]
    for settings, asked_for, expected in cases:
        await save_settings(clinic, therapist, settings)
        async with clinic.store.transaction() as tx:
            found = await digests.alert_delivery_time(
                tx, therapist_id=therapist.id, asked_for=asked_for, quiet=NIGHT, at=clinic.now
            )
        assert found == expected, settings


async def test_an_alert_does_not_wait_through_a_long_absence(clinic: SchedulerClinic) -> None:
    """Without a session in the next days the alert comes at once."""
    therapist = await add_therapist_with_tuesdays(clinic)
    async with clinic.store.transaction() as tx:
        await absences.add(
            tx,
            person_id=therapist.id,
            first_day=date(2026, 3, 3),
            last_day=date(2026, 3, 30),
            at=clinic.now,
        )
    await clinic.tick()
    await save_settings(
        clinic, therapist, DigestSettings(DigestMode.SESSION_DAYS, 0, time(8), alerts_wait=True)
    )
    async with clinic.store.transaction() as tx:
        found = await digests.alert_delivery_time(
            tx, therapist_id=therapist.id, asked_for=False, quiet=NIGHT, at=clinic.now
        )
    assert found - clinic.now < timedelta(minutes=1)
