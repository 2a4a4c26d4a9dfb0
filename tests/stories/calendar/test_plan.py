"""The coordinator saves a plan; the scheduler asks, reminds, closes and catches up."""

from datetime import timedelta

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text

pytestmark = pytest.mark.both_databases

PLAN = "/plan P-1 tue 14:00 50 20 UTC"


async def save_usual_plan(clinic: StoryClinic) -> None:
    """Save the usual plan: Tuesdays at two, the check-in at ten past three."""
    clinic.coordinator.say(PLAN)
    await wait_for_text(clinic.coordinator, "14:00–14:50 UTC, check-in 20 minutes after the end")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    await clinic.pass_time()


async def checkin_state(clinic: StoryClinic, place: int = 0) -> str:
    """Return the state of one check-in of the patient."""
    return str((await clinic.checkins("P-1"))[place]["state"])


async def test_a_plan_by_buttons(clinic: StoryClinic) -> None:
    """Two taps, a change under "More", and Save; the check-in follows the session."""
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "on which day?")
    clinic.coordinator.tap("Tue")
    await wait_for_text(clinic.coordinator, "what time does it start?")
    clinic.coordinator.tap("14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday 14:00–14:50")
    clinic.coordinator.tap("More")
    await wait_for_text(clinic.coordinator, "what should be different?")
    clinic.coordinator.tap("Check-in after: default: 20 minutes")
    await wait_for_text(clinic.coordinator, "how long after the end")
    clinic.coordinator.tap("10 minutes")
    await wait_for_text(clinic.coordinator, "what should be different?")
    clinic.coordinator.tap("Done")
    await wait_for_text(clinic.coordinator, "check-in 10 minutes after the end")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved. P-1: every Tuesday")
    await clinic.pass_time(hours=5, minutes=5)
    await wait_for_text(clinic.patient, "ready")


async def test_the_question_follows_the_planned_session(clinic: StoryClinic) -> None:
    """Nothing before the delay is over; then the scheduler asks, week after week."""
    await save_usual_plan(clinic)
    await clinic.pass_time(hours=5, minutes=5)
    assert "ready" not in last_text(clinic.patient)
    clinic.clock.advance(timedelta(minutes=6))
    clinic.bot.scheduler.wake()
    await wait_for_text(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    await clinic.pass_time(days=7)
    await wait_for_text(clinic.patient, "ready")
    assert await checkin_state(clinic) == "completed"
    assert len(await clinic.checkins("P-1")) == 2


async def test_one_reminder_next_morning_then_the_end(clinic: StoryClinic) -> None:
    """The reminder replaces the question; two days later the check-in is closed."""
    await save_usual_plan(clinic)
    await clinic.pass_time(hours=5, minutes=15)
    await wait_for_text(clinic.patient, "ready")
    first = clinic.patient.screen.id
    await clinic.pass_time(hours=17, minutes=30)  # 08:45
    assert clinic.patient.screen.id == first
    await clinic.pass_time(minutes=20)
    await clinic.patient.wait_until(lambda p: p.screen.id > first and "1/5" in last_text(p))
    await clinic.patient.wait_until(lambda p: first not in [m.id for m in p.messages])
    second = clinic.patient.screen.id
    await clinic.pass_time(hours=24)
    assert clinic.patient.screen.id == second
    await clinic.pass_time(hours=7)
    await wait_for_text(clinic.patient, "This check-in is closed.")
    assert await checkin_state(clinic) == "expired"
    kinds = [one["kind"] for one in (await clinic.state())["outbox"]]
    assert kinds.count("reminder") == 1


@pytest.mark.parametrize(("hours", "state"), [(20, "sent"), (60, "missed")])
async def test_the_clock_catches_up_after_downtime(
    clinic: StoryClinic, hours: float, state: str
) -> None:
    """After downtime the bot asks late if there is time left; otherwise the check-in is missed.

    It comes back at six in the morning; the question waits until quiet hours end at eight.
    """
    await save_usual_plan(clinic)
    await clinic.stop()
    await clinic.pass_time(hours=hours)
    await clinic.start()
    await clinic.pass_time()
    if state == "sent":
        assert "1/5" not in last_text(clinic.patient)
        await clinic.pass_time(hours=2)
        await wait_for_text(clinic.patient, "1/5")
        await answer(clinic.patient, (9, 9, 9, 9))
        state = "completed"
    assert await checkin_state(clinic) == state
    assert ("ready" in "".join(clinic.patient.notifications)) is (state == "completed")


async def test_an_outage_in_the_evening_wakes_nobody(clinic: StoryClinic) -> None:
    """Telegram comes back during quiet hours: the question that was due waits until eight."""
    clinic.coordinator.say("/plan P-1 tue 19:30 50 20 UTC")
    await wait_for_text(clinic.coordinator, "check-in 20 minutes after the end")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    outage = clinic.telegram.faults.add(
        FaultKind.DROP_BEFORE, chat_id=clinic.patient.id, method="sendMessage", times=None
    )
    await clinic.pass_time(hours=10, minutes=41)
    await clinic.wait_until_put_back("prompt", "NetworkError")
    await clinic.pass_time(minutes=50)
    clinic.telegram.faults.remove(outage)
    await clinic.wait_until_put_back("prompt", "quiet hours")
    assert "1/5" not in last_text(clinic.patient)
    await clinic.pass_time(hours=10, minutes=30)
    await wait_for_text(clinic.patient, "1/5")
