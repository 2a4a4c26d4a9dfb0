"""Conversations of several steps: nothing that happens in between confuses them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.simulator import Phone
from tests.stories.clinic import StoryClinic, last_text, wait_for_text

CURRENT_STEP = "This is where we are now."


async def begin_plan(clinic: StoryClinic) -> None:
    """Begin the plan of P-1 and choose Tuesday, so that the time is asked for."""
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "on which day?")
    clinic.coordinator.tap("Tue")
    await wait_for_text(clinic.coordinator, "what time does it start?")


@pytest.mark.both_databases
async def test_a_restart_changes_nothing(clinic: StoryClinic) -> None:
    """After a restart between two steps, the next tap answers the same question."""
    await begin_plan(clinic)
    await clinic.stop()
    await clinic.start()
    clinic.coordinator.tap("14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday 14:00–14:50")


async def test_an_hours_pause_changes_nothing(clinic: StoryClinic) -> None:
    """The step waits."""
    await begin_plan(clinic)
    await clinic.pass_time(hours=1)
    clinic.coordinator.say("14:30")
    await wait_for_text(clinic.coordinator, "every Tuesday 14:30–15:20")


@pytest.mark.both_databases
async def test_after_a_night_a_typed_word_is_not_taken_unasked(clinic: StoryClinic) -> None:
    """The bot first offers to continue; then it takes typed text. A tap always counts."""
    await begin_plan(clinic)
    await clinic.pass_time(hours=13)
    clinic.coordinator.say("9")
    await wait_for_text(clinic.coordinator, "Still open: the plan for P-1.")
    clinic.coordinator.tap("Continue")
    await wait_for_text(clinic.coordinator, "what time does it start?")
    clinic.coordinator.say("9")
    await wait_for_text(clinic.coordinator, "every Tuesday 09:00–09:50")
    await clinic.pass_time(hours=13)
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")


@pytest.mark.both_databases
async def test_back_at_every_step(clinic: StoryClinic) -> None:
    """Back leads step by step to the beginning, and earlier values stay."""
    await begin_plan(clinic)
    clinic.coordinator.tap("14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday")
    clinic.coordinator.tap("More")
    await wait_for_text(clinic.coordinator, "what should be different?")
    clinic.coordinator.tap("Session length: default: 50 minutes")
    await wait_for_text(clinic.coordinator, "how long is a session?")
    for words in (
        "what should be different?",
        "every Tuesday",
        "what time does it start?",
        "which day?",
    ):
        clinic.coordinator.tap("← Back")
        await wait_for_text(clinic.coordinator, words)
    assert clinic.coordinator.screen.find_button(label="← Back") is None
    clinic.coordinator.tap("Fri")
    await wait_for_text(clinic.coordinator, "every Friday 14:00–14:50")


async def test_cancel_changes_nothing(clinic: StoryClinic) -> None:
    """By button or command, at any step; afterwards there is nothing to cancel."""
    await begin_plan(clinic)
    clinic.coordinator.tap("Cancel")
    await wait_for_text(clinic.coordinator, "Cancelled. Nothing was changed.")
    await begin_plan(clinic)
    clinic.coordinator.say("/cancel")
    await wait_for_text(clinic.coordinator, "Cancelled. Nothing was changed.")
    clinic.coordinator.say("/cancel")
    await wait_for_text(clinic.coordinator, "There is nothing to continue.")
    assert clinic.rows("SELECT COUNT(*) FROM plans") == [(0,)]


async def test_an_old_button_gives_the_present_step_again(clinic: StoryClinic) -> None:
    """Buttons of an earlier step, as on a second device, change nothing."""
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "on which day?")
    earlier = clinic.coordinator.screen
    clinic.coordinator.tap("Tue")
    await wait_for_text(clinic.coordinator, "what time does it start?")
    clinic.coordinator.tap("14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday")
    query = clinic.coordinator.tap_old_version(earlier, "Mon")
    assert (await query.wait_for_answer()).text == CURRENT_STEP
    await wait_for_text(clinic.coordinator, "every Tuesday 14:00–14:50")


async def test_a_double_tap_is_one(clinic: StoryClinic) -> None:
    """A double tap skips no step."""
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "on which day?")
    _, second = clinic.coordinator.double_tap("Tue")
    assert (await second.wait_for_answer()).text == CURRENT_STEP
    await wait_for_text(clinic.coordinator, "what time does it start?")


async def test_a_button_of_an_earlier_conversation_is_no_answer_in_this_one(
    clinic: StoryClinic,
) -> None:
    """A day tapped for one patient's plan is not taken for another's."""
    await clinic.enrol("patient", "P-2", "T-1")
    clinic.coordinator.say("/plan P-2")
    await wait_for_text(clinic.coordinator, "P-2: on which day?")
    first = clinic.coordinator.screen
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "P-1: on which day?")
    query = clinic.coordinator.tap_old_version(first, "Mon")
    assert (await query.wait_for_answer()).text == CURRENT_STEP
    await wait_for_text(clinic.coordinator, "P-1: on which day?")


async def test_a_button_after_the_end(clinic: StoryClinic) -> None:
    """A tap on an old step after saving says that the conversation is over."""
    clinic.coordinator.say("/plan P-1 tue 14")
    await wait_for_text(clinic.coordinator, "every Tuesday")
    earlier = clinic.coordinator.screen
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    query = clinic.coordinator.tap_old_version(earlier, "Save")
    assert (await query.wait_for_answer()).text == "There is nothing to continue."
    assert clinic.rows("SELECT COUNT(*) FROM plans") == [(1,)]


@pytest.mark.parametrize("command", ["/people", "/help", "/sessions P-1"])
async def test_a_command_in_the_middle_is_carried_out(clinic: StoryClinic, command: str) -> None:
    """Then the conversation can continue; the command is not taken as a value."""
    await begin_plan(clinic)
    before = len(clinic.coordinator.messages)
    clinic.coordinator.say(command)
    await wait_for_text(clinic.coordinator, "Still open: the plan for P-1.")
    assert len(clinic.coordinator.messages) >= before + 3
    clinic.coordinator.tap("Continue")
    await wait_for_text(clinic.coordinator, "what time does it start?")
    clinic.coordinator.say("9")
    await wait_for_text(clinic.coordinator, "every Tuesday 09:00–09:50")


async def test_a_whole_line_in_the_middle_leaves_the_conversation_open(clinic: StoryClinic) -> None:
    """An invitation, absence or time zone in one line begins no conversation."""
    await begin_plan(clinic)
    for line in ("/invite patient P-9 T-1", "/absence P-1 1.4. 2.4.", "/zone P-1 Europe/Berlin"):
        clinic.coordinator.say(line)
        await wait_for_text(clinic.coordinator, "Still open: the plan for P-1.")
        clinic.coordinator.tap("Continue")
        await wait_for_text(clinic.coordinator, "what time does it start?")
    assert clinic.rows("SELECT COUNT(*) FROM absences") == [(1,)]
    assert (await clinic.person("P-9"))["state"] == "invited"


async def test_another_conversation_takes_its_place(clinic: StoryClinic) -> None:
    """A new conversation replaces the first; nothing of it remains."""
    await begin_plan(clinic)
    clinic.coordinator.say("/invite")
    await wait_for_text(clinic.coordinator, "Who would you like to invite?")
    clinic.coordinator.say("therapist")
    await wait_for_text(clinic.coordinator, "What code")
    assert "Still open" not in last_text(clinic.coordinator)


async def test_what_cannot_be_read_is_asked_again(clinic: StoryClinic) -> None:
    """The answer says what to send, and offers the buttons again."""
    await begin_plan(clinic)
    clinic.coordinator.say("half past two")
    await wait_for_text(
        clinic.coordinator, "Please send a time like 14:30.\n\nP-1: what time does it start?"
    )
    clinic.coordinator.tap("14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday")


@pytest.mark.both_databases
async def test_everything_can_be_typed(clinic: StoryClinic) -> None:
    """A whole enrolment by typing, without a single tap."""
    clinic.telegram.floods.limits = None
    for typed, answer in (
        ("/invite", "Who would you like to invite?"),
        ("patient", "What code"),
        ("p-9", "Who looks after P-9?"),
        ("t-1", "One-time link for P-9"),
        ("/plan P-9", "on which day?"),
        ("mo, wed", "what time does it start?"),
        ("9:30", "every Monday and Wednesday 09:30–10:20 UTC"),
        ("more", "what should be different?"),
        ("session length: default: 50 minutes", "how long is a session?"),
        ("45 min", "Session length: 45 minutes"),
        ("quiet hours: default: 21:00–08:00", "when should nothing be sent?"),
        ("20-9", "Quiet hours: 20:00–09:00"),
        ("time zone: utc", "which time zone?"),
        ("europe/berlin", "Time zone: Berlin time"),
        ("done", "09:30–10:15 Berlin time"),
        ("how often", "how often?"),
        ("2", "every second week on Monday and Wednesday"),
        ("end", "when does it end?"),
        ("24.12.", "until 24 Dec 2026"),
        ("save", "Saved. P-9: every second week on Monday and Wednesday 09:30–10:15 Berlin time"),
    ):
        clinic.coordinator.say(typed)
        await clinic.coordinator.wait_until(_has_replied(typed, answer), why=answer)


def _has_replied(typed: str, answer: str) -> Callable[[Phone], bool]:
    """Return whether the bot has answered the last typed text with those words."""
    return lambda phone: answer in phone.transcript().rpartition(f": {typed}\n")[2]


async def test_several_days_by_toggling(clinic: StoryClinic) -> None:
    """Each day can be ticked and unticked; a double tap is one."""
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "on which day?")
    clinic.coordinator.tap("Several days")
    await wait_for_text(clinic.coordinator, "on which days?")
    assert clinic.coordinator.screen.find_button(label="Done") is None
    for label, then in (("Mon", "✓ Mon"), ("Wed", "✓ Wed"), ("Fri", "✓ Fri"), ("✓ Wed", "Wed")):
        clinic.coordinator.double_tap(label)
        await clinic.coordinator.wait_until(_offers(then), why=then)
    clinic.coordinator.tap("Done")
    await wait_for_text(clinic.coordinator, "what time does it start?")
    clinic.coordinator.tap("10:00")
    await wait_for_text(clinic.coordinator, "every Monday and Friday 10:00–10:50")


def _offers(label: str) -> Callable[[Phone], bool]:
    """Return whether the last screen has that button."""
    return lambda phone: phone.screen.find_button(label=label) is not None


async def test_the_last_friday_of_the_month(clinic: StoryClinic) -> None:
    """Monthly by weekday, and every second month."""
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "on which day?")
    for label, words in (
        ("Monthly", "the first, the second … of the month?"),
        ("last", "the last one of the month."),
        ("Fri", "what time does it start?"),
        ("10:00", "every last Friday of the month 10:00–10:50"),
        ("How often", "how often?"),
        ("Every 2 months", "every second month on the last Friday"),
    ):
        clinic.coordinator.tap(label)
        await wait_for_text(clinic.coordinator, words)


@pytest.mark.both_databases
async def test_a_plan_there_is_can_be_changed_in_one_thing(clinic: StoryClinic) -> None:
    """The current plan is shown; after a change, old and new are shown together."""
    clinic.coordinator.say("/plan P-1 2w tue 14:00 50 10")
    await wait_for_text(clinic.coordinator, "every second Tuesday")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    clinic.clock.advance(timedelta(days=9))
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(
        clinic.coordinator, "Current plan for P-1: every second Tuesday 14:00–14:50"
    )
    assert clinic.coordinator.screen.find_button(label="Save") is None
    clinic.coordinator.tap("Time")
    await wait_for_text(clinic.coordinator, "what time does it start?")
    clinic.coordinator.tap("15:00")
    await wait_for_text(clinic.coordinator, "New plan: every second Tuesday 15:00–15:50")
    assert "Next sessions: Tue 17 Mar · Tue 31 Mar" in last_text(clinic.coordinator)
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved. P-1: every second Tuesday 15:00–15:50")
    [(rule, delay)] = clinic.rows("SELECT rule, delay_minutes FROM plans WHERE ended_at IS NULL")
    assert (rule, delay) == ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", 10)


async def test_a_plan_ends_on_a_second_look(clinic: StoryClinic) -> None:
    """After a confirmation there are no upcoming sessions."""
    clinic.coordinator.say("/plan P-1 tue 14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday")
    assert clinic.coordinator.screen.find_button(label="End this plan") is None
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "Current plan for P-1:")
    clinic.coordinator.tap("End this plan")
    await wait_for_text(clinic.coordinator, "End the plan for P-1?")
    clinic.coordinator.tap("Yes, end it")
    await wait_for_text(clinic.coordinator, "The plan for P-1 has ended.")
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "P-1 has no upcoming sessions.")
