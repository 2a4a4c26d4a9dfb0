"""Who is asked and how often: group members, pauses, the site's defaults, reminders."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alliance.calendar.ask_or_not import WhyNot
from storage.checkins import checkins
from storage.groups import groups
from storage.people import people
from tests.schedules.scheduler_clinic import HOUR, WEEK, SchedulerClinic, at, tuesday_plan


async def test_a_group_ends_with_everything(clinic: SchedulerClinic) -> None:
    """Its plans, members and leaders end; a member who left during a session is asked about it."""
    leader = await clinic.add("therapist", "T-1")
    first, second = await clinic.add_patient("P-1"), await clinic.add_patient("P-2")
    group = await clinic.add_group("G-1", tuesday_plan(), first, second)
    async with clinic.store.transaction() as tx:
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=clinic.now)
    await clinic.tick(at("03-03 13:30"))
    async with clinic.store.transaction() as tx:
        assert await groups.remove_member(
            tx, group_id=group.id, patient_id=second.id, at=clinic.now
        )
    await clinic.tick(at("03-03 14:10"))
    assert [who for who, _ in await clinic.sent_prompts()] == ["P-1", "P-2"]  # it had begun
    await clinic.tick(at("03-10 14:10"))
    assert [who for who, _ in await clinic.sent_prompts()] == ["P-1", "P-2", "P-1"]
    async with clinic.store.transaction() as tx:
        assert await groups.end(tx, group_id=group.id, at=clinic.now)
        assert not await groups.end(tx, group_id=group.id, at=clinic.now)
        assert not await groups.members_of(tx, group.id)
        assert not await groups.led_by(tx, leader.id)
        assert not await groups.all_current(tx)
    await clinic.tick(at("03-17 14:10"))
    assert len(await clinic.sent_prompts()) == 3


async def test_a_pause_with_an_end_ends_automatically(clinic: SchedulerClinic) -> None:
    """Check-ins due during the pause are not sent; those due after it are."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    async with clinic.store.transaction() as tx:
        await people.pause(tx, person_id=patient.id, until=at("03-09 08:00"))
    entries = await clinic.preview(clinic.now + 2 * WEEK)
    await clinic.tick(at("03-03 14:10"))
    await clinic.tick(at("03-10 14:00"))
    await clinic.tick(at("03-10 14:10"))
    assert [one.why_not for one in entries] == [WhyNot.PAUSED, None]
    assert await clinic.sent_prompts() == [("P-1", at("03-10 14:10"))]
    async with clinic.store.read_transaction() as tx:
        assert (await people.by_id(tx, patient.id)).state == "active"


async def test_a_patient_s_own_pause_is_open_ended(clinic: SchedulerClinic) -> None:
    """Also after an earlier pause that had an end."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    async with clinic.store.transaction() as tx:
        await people.pause(tx, person_id=patient.id, until=at("03-02 12:00"))
    await clinic.tick(at("03-02 13:00"))
    async with clinic.store.transaction() as tx:
        await people.set_state(tx, person_id=patient.id, state="paused")
    await clinic.tick(at("03-03 14:10"))
    assert [reason for _, _, reason in await clinic.checkins("P-1")] == ["paused"]
    async with clinic.store.read_transaction() as tx:
        assert (await people.by_id(tx, patient.id)).state == "paused"


async def test_a_changed_site_default_applies_from_then_on(clinic: SchedulerClinic) -> None:
    """To future sessions of plans that use the default, but not of plans with their own value."""
    default, own = await clinic.add_patient("P-1"), await clinic.add_patient("P-2")
    await clinic.add_plan(default, tuesday_plan())
    await clinic.add_plan(own, tuesday_plan(delay=timedelta(minutes=5)))
    await clinic.tick()
    await clinic.adopt(replace(clinic.defaults, delay=HOUR))
    await clinic.tick()
    await clinic.tick(at("03-03 13:55"))
    await clinic.tick(at("03-03 14:50"))
    assert await clinic.sent_prompts() == [("P-2", at("03-03 13:55")), ("P-1", at("03-03 14:50"))]


async def reminded_at(clinic: SchedulerClinic) -> list[datetime]:
    """Return when reminders were posted."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all(
            "SELECT created_at FROM outbox WHERE kind = 'reminder' ORDER BY created_at"
        )
    return [datetime.fromisoformat(row["created_at"]) for row in rows]


MORNINGS = [at("03-04 08:00"), at("03-05 08:00")]


@pytest.mark.parametrize("reminders", [0, 1, 2])
async def test_as_many_reminders_as_the_plan_has(clinic: SchedulerClinic, reminders: int) -> None:
    """On the following mornings at nine in Berlin; none after the check-in is closed."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(reminders=reminders))
    await clinic.run_until(at("03-08 12:00"))
    assert await reminded_at(clinic) == MORNINGS[:reminders]
    assert (await clinic.checkins("P-1"))[0][1] == "expired"


async def test_expiry_ends_reminders(clinic: SchedulerClinic) -> None:
    """A check-in that is open for a day has one reminder."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(reminders=2, expiry=timedelta(hours=24)))
    await clinic.run_until(at("03-04 14:09"))
    assert await reminded_at(clinic) == MORNINGS[:1]
    assert (await clinic.checkins("P-1"))[0][1] == "sent"
    await clinic.run_until(at("03-04 14:10"))
    assert (await clinic.checkins("P-1"))[0][1] == "expired"


async def test_a_late_reminder_waits_for_the_morning(
    clinic: SchedulerClinic,
) -> None:
    """After an outage over both mornings that ends at night, one reminder comes, not two."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(reminders=2, expiry=timedelta(hours=96)))
    await clinic.run_until(at("03-03 15:00"))
    await clinic.tick(at("03-05 22:30"))
    assert await reminded_at(clinic) == []
    await clinic.run_until(at("03-07 12:00"))
    assert await reminded_at(clinic) == [at("03-06 07:00"), at("03-07 08:00")]


@pytest.mark.parametrize("asked_for", ["03-03 15:30", "03-03 20:30"])
async def test_later_counts_as_a_reminder(clinic: SchedulerClinic, asked_for: str) -> None:
    """The check-in comes back when the patient asked for it, even late in the evening.

    The plan's one reminder is then used up.
    """
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(reminders=1))
    await clinic.run_until(at("03-03 14:30"))
    async with clinic.store.transaction() as tx:
        row = await tx.one("SELECT id FROM checkins")
        assert row is not None
        await checkins.postpone_by_request(tx, checkin_id=row["id"], until=at(asked_for))
    await clinic.run_until(at("03-05 12:00"))
    assert await reminded_at(clinic) == [at(asked_for)]


async def test_no_reminder_during_a_pause(clinic: SchedulerClinic) -> None:
    """Also if the pause begins after the check-in was sent."""
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan())
    await clinic.run_until(at("03-03 15:00"))
    async with clinic.store.transaction() as tx:
        await people.pause(tx, person_id=patient.id, until=None)
    await clinic.run_until(at("03-05 12:00"))
    assert await reminded_at(clinic) == []
