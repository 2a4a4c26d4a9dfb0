"""Coordinators are notified of what does not work, once, and of nothing else."""

from datetime import time

import pytest

from alliance.calendar.recurrence import parse_rule
from alliance.calendar.timetable import Timetable
from bot.simulator import FaultKind, Phone
from storage.calendar import edit_plans
from storage.people import people
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text
from tests.stories.people.test_people import link_in
from tests.stories.phone_user import PhoneUser
from tests.waiting import wait_until


def count_messages(phone: Phone, words: str) -> int:
    """Return how many messages from the bot contain those words."""
    return len([one for one in phone.messages if one.from_bot and words in one.text])


async def test_who_cannot_be_reached_and_what_to_do(clinic: StoryClinic) -> None:
    """The notice leads to the card; the list says since when, and who has been spoken to."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/unreachable", "Everybody can be reached.")
    clinic.patient.block()
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")
    await user.tap("Show", "patient · unreachable")
    await user.tap("What can I do?", "ask them to open the chat")
    await user.tap("I have spoken to them", "spoken to Tue 3 Mar")
    await user.type_text("/unreachable", "P-1 · since Tue 3 Mar")
    clinic.patient.start()
    await wait_for_text(clinic.patient, "I message you after your sessions.")
    await user.type_text("/unreachable", "Everybody can be reached.")
    await user.tap_earlier("P-1", "P-1 can be reached again.")


async def test_another_phone_brings_somebody_back(clinic: StoryClinic) -> None:
    """Somebody whose account is gone gets a new link in two taps and continues."""
    clinic.patient.delete_account()
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/unreachable", "P-1 · since")
    await user.tap("P-1", "give them a new link")
    await user.tap("New link", "https://t.me/")
    phone = clinic.telegram.phone(name="Another")
    phone.open_link(link_in(last_text(clinic.coordinator)))
    await phone.wait_until(lambda p: any("I message you after" in m.text for m in p.messages))
    assert (await clinic.person("P-1"))["state"] == "active"


async def test_a_pause_outlasts_a_blocked_chat(clinic: StoryClinic) -> None:
    """A patient who paused, blocked the bot and came back is still paused."""
    clinic.patient.say("/pause")
    await wait_for_text(clinic.patient, "Paused.")
    clinic.patient.block()
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")
    clinic.patient.unblock()
    await clinic.pass_time(seconds=1)
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.therapist, "P-1 is paused")


async def test_who_never_came_is_on_the_list_once_the_link_is_over(clinic: StoryClinic) -> None:
    """Somebody whose link has expired is on the list; a new link removes them."""
    await clinic.invite("patient", "P-2", "T-1")
    user = PhoneUser(clinic.coordinator)
    await clinic.pass_time(days=13)
    await user.type_text("/unreachable", "Everybody can be reached.")
    await clinic.pass_time(days=2)
    await user.type_text("/unreachable", "P-2 · never joined, link expired Tue 17 Mar")
    await user.tap("P-2", "Please give them a new one.")
    assert "I have spoken to them" not in user.labels
    await user.tap("New link", "https://t.me/")
    await user.type_text("/unreachable", "Everybody can be reached.")


async def test_a_refused_message_is_told_once_a_day(clinic: StoryClinic) -> None:
    """Telegram refuses three questions on two days: the coordinator gets two notices."""
    user = PhoneUser(clinic.coordinator)
    for hours, notices in ((0, 1), (2, 1), (24, 2)):
        await clinic.pass_time(hours=hours)
        clinic.telegram.faults.add(
            FaultKind.REFUSE, chat_id=clinic.patient.id, method="sendMessage", times=1
        )
        await PhoneUser(clinic.therapist).type_text("/session P-1", "being asked now")
        await clinic.pass_time()
        # Messages to one person are sent in order: the next one shows that this one is done.
        await user.type_text("/pause P-1 2026-04-01")
        clinic.coordinator.say("/resume P-1")
        await clinic.coordinator.wait_until(
            lambda p: count_messages(p, "be asked again.") == count_messages(p, "again from")
        )
        await wait_for_text(clinic.patient, "Your check-ins continue.")
        assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(notices,)]
        clinic.patient.delete(clinic.patient.screen)


async def test_at_night_only_failures_come(clinic: StoryClinic) -> None:
    """Somebody blocks the bot at night: coordinators are told in the morning."""
    await clinic.pass_time(hours=13)
    clinic.patient.block()
    await clinic.pass_time(minutes=1)
    assert (await clinic.person("P-1"))["state"] == "unreachable"
    assert count_messages(clinic.coordinator, "P-1 cannot be reached") == 0
    await clinic.pass_time(hours=9)
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")


@pytest.mark.fault("the machine sleeps for hours")
async def test_a_clock_that_stood_still_is_told(clinic: StoryClinic) -> None:
    """The bot was down for three hours: one message says so, at any hour and only once."""
    await clinic.pass_time(hours=14)
    await clinic.stop()
    await clinic.pass_time(hours=3, minutes=20)
    await clinic.start()
    await wait_for_text(clinic.coordinator, "The scheduler stood still for 3 h 20 min.")
    await clinic.stop()
    await clinic.pass_time(hours=1)
    await clinic.start()
    noted = "SELECT COUNT(*) FROM audit WHERE action = 'clock.late'"
    await wait_until(
        lambda: clinic.rows(noted) == [(2,)]
    )  # at the first tick, which comes by itself
    clinic.coordinator.say("/audit")
    await clinic.coordinator.wait_until(
        lambda p: count_messages(p, "the scheduler was 60 minutes late")
    )
    assert count_messages(clinic.coordinator, "The scheduler stood still") == 1


async def test_a_short_restart_is_no_trouble(clinic: StoryClinic) -> None:
    """Nine minutes of downtime are caught up with; nobody is told."""
    await clinic.stop()
    await clinic.pass_time(minutes=9)
    await clinic.start()
    await PhoneUser(clinic.coordinator).type_text("/audit", "Changes")
    assert count_messages(clinic.coordinator, "The scheduler stood still") == 0


async def test_a_daily_sign_of_life(clinic: StoryClinic) -> None:
    """Once a day at the chosen time, counts only; test patients are not counted."""
    user = PhoneUser(clinic.coordinator)
    await clinic.enrol("patient", "P-2", "T-1")
    await user.type_text("/test P-2", "is now a test patient")
    await user.type_text("/heartbeat", "You get no daily status message.")
    await user.tap("16:00", "A daily status message comes at 16:00.")
    await clinic.ask()
    await answer(clinic.patient, (2, 3, 2, 3))
    clinic.therapist.say("/session P-2")
    await wait_for_text(clinic.therapist, "P-2 (test) is being asked now")
    await clinic.pass_time(hours=5, minutes=59)
    assert count_messages(clinic.coordinator, "Everything is running.") == 0
    await clinic.pass_time(minutes=2)
    await wait_for_text(
        clinic.coordinator, "Everything is running. Since yesterday: asked 1, answered 1,"
    )
    await clinic.pass_time(hours=12)
    await clinic.pass_time(days=3)
    await clinic.coordinator.wait_until(lambda p: count_messages(p, "Everything is running.") == 2)
    assert "asked 0, answered 0" in last_text(clinic.coordinator)
    await user.type_text("/heartbeat off", "You get no daily status message.")
    await clinic.pass_time(days=2)
    await user.type_text("/heartbeat on", "comes at 08:00")
    await user.type_text("/heartbeat 7:30", "comes at 07:30")
    await user.type_text("/heartbeat late", "Please send a time like 08:30")
    assert count_messages(clinic.coordinator, "Everything is running.") == 2


async def test_a_plan_that_ends_soon_is_told_once(clinic: StoryClinic) -> None:
    """Two weeks before the last session, outside quiet hours."""
    await set_plan(clinic, "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260401")
    await clinic.pass_time(days=14, hours=10)  # 20:00, two weeks before
    await clinic.pass_time(minutes=1)
    assert count_messages(clinic.coordinator, "ends within two weeks") == 0
    await clinic.pass_time(hours=13)
    await wait_for_text(clinic.coordinator, "The plan for P-1 ends within two weeks.")
    await PhoneUser(clinic.coordinator).tap("Show", "patient · active")
    await clinic.pass_time(days=5)
    assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(1,)]


async def test_a_plan_that_was_renewed_in_time_is_not_told_of(clinic: StoryClinic) -> None:
    """A plan renewed before the morning is no problem any more; nor is a test patient's."""
    await PhoneUser(clinic.coordinator).type_text("/test P-1", "test patient")
    await set_plan(clinic, "FREQ=WEEKLY;BYDAY=TU;COUNT=2")
    await clinic.pass_time(hours=2)
    assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(0,)]
    await PhoneUser(clinic.coordinator).tap("Not a test patient", "no longer")
    await clinic.pass_time(hours=10)
    assert clinic.rows("SELECT state FROM outbox WHERE kind = 'trouble'") == [("new",)]
    await set_plan(clinic, "FREQ=WEEKLY;BYDAY=TU")
    await clinic.pass_time(hours=13)
    await PhoneUser(clinic.coordinator).type_text("/unreachable", "Everybody can be reached.")
    assert count_messages(clinic.coordinator, "ends within two weeks") == 0


async def set_plan(clinic: StoryClinic, rule: str) -> None:
    """Give the patient a plan at two o'clock."""
    async with clinic.bot.store.transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        now = clinic.clock.now()
        timetable = Timetable(parse_rule(rule), now.date(), time(14), "UTC")
        await edit_plans.set_plan(tx, patient_id=patient.id, timetable=timetable, at=now)


async def test_who_blocks_before_agreeing_is_asked_for_agreement_when_back(
    clinic: StoryClinic,
) -> None:
    """Somebody who joined and blocked the bot at once is on the list."""
    phone = clinic.telegram.phone(name="Wavers")
    phone.open_link(await clinic.invite("patient", "P-2", "T-1"))
    await wait_for_text(phone, "Do you agree?")
    phone.block()
    await wait_for_text(clinic.coordinator, "P-2 cannot be reached")
    await PhoneUser(clinic.coordinator).type_text("/unreachable", "P-2 · since")
    phone.start()
    await phone.wait_until(lambda p: len([m for m in p.messages if "Do you agree?" in m.text]) == 2)
    assert (await clinic.person("P-2"))["state"] == "invited"


async def test_nobody_is_told_of_somebody_who_has_ended(clinic: StoryClinic) -> None:
    """If a patient blocks the bot after the end, nobody is notified."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/end P-1", "End treatment")
    await user.tap("Yes, end it", "has ended")
    await wait_for_text(clinic.patient, "come to an end")
    clinic.patient.block()
    await user.type_text("/unreachable", "Everybody can be reached.")
    assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'trouble'") == [(0,)]
