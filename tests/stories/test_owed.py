"""What coordinators are owed: they hear of what does not work, once, and of nothing else."""

from datetime import time

import pytest

from alliance.calendar.recurrence import read_rule
from alliance.calendar.timetable import Timetable
from bot.simulator import FaultKind, Phone
from storage.calendar import edit_plans
from storage.people import people
from tests.stories.clinic import Story, answer, said, seen
from tests.stories.hand import Hand
from tests.stories.test_people import link_in
from tests.waiting import until


def told(phone: Phone, words: str) -> int:
    """Return how many messages of the chat have those words."""
    return len([one for one in phone.messages if one.from_bot and words in one.text])


async def test_who_cannot_be_reached_and_what_to_do(clinic: Story) -> None:
    """The notice leads to the card; the list says since when, and who has had a word."""
    hand = Hand(clinic.coordinator)
    await hand.types("/unreachable", "Everybody can be reached.")
    clinic.patient.block()
    await seen(clinic.coordinator, "P-1 cannot be reached")
    await hand.tap("Show", "patient · unreachable")
    await hand.tap("What to do?", "ask them to open the chat")
    await hand.tap("I have spoken to them", "spoken to Tue 3 Mar")
    await hand.types("/unreachable", "P-1 · since Tue 3 Mar")
    clinic.patient.start()
    await seen(clinic.patient, "I write after your sessions.")
    await hand.types("/unreachable", "Everybody can be reached.")
    await hand.tap_old("P-1", "P-1 can be reached again.")


async def test_another_phone_brings_somebody_back(clinic: Story) -> None:
    """Whose account is gone gets a new link in two taps, and goes on where they were."""
    clinic.patient.delete_account()
    clinic.therapist.say("/session P-1")
    await seen(clinic.coordinator, "P-1 cannot be reached")
    hand = Hand(clinic.coordinator)
    await hand.types("/unreachable", "P-1 · since")
    await hand.tap("P-1", "give them a new link")
    await hand.tap("New link", "https://t.me/")
    phone = clinic.telegram.phone(name="Another")
    phone.open_link(link_in(said(clinic.coordinator)))
    await phone.until(lambda p: any("I write after" in m.text for m in p.messages))
    assert (await clinic.person("P-1"))["state"] == "active"


async def test_a_pause_outlasts_a_blocked_chat(clinic: Story) -> None:
    """Who paused, blocked the bot and came back is still paused."""
    clinic.patient.say("/pause")
    await seen(clinic.patient, "Paused.")
    clinic.patient.block()
    await seen(clinic.coordinator, "P-1 cannot be reached")
    clinic.patient.unblock()
    await clinic.pass_time(seconds=1)
    clinic.therapist.say("/session P-1")
    await seen(clinic.therapist, "P-1 has paused")


async def test_who_never_came_is_on_the_list_once_the_link_is_over(clinic: Story) -> None:
    """A link that ran out is somebody who cannot be reached; a new one takes them off."""
    await clinic.invite("patient", "P-2", "T-1")
    hand = Hand(clinic.coordinator)
    await clinic.pass_time(days=13)
    await hand.types("/unreachable", "Everybody can be reached.")
    await clinic.pass_time(days=2)
    await hand.types("/unreachable", "P-2 · never came, link over since Tue 17 Mar")
    await hand.tap("P-2", "Please give them a new one.")
    assert "I have spoken to them" not in hand.labels
    await hand.tap("New link", "https://t.me/")
    await hand.types("/unreachable", "Everybody can be reached.")


async def test_a_refused_message_is_told_once_a_day(clinic: Story) -> None:
    """Telegram refuses three questions on two days: that is two words to the coordinator."""
    hand = Hand(clinic.coordinator)
    for hours, letters in ((0, 1), (2, 1), (24, 2)):
        await clinic.pass_time(hours=hours)
        clinic.telegram.faults.add(
            FaultKind.REFUSE, chat_id=clinic.patient.id, method="sendMessage", times=1
        )
        await Hand(clinic.therapist).types("/session P-1", "asked now")
        await clinic.pass_time()
        # Letters to one person leave one after the other: what follows shows that it is over.
        await hand.types("/pause P-1 2026-04-01")
        clinic.coordinator.say("/resume P-1")
        await clinic.coordinator.until(
            lambda p: told(p, "is asked again.") == told(p, "again from")
        )
        await seen(clinic.patient, "Your check-ins go on.")
        assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(letters,)]
        clinic.patient.delete(clinic.patient.screen)


async def test_at_night_only_failures_come(clinic: Story) -> None:
    """Somebody blocks the bot at eleven at night: coordinators read of it in the morning."""
    await clinic.pass_time(hours=13)
    clinic.patient.block()
    await clinic.pass_time(minutes=1)
    assert (await clinic.person("P-1"))["state"] == "unreachable"
    assert told(clinic.coordinator, "P-1 cannot be reached") == 0
    await clinic.pass_time(hours=9)
    await seen(clinic.coordinator, "P-1 cannot be reached")


@pytest.mark.fault("the machine sleeps for hours")
async def test_a_clock_that_stood_still_is_told(clinic: Story) -> None:
    """The bot was down for three hours: one message says so, at any hour and only once."""
    await clinic.pass_time(hours=14)
    await clinic.stop()
    await clinic.pass_time(hours=3, minutes=20)
    await clinic.start()
    await seen(clinic.coordinator, "The clock stood still for 3 h 20 min.")
    await clinic.stop()
    await clinic.pass_time(hours=1)
    await clinic.start()
    noted = "SELECT COUNT(*) FROM audit WHERE action = 'clock.late'"
    await until(lambda: clinic.rows(noted) == [(2,)])  # at the first tick, which comes by itself
    clinic.coordinator.say("/audit")
    await clinic.coordinator.until(lambda p: told(p, "the clock was 60 minutes late"))
    assert told(clinic.coordinator, "The clock stood still") == 1


async def test_a_short_restart_is_no_trouble(clinic: Story) -> None:
    """Nine minutes away are caught up with; nobody is told."""
    await clinic.stop()
    await clinic.pass_time(minutes=9)
    await clinic.start()
    await Hand(clinic.coordinator).types("/audit", "Changes")
    assert told(clinic.coordinator, "The clock stood still") == 0


async def test_a_daily_sign_of_life(clinic: Story) -> None:
    """Once a day at the chosen time, counts only; test patients are not counted."""
    hand = Hand(clinic.coordinator)
    await clinic.enrol("patient", "P-2", "T-1")
    await hand.types("/test P-2", "is a test patient")
    await hand.types("/heartbeat", "No daily sign of life.")
    await hand.tap("16:00", "A daily sign of life comes at 16:00.")
    await clinic.ask()
    await answer(clinic.patient, (2, 3, 2, 3))
    clinic.therapist.say("/session P-2")
    await seen(clinic.therapist, "P-2 (test) is asked now")
    await clinic.pass_time(hours=5, minutes=59)
    assert told(clinic.coordinator, "All is running.") == 0
    await clinic.pass_time(minutes=2)
    await seen(clinic.coordinator, "All is running. Since yesterday: asked 1, answered 1,")
    await clinic.pass_time(hours=12)
    await clinic.pass_time(days=3)
    await clinic.coordinator.until(lambda p: told(p, "All is running.") == 2)
    assert "asked 0, answered 0" in said(clinic.coordinator)
    await hand.types("/heartbeat off", "No daily sign of life.")
    await clinic.pass_time(days=2)
    await hand.types("/heartbeat on", "comes at 08:00")
    await hand.types("/heartbeat 7:30", "comes at 07:30")
    await hand.types("/heartbeat late", "Please send a time like 08:30")
    assert told(clinic.coordinator, "All is running.") == 2


async def test_a_plan_that_ends_soon_is_told_once(clinic: Story) -> None:
    """Two weeks before the last session, in office hours; a plan without an end is not told of."""
    await keep_plan(clinic, "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260401")
    await clinic.pass_time(days=14, hours=10)  # 20:00, two weeks before
    await clinic.pass_time(minutes=1)
    assert told(clinic.coordinator, "ends within two weeks") == 0
    await clinic.pass_time(hours=13)
    await seen(clinic.coordinator, "The plan of P-1 ends within two weeks.")
    await Hand(clinic.coordinator).tap("Show", "patient · active")
    await clinic.pass_time(days=5)
    assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(1,)]


async def test_a_plan_that_was_renewed_in_time_is_not_told_of(clinic: Story) -> None:
    """What was put right before the morning is no trouble any more, nor is a test patient's."""
    await Hand(clinic.coordinator).types("/test P-1", "test patient")
    await keep_plan(clinic, "FREQ=WEEKLY;BYDAY=TU;COUNT=2")
    await clinic.pass_time(hours=2)
    assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(0,)]
    await Hand(clinic.coordinator).tap("No test patient", "no longer")
    await clinic.pass_time(hours=10)
    assert clinic.rows("SELECT state FROM outbox WHERE kind = 'trouble'") == [("new",)]
    await keep_plan(clinic, "FREQ=WEEKLY;BYDAY=TU")
    await clinic.pass_time(hours=13)
    await Hand(clinic.coordinator).types("/unreachable", "Everybody can be reached.")
    assert told(clinic.coordinator, "ends within two weeks") == 0


async def keep_plan(clinic: Story, rule: str) -> None:
    """Give the patient a plan on Tuesdays at two."""
    async with clinic.bot.store.transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        now = clinic.timepiece.now()
        timetable = Timetable(read_rule(rule), now.date(), time(14), "UTC")
        await edit_plans.set_plan(tx, patient_id=patient.id, timetable=timetable, at=now)


async def test_who_blocks_before_agreeing_is_asked_for_agreement_when_back(clinic: Story) -> None:
    """Somebody who came in and blocked the bot at once is on the list, and not forgotten."""
    phone = clinic.telegram.phone(name="Wavers")
    phone.open_link(await clinic.invite("patient", "P-2", "T-1"))
    await seen(phone, "Do you agree?")
    phone.block()
    await seen(clinic.coordinator, "P-2 cannot be reached")
    await Hand(clinic.coordinator).types("/unreachable", "P-2 · since")
    phone.start()
    await phone.until(lambda p: len([m for m in p.messages if "Do you agree?" in m.text]) == 2)
    assert (await clinic.person("P-2"))["state"] == "invited"


async def test_nobody_is_told_of_somebody_who_has_ended(clinic: Story) -> None:
    """A patient who blocks the bot after the end is nobody's trouble, and gets nothing more."""
    hand = Hand(clinic.coordinator)
    await hand.types("/end P-1", "End the treatment")
    await hand.tap("Yes, end it", "has ended")
    await seen(clinic.patient, "come to their end")
    clinic.patient.block()
    await hand.types("/unreachable", "Everybody can be reached.")
    assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(0,)]
