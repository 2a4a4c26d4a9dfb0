"""An alert that nobody opens: it comes again, then a coordinator is asked to remind."""

from datetime import date, timedelta

from storage.calendar import absences
from storage.people import people
from tests.stories.clinic import Story, away, said, seen
from tests.stories.test_alert import NOTICE, a_drop, shown

REMIND = "An alert has not been seen in time. Please remind T-1."


def notices(clinic: Story) -> int:
    """Return how often the therapist's phone has shown the notice."""
    return clinic.therapist.notifications.count(NOTICE)


async def kinds(clinic: Story) -> list[str]:
    """Return the letters about alerts, oldest first."""
    about = ("alert", "alert_again", "unseen")
    return [one["kind"] for one in (await clinic.state())["outbox"] if one["kind"] in about]


async def test_unseen_it_comes_again_then_a_coordinator_reminds(clinic: Story) -> None:
    """Two working days, two more, once each; the coordinator reads no more than whom to remind."""
    await a_drop(clinic)  # a Tuesday
    await clinic.pass_time(hours=47)
    assert notices(clinic) == 1
    await clinic.pass_time(hours=1, minutes=1)  # Thursday
    await clinic.therapist.until(lambda p: p.notifications.count(NOTICE) == 2)
    await clinic.pass_time(days=3, hours=12)  # the weekend
    await clinic.stop()
    await clinic.pass_time(hours=10)
    await clinic.start()
    await clinic.pass_time(hours=3)  # Monday, after a restart
    await seen(clinic.coordinator, REMIND)
    assert said(clinic.coordinator) == REMIND
    for _ in range(3):
        await clinic.pass_time(days=2)
    assert await kinds(clinic) == ["alert", "alert_again", "unseen"]
    assert clinic.coordinator.notifications.count(REMIND) == 1


async def test_seen_in_time_nothing_goes_on(clinic: Story) -> None:
    """One tap on Seen is the end of it, also of a reminder that was on its way."""
    await a_drop(clinic)
    await clinic.pass_time(hours=40)
    await shown(clinic)
    clinic.therapist.tap("Seen")
    await seen(clinic.therapist, "Seen: T-1")
    for _ in range(8):
        await clinic.pass_time(days=1)
    assert await kinds(clinic) == ["alert"]


async def test_a_cover_is_told_and_can_open_it(clinic: Story) -> None:
    """The therapist falls ill: who stands in hears of the alert, opens it, and that is the end."""
    cover = await clinic.enrol("therapist", "T-2")
    await a_drop(clinic)
    await away(clinic, date(2026, 4, 1), date(2026, 4, 10))
    await clinic.pass_time(hours=49)
    await seen(cover, NOTICE)
    assert notices(clinic) == 1
    cover.tap("Show")
    await seen(cover, "The ratings fell")
    cover.tap("Seen")
    await seen(cover, "Seen: T-2")
    for _ in range(8):
        await clinic.pass_time(days=1)
    assert await kinds(clinic) == ["alert", "alert_again"]


async def test_away_without_cover_a_coordinator_is_told_so(clinic: Story) -> None:
    """Nobody could see it: after two working days somebody who can change that knows."""
    await a_drop(clinic)
    async with clinic.bot.store.transaction() as tx:
        ill = await people.by_code(tx, "T-1")
        assert ill is not None
        await absences.add(
            tx,
            person_id=ill.id,
            first_day=date(2026, 4, 1),
            last_day=date(2026, 4, 30),
            at=clinic.timepiece.now(),
        )
    await clinic.pass_time(hours=49)
    await seen(clinic.coordinator, "Away, and nobody stands in: T-1. Please name a cover.")
    assert notices(clinic) == 1


async def test_nothing_goes_on_at_night(clinic: Story) -> None:
    """An alert of the evening comes again on the morning after the two days."""
    clinic.timepiece.move(timedelta(hours=10))  # ten in the evening
    await a_drop(clinic)
    await clinic.pass_time(hours=48, minutes=1)
    assert notices(clinic) == 1
    await clinic.pass_time(hours=10)
    await clinic.therapist.until(lambda p: p.notifications.count(NOTICE) == 2)
