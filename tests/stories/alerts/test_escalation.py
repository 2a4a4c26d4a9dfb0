"""An alert that nobody opens comes again; then a coordinator is asked to remind."""

from datetime import date, timedelta

from storage.calendar import absences
from storage.people import people
from tests.stories.alerts.test_alert import open_alert, play_drop
from tests.stories.clinic import (
    ALERT_NOTICE,
    StoryClinic,
    add_covered_absence,
    last_text,
    wait_for_text,
)

REMIND = "An alert has not been seen in time. Please remind T-1."


def count_notices(clinic: StoryClinic) -> int:
    """Return how many alert notices the therapist has received."""
    return clinic.therapist.notifications.count(ALERT_NOTICE)


async def alert_message_kinds(clinic: StoryClinic) -> list[str]:
    """Return the kinds of the messages about alerts, oldest first."""
    kinds = ("alert", "alert_again", "unseen")
    return [one["kind"] for one in (await clinic.state())["outbox"] if one["kind"] in kinds]


async def test_unseen_it_comes_again_then_a_coordinator_reminds(clinic: StoryClinic) -> None:
    """After two working days, and two more; the coordinator reads only whom to remind."""
    await play_drop(clinic)  # a Tuesday
    await clinic.pass_time(hours=47)
    assert count_notices(clinic) == 1
    await clinic.pass_time(hours=1, minutes=1)  # Thursday
    await clinic.therapist.wait_until(lambda p: p.notifications.count(ALERT_NOTICE) == 2)
    await clinic.pass_time(days=3, hours=12)  # the weekend
    await clinic.stop()
    await clinic.pass_time(hours=10)
    await clinic.start()
    await clinic.pass_time(hours=3)  # Monday, after a restart
    await wait_for_text(clinic.coordinator, REMIND)
    assert last_text(clinic.coordinator) == REMIND
    for _ in range(3):
        await clinic.pass_time(days=2)
    assert await alert_message_kinds(clinic) == ["alert", "alert_again", "unseen"]
    assert clinic.coordinator.notifications.count(REMIND) == 1


async def test_seen_in_time_nothing_goes_on(clinic: StoryClinic) -> None:
    """One tap on Seen ends it, and cancels a queued reminder."""
    await play_drop(clinic)
    await clinic.pass_time(hours=40)
    await open_alert(clinic)
    clinic.therapist.tap("Seen")
    await wait_for_text(clinic.therapist, "Seen: T-1")
    for _ in range(8):
        await clinic.pass_time(days=1)
    assert await alert_message_kinds(clinic) == ["alert"]


async def test_a_cover_is_told_and_can_open_it(clinic: StoryClinic) -> None:
    """The therapist is ill: the cover is told, opens the alert, and the escalation ends."""
    cover = await clinic.enrol("therapist", "T-2")
    await play_drop(clinic)
    await add_covered_absence(clinic, date(2026, 4, 1), date(2026, 4, 10))
    await clinic.pass_time(hours=49)
    await wait_for_text(cover, ALERT_NOTICE)
    assert count_notices(clinic) == 1
    cover.tap("Show")
    await wait_for_text(cover, "The ratings fell")
    cover.tap("Seen")
    await wait_for_text(cover, "Seen: T-2")
    for _ in range(8):
        await clinic.pass_time(days=1)
    assert await alert_message_kinds(clinic) == ["alert", "alert_again"]


async def test_away_without_cover_a_coordinator_is_told_so(clinic: StoryClinic) -> None:
    """Nobody could see it: after two working days a coordinator is told."""
    await play_drop(clinic)
    async with clinic.bot.store.transaction() as tx:
        ill = await people.by_code(tx, "T-1")
        assert ill is not None
        await absences.add(
            tx,
            person_id=ill.id,
            first_day=date(2026, 4, 1),
            last_day=date(2026, 4, 30),
            at=clinic.clock.now(),
        )
    await clinic.pass_time(hours=49)
    await wait_for_text(
        clinic.coordinator, "Away, with nobody covering: T-1. Please arrange cover."
    )
    assert count_notices(clinic) == 1


async def test_nothing_goes_on_at_night(clinic: StoryClinic) -> None:
    """An evening's alert comes again on the morning after the two days."""
    clinic.clock.advance(timedelta(hours=10))  # ten in the evening
    await play_drop(clinic)
    await clinic.pass_time(hours=48, minutes=1)
    assert count_notices(clinic) == 1
    await clinic.pass_time(hours=10)
    await clinic.therapist.wait_until(lambda p: p.notifications.count(ALERT_NOTICE) == 2)
