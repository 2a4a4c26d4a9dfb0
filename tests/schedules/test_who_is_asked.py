"""Members who come and go, pauses, the site's defaults, reminders: who is asked, and how often."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alliance.calendar.ask_or_not import WhyNot
from storage.checkins import checkins
from storage.groups import groups
from storage.people import people
from tests.schedules.surgery import HOUR, WEEK, Surgery, at, tuesdays


async def test_a_group_ends_with_everything(surgery: Surgery) -> None:
    """Its plans, its members and its leaders; and who left before was asked before."""
    leader = await surgery.add("therapist", "T-1")
    first, second = await surgery.patient("P-1"), await surgery.patient("P-2")
    group = await surgery.group("G-1", tuesdays(), first, second)
    async with surgery.store.transaction() as tx:
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=surgery.now)
    await surgery.tick(at("03-03 13:30"))
    async with surgery.store.transaction() as tx:
        assert await groups.remove_member(
            tx, group_id=group.id, patient_id=second.id, at=surgery.now
        )
    await surgery.tick(at("03-03 14:10"))
    assert [who for who, _ in await surgery.asked()] == ["P-1", "P-2"]  # it had begun
    await surgery.tick(at("03-10 14:10"))
    assert [who for who, _ in await surgery.asked()] == ["P-1", "P-2", "P-1"]
    async with surgery.store.transaction() as tx:
        assert await groups.end(tx, group_id=group.id, at=surgery.now)
        assert not await groups.end(tx, group_id=group.id, at=surgery.now)
        assert not await groups.members_of(tx, group.id)
        assert not await groups.led_by(tx, leader.id)
        assert not await groups.all_current(tx)
    await surgery.tick(at("03-17 14:10"))
    assert len(await surgery.asked()) == 3


async def test_a_pause_with_an_end_is_over_by_itself(surgery: Surgery) -> None:
    """What is due in the pause is not asked; what is due after it is."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    async with surgery.store.transaction() as tx:
        await people.pause(tx, person_id=patient.id, until=at("03-09 08:00"))
    coming = await surgery.preview(surgery.now + 2 * WEEK)
    await surgery.tick(at("03-03 14:10"))
    await surgery.tick(at("03-10 14:00"))
    await surgery.tick(at("03-10 14:10"))
    assert [one.why_not for one in coming] == [WhyNot.PAUSED, None]
    assert await surgery.asked() == [("P-1", at("03-10 14:10"))]
    async with surgery.store.reading() as tx:
        assert (await people.by_id(tx, patient.id)).state == "active"


async def test_a_pause_of_one_s_own_has_no_end(surgery: Surgery) -> None:
    """Even after one that had: who pauses again is not asked until they say so."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    async with surgery.store.transaction() as tx:
        await people.pause(tx, person_id=patient.id, until=at("03-02 12:00"))
    await surgery.tick(at("03-02 13:00"))
    async with surgery.store.transaction() as tx:
        await people.set_state(tx, person_id=patient.id, state="paused")
    await surgery.tick(at("03-03 14:10"))
    assert [reason for _, _, reason in await surgery.checkins("P-1")] == ["paused"]
    async with surgery.store.reading() as tx:
        assert (await people.by_id(tx, patient.id)).state == "paused"


async def test_another_default_of_the_site_holds_from_then_on(surgery: Surgery) -> None:
    """Sessions to come follow the site's settings as they are; a plan that differs does not."""
    usual, own = await surgery.patient("P-1"), await surgery.patient("P-2")
    await surgery.plan(usual, tuesdays())
    await surgery.plan(own, tuesdays(delay=timedelta(minutes=5)))
    await surgery.tick()
    await surgery.adopt(replace(surgery.defaults, delay=HOUR))
    await surgery.tick()
    await surgery.tick(at("03-03 13:55"))
    await surgery.tick(at("03-03 14:50"))
    assert await surgery.asked() == [("P-2", at("03-03 13:55")), ("P-1", at("03-03 14:50"))]


async def reminded(surgery: Surgery) -> list[datetime]:
    """Return when reminders were posted."""
    async with surgery.store.reading() as tx:
        rows = await tx.all(
            "SELECT created_at FROM outbox WHERE kind = 'reminder' ORDER BY created_at"
        )
    return [datetime.fromisoformat(row["created_at"]) for row in rows]


MORNINGS = [at("03-04 08:00"), at("03-05 08:00")]


@pytest.mark.parametrize("reminders", [0, 1, 2])
async def test_as_many_reminders_as_the_plan_has(surgery: Surgery, reminders: int) -> None:
    """At nine in Berlin, on the mornings after; none once the check-in is closed."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays(reminders=reminders))
    await surgery.run_until(at("03-08 12:00"))
    assert await reminded(surgery) == MORNINGS[:reminders]
    assert (await surgery.checkins("P-1"))[0][1] == "expired"


async def test_expiry_ends_reminders_too(surgery: Surgery) -> None:
    """A check-in that is open for a day has one morning."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays(reminders=2, expiry=timedelta(hours=24)))
    await surgery.run_until(at("03-04 14:09"))
    assert await reminded(surgery) == MORNINGS[:1]
    assert (await surgery.checkins("P-1"))[0][1] == "sent"
    await surgery.run_until(at("03-04 14:10"))
    assert (await surgery.checkins("P-1"))[0][1] == "expired"


async def test_no_reminder_at_night_however_late_the_clock_comes_round(surgery: Surgery) -> None:
    """Away over both mornings, back at night: in the morning there is one reminder, not two."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays(reminders=2, expiry=timedelta(hours=96)))
    await surgery.run_until(at("03-03 15:00"))
    await surgery.tick(at("03-05 22:30"))
    assert await reminded(surgery) == []
    await surgery.run_until(at("03-07 12:00"))
    assert await reminded(surgery) == [at("03-06 07:00"), at("03-07 08:00")]


@pytest.mark.parametrize("asked_for", ["03-03 15:30", "03-03 20:30"])
async def test_put_off_counts_as_a_reminder(surgery: Surgery, asked_for: str) -> None:
    """It is brought up when the patient asked for it, even late in the evening.

    The plan's one reminder is then spent.
    """
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays(reminders=1))
    await surgery.run_until(at("03-03 14:30"))
    async with surgery.store.transaction() as tx:
        row = await tx.one("SELECT id FROM checkins")
        assert row is not None
        await checkins.set_reminder(tx, checkin_id=row["id"], at=at(asked_for))
    await surgery.run_until(at("03-05 12:00"))
    assert await reminded(surgery) == [at(asked_for)]


async def test_who_pauses_is_not_reminded(surgery: Surgery) -> None:
    """A pause that begins after the question holds its reminder back."""
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays())
    await surgery.run_until(at("03-03 15:00"))
    async with surgery.store.transaction() as tx:
        await people.pause(tx, person_id=patient.id, until=None)
    await surgery.run_until(at("03-05 12:00"))
    assert await reminded(surgery) == []
