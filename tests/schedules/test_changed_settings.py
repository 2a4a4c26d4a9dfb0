"""When a setting changes, what was planned with the old one follows."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from alliance.calendar.timing import QuietHours
from storage.audit import audit_log
from storage.audit.change import Change
from storage.checkins import checkins
from storage.messages import heartbeats
from storage.people import change_status, people
from storage.people.people import Person
from storage.people.time_zones import set_zone, undo_set_zone
from tests.schedules.scheduler_clinic import HOUR, SchedulerClinic, at, tuesday_plan

NEW_YORK = "America/New_York"
"""Six hours behind Berlin, until daylight saving begins there on 8 March."""

EVENING = time(20, 10)
"""A session until nine: its check-in is due in the quiet hours."""


async def change_zone(clinic: SchedulerClinic, person: Person, zone: str) -> None:
    """Change a person's time zone."""
    async with clinic.store.transaction() as tx:
        current = await people.by_id(tx, person.id)
        assert await set_zone(Change(tx, None, clinic.now), current, zone)


async def sent(clinic: SchedulerClinic, kind: str) -> list[datetime]:
    """Return when messages of a kind were delivered."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all(
            "SELECT sent_at FROM outbox WHERE kind = ? AND state = 'sent' ORDER BY sent_at", kind
        )
    return [datetime.fromisoformat(row["sent_at"]) for row in rows]


async def test_a_reminder_comes_in_the_morning_of_the_new_zone(clinic: SchedulerClinic) -> None:
    """Case 01: it was planned for nine in Berlin, which is 03:00 in New York."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.run_until(at("03-03 15:00"))
    await change_zone(clinic, patient, NEW_YORK)
    await clinic.run_until(at("03-06 12:00"))
    assert await sent(clinic, "prompt") == [at("03-03 14:10")]
    assert await sent(clinic, "reminder") == [at("03-04 14:00")]


async def test_undoing_the_zone_moves_the_reminder_back(clinic: SchedulerClinic) -> None:
    """A mistake that is undone has no effect."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.run_until(at("03-03 15:00"))
    await change_zone(clinic, patient, NEW_YORK)
    async with clinic.store.transaction() as tx:
        row = await tx.one("SELECT number FROM audit WHERE action = 'person.zone_set'")
        assert row is not None
        entry = await audit_log.by_number(tx, row["number"])
        assert entry is not None
        assert await undo_set_zone(tx, entry, clinic.now)
    await clinic.run_until(at("03-06 12:00"))
    assert await sent(clinic, "reminder") == [at("03-04 08:00")]


async def test_a_posted_reminder_waits_for_the_new_morning(
    clinic: SchedulerClinic,
) -> None:
    """Posted at nine in Berlin, but the zone changes before it is sent."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.run_until(at("03-04 07:59"))
    await clinic.tick(at("03-04 08:00"))
    await change_zone(clinic, patient, NEW_YORK)
    await clinic.run_until(at("03-06 12:00"))
    assert await sent(clinic, "reminder") == [at("03-04 13:00")]


async def test_a_waiting_prompt_is_sent_if_it_is_afternoon_in_the_new_zone(
    clinic: SchedulerClinic,
) -> None:
    """Evening in Berlin is half past three in New York: it need not wait."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(wall_time=EVENING))
    await clinic.run_until(at("03-03 20:30"))
    assert await sent(clinic, "prompt") == []
    await change_zone(clinic, patient, NEW_YORK)
    await clinic.run_until(at("03-03 20:30"))
    assert await sent(clinic, "prompt") == [at("03-03 20:30")]


@pytest.mark.parametrize(
    ("until", "reminded"),
    [
        ("03-04 00:00", "03-04 08:00"),  # evening in New York, but night in Berlin
        ("03-03 19:00", "03-03 19:00"),  # afternoon in New York, evening in Berlin
    ],
)
async def test_a_postponed_check_in_does_not_come_at_night_in_the_new_zone(
    clinic: SchedulerClinic, until: str, reminded: str
) -> None:
    """The patient chose the time in the old zone."""
    patient = await clinic.add_patient("P-1", zone=NEW_YORK)
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.run_until(at("03-03 15:00"))
    async with clinic.store.transaction() as tx:
        row = await tx.one("SELECT id FROM checkins")
        assert row is not None
        await checkins.postpone_by_request(tx, checkin_id=row["id"], until=at(until))
    await change_zone(clinic, patient, "Europe/Berlin")
    await clinic.run_until(at("03-04 12:00"))
    assert await sent(clinic, "reminder") == [at(reminded)]


async def test_longer_quiet_hours_of_the_site_apply_at_once(clinic: SchedulerClinic) -> None:
    """A prompt posted at 19:10 waits when the quiet hours now begin at 19:00."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(wall_time=time(18)))
    await clinic.run_until(at("03-03 18:09"))
    await clinic.tick(at("03-03 18:10"))
    await clinic.adopt(replace(clinic.defaults, quiet=QuietHours(time(19), time(10))))
    await clinic.run_until(at("03-04 12:00"))
    assert await sent(clinic, "prompt") == [at("03-04 09:00")]


async def test_shorter_quiet_hours_of_the_plan_apply_at_once(clinic: SchedulerClinic) -> None:
    """Today's session gets the plan's new quiet hours, although it keeps other settings."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(wall_time=EVENING))
    await clinic.run_until(at("03-03 20:30"))
    late = tuesday_plan(wall_time=EVENING, quiet=QuietHours(time(23), time(7)), delay=6 * HOUR)
    await clinic.add_plan(patient, late)
    await clinic.run_until(at("03-04 12:00"))
    assert await sent(clinic, "prompt") == [at("03-03 20:30")]


async def test_a_plan_s_own_quiet_hours_do_not_follow_the_site(
    clinic: SchedulerClinic,
) -> None:
    """Only plans without their own use the site's."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(quiet=QuietHours(time(22), time(7))))
    await clinic.run_until(at("03-03 14:00"))
    await clinic.adopt(replace(clinic.defaults, quiet=QuietHours(time(12), time(10))))
    await clinic.run_until(at("03-04 09:00"))
    assert await sent(clinic, "prompt") == [at("03-03 14:10")]
    assert await sent(clinic, "reminder") == [at("03-04 08:00")]


async def test_a_pause_ends_at_midnight_in_the_new_zone(clinic: SchedulerClinic) -> None:
    """The last day is complete in the new zone."""
    patient = await clinic.add_patient("P-1")
    async with clinic.store.transaction() as tx:
        active = await people.by_id(tx, patient.id)
        await change_status.pause(Change(tx, None, clinic.now), active, date(2026, 3, 5))
    await change_zone(clinic, patient, NEW_YORK)
    async with clinic.store.read_transaction() as tx:
        assert (await people.by_id(tx, patient.id)).paused_until == at("03-05 05:00")


async def test_a_patient_is_notified_of_a_pause_in_the_morning(clinic: SchedulerClinic) -> None:
    """Also if the coordinator works late."""
    patient = await clinic.add_patient("P-1")
    clinic.now = at("03-02 22:00")
    async with clinic.store.transaction() as tx:
        active = await people.by_id(tx, patient.id)
        await change_status.pause(Change(tx, None, clinic.now), active, None)
    await clinic.run_until(at("03-03 12:00"))
    assert await sent(clinic, "state") == [at("03-03 07:00")]


async def test_a_heartbeat_keeps_its_local_time_in_the_new_zone(clinic: SchedulerClinic) -> None:
    """It comes at eight, wherever the coordinator is."""
    coordinator = await clinic.add("coordinator", "C-1")
    async with clinic.store.transaction() as tx:
        await heartbeats.set_time(Change(tx, None, clinic.now), coordinator, time(8))
    await change_zone(clinic, coordinator, NEW_YORK)
    await clinic.run_until(datetime(2026, 3, 3, 14, tzinfo=UTC) - timedelta(minutes=1))
    assert await sent(clinic, "heartbeat") == [at("03-02 13:00"), at("03-03 13:00")]
