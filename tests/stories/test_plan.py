"""The coordinator plans the weeks; the clock asks, reminds, closes and catches up."""

from datetime import timedelta

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import Story, answer, said, seen

PLAN = "/plan P-1 tue 14:00 50 20 UTC"


async def planned(clinic: Story) -> None:
    """Keep the usual plan: Tuesdays at two, the question at ten past three."""
    clinic.coordinator.say(PLAN)
    await seen(clinic.coordinator, "14:00–14:50 UTC, check-in 20 minutes after the end")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    await clinic.pass_time()


async def state_of(clinic: Story, place: int = 0) -> str:
    """Return where one check-in of the patient stands."""
    return str((await clinic.checkins("P-1"))[place]["state"])


async def test_a_plan_by_buttons(clinic: Story) -> None:
    """Two taps, a change under "More", and Save; the question follows the session."""
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "on which day?")
    clinic.coordinator.tap("Tue")
    await seen(clinic.coordinator, "when does it begin?")
    clinic.coordinator.tap("14:00")
    await seen(clinic.coordinator, "every Tuesday 14:00–14:50")
    clinic.coordinator.tap("More")
    await seen(clinic.coordinator, "what shall be otherwise?")
    clinic.coordinator.tap("Check-in after: as usual: 20 minutes")
    await seen(clinic.coordinator, "how long after the end")
    clinic.coordinator.tap("10 minutes")
    await seen(clinic.coordinator, "what shall be otherwise?")
    clinic.coordinator.tap("Ready")
    await seen(clinic.coordinator, "check-in 10 minutes after the end")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept. P-1: every Tuesday")
    await clinic.pass_time(hours=5, minutes=5)
    await seen(clinic.patient, "ready")


async def test_the_question_follows_the_planned_session(clinic: Story) -> None:
    """Nothing before the delay is over; then the clock itself asks, week after week."""
    await planned(clinic)
    await clinic.pass_time(hours=5, minutes=5)
    assert "ready" not in said(clinic.patient)
    clinic.timepiece.move(timedelta(minutes=6))
    clinic.bot.clock.ring()
    await seen(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    await clinic.pass_time(days=7)
    await seen(clinic.patient, "ready")
    assert await state_of(clinic) == "completed"
    assert len(await clinic.checkins("P-1")) == 2


async def test_one_reminder_next_morning_then_the_end(clinic: Story) -> None:
    """The reminder takes the question's place; two days later the question is closed."""
    await planned(clinic)
    await clinic.pass_time(hours=5, minutes=15)
    await seen(clinic.patient, "ready")
    first = clinic.patient.screen.id
    await clinic.pass_time(hours=17, minutes=30)  # 08:45
    assert clinic.patient.screen.id == first
    await clinic.pass_time(minutes=20)
    await clinic.patient.until(lambda p: p.screen.id > first and "1/5" in said(p))
    await clinic.patient.until(lambda p: first not in [m.id for m in p.messages])
    second = clinic.patient.screen.id
    await clinic.pass_time(hours=24)
    assert clinic.patient.screen.id == second
    await clinic.pass_time(hours=7)
    await seen(clinic.patient, "This check-in is closed.")
    assert await state_of(clinic) == "expired"
    kinds = [one["kind"] for one in (await clinic.state())["outbox"]]
    assert kinds.count("reminder") == 1


@pytest.mark.parametrize(("hours", "state"), [(20, "sent"), (60, "missed")])
async def test_the_clock_catches_up_after_downtime(clinic: Story, hours: float, state: str) -> None:
    """A bot that was away asks late where there is time left, and says so where there is none.

    It comes back at six in the morning: nobody is woken, the question waits until eight.
    """
    await planned(clinic)
    await clinic.stop()
    await clinic.pass_time(hours=hours)
    await clinic.start()
    await clinic.pass_time()
    if state == "sent":
        assert "1/5" not in said(clinic.patient)
        await clinic.pass_time(hours=2)
        await seen(clinic.patient, "1/5")
        await answer(clinic.patient, (9, 9, 9, 9))
        state = "completed"
    assert await state_of(clinic) == state
    assert ("ready" in "".join(clinic.patient.notifications)) is (state == "completed")


async def test_an_outage_in_the_evening_wakes_nobody(clinic: Story) -> None:
    """Telegram comes back at half past nine: the question that was due before waits until eight."""
    clinic.coordinator.say("/plan P-1 tue 19:30 50 20 UTC")
    await seen(clinic.coordinator, "check-in 20 minutes after the end")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    outage = clinic.telegram.faults.add(
        FaultKind.DROP_BEFORE, chat_id=clinic.patient.id, method="sendMessage", times=None
    )
    await clinic.pass_time(hours=10, minutes=41)
    await clinic.until_letter("prompt", "NetworkError")
    await clinic.pass_time(minutes=50)
    clinic.telegram.faults.lift(outage)
    await clinic.until_letter("prompt", "quiet hours")
    assert "1/5" not in said(clinic.patient)
    await clinic.pass_time(hours=10, minutes=30)
    await seen(clinic.patient, "1/5")
