"""Conversations of several steps: nothing that happens in between confuses them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.simulator import Phone
from tests.stories.clinic import Story, said, seen

HERE = "This is where we are now."


async def at_the_time(clinic: Story) -> None:
    """Begin the plan of P-1 and choose Tuesday; the time is asked for."""
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "on which day?")
    clinic.coordinator.tap("Tue")
    await seen(clinic.coordinator, "when does it begin?")


async def test_a_restart_changes_nothing(clinic: Story) -> None:
    """The bot goes down between two steps, and the next tap meets the same question."""
    await at_the_time(clinic)
    await clinic.stop()
    await clinic.start()
    clinic.coordinator.tap("14:00")
    await seen(clinic.coordinator, "every Tuesday 14:00–14:50")


async def test_an_hours_pause_changes_nothing(clinic: Story) -> None:
    """Nobody is hurried: the step waits."""
    await at_the_time(clinic)
    await clinic.pass_time(hours=1)
    clinic.coordinator.say("14:30")
    await seen(clinic.coordinator, "every Tuesday 14:30–15:20")


async def test_after_a_night_a_typed_word_is_not_taken_unasked(clinic: Story) -> None:
    """The question is offered first; gone on with, it takes what is typed. A tap always counts."""
    await at_the_time(clinic)
    await clinic.pass_time(hours=13)
    clinic.coordinator.say("9")
    await seen(clinic.coordinator, "Still open: the plan of P-1.")
    clinic.coordinator.tap("Go on")
    await seen(clinic.coordinator, "when does it begin?")
    clinic.coordinator.say("9")
    await seen(clinic.coordinator, "every Tuesday 09:00–09:50")
    await clinic.pass_time(hours=13)
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")


async def test_back_at_every_step(clinic: Story) -> None:
    """Back leads step by step to the beginning, and what was said before stays said."""
    await at_the_time(clinic)
    clinic.coordinator.tap("14:00")
    await seen(clinic.coordinator, "every Tuesday")
    clinic.coordinator.tap("More")
    await seen(clinic.coordinator, "what shall be otherwise?")
    clinic.coordinator.tap("Session: as usual: 50 minutes")
    await seen(clinic.coordinator, "how long is a session?")
    for words in ("what shall be otherwise?", "every Tuesday", "when does it begin?", "which day?"):
        clinic.coordinator.tap("← Back")
        await seen(clinic.coordinator, words)
    assert clinic.coordinator.screen.find_button(label="← Back") is None
    clinic.coordinator.tap("Fri")
    await seen(clinic.coordinator, "every Friday 14:00–14:50")


async def test_cancel_changes_nothing(clinic: Story) -> None:
    """By the button or by the command, at any step; afterwards there is nothing to cancel."""
    await at_the_time(clinic)
    clinic.coordinator.tap("Cancel")
    await seen(clinic.coordinator, "Cancelled. Nothing was changed.")
    await at_the_time(clinic)
    clinic.coordinator.say("/cancel")
    await seen(clinic.coordinator, "Cancelled. Nothing was changed.")
    clinic.coordinator.say("/cancel")
    await seen(clinic.coordinator, "There is nothing to go on with.")
    assert clinic.rows("SELECT COUNT(*) FROM plans") == [(0,)]


async def test_an_old_button_gives_the_present_step_again(clinic: Story) -> None:
    """On a second device an earlier step still stands; its buttons take nothing back."""
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "on which day?")
    earlier = clinic.coordinator.screen
    clinic.coordinator.tap("Tue")
    await seen(clinic.coordinator, "when does it begin?")
    clinic.coordinator.tap("14:00")
    await seen(clinic.coordinator, "every Tuesday")
    query = clinic.coordinator.old_tap(earlier, "Mon")
    assert (await query.answered()).text == HERE
    await seen(clinic.coordinator, "every Tuesday 14:00–14:50")


async def test_a_double_tap_is_one(clinic: Story) -> None:
    """An impatient thumb skips no step."""
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "on which day?")
    _, second = clinic.coordinator.double_tap("Tue")
    assert (await second.answered()).text == HERE
    await seen(clinic.coordinator, "when does it begin?")


async def test_a_button_of_an_earlier_conversation_is_no_answer_in_this_one(
    clinic: Story,
) -> None:
    """The plan begun first is another one's; its day is not taken for this patient's."""
    await clinic.enrol("patient", "P-2", "T-1")
    clinic.coordinator.say("/plan P-2")
    await seen(clinic.coordinator, "P-2: on which day?")
    first = clinic.coordinator.screen
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "P-1: on which day?")
    query = clinic.coordinator.old_tap(first, "Mon")
    assert (await query.answered()).text == HERE
    await seen(clinic.coordinator, "P-1: on which day?")


async def test_a_button_after_the_end(clinic: Story) -> None:
    """What is saved is saved; a tap on an old step says that it is over."""
    clinic.coordinator.say("/plan P-1 tue 14")
    await seen(clinic.coordinator, "every Tuesday")
    earlier = clinic.coordinator.screen
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    query = clinic.coordinator.old_tap(earlier, "Save")
    assert (await query.answered()).text == "There is nothing to go on with."
    assert clinic.rows("SELECT COUNT(*) FROM plans") == [(1,)]


@pytest.mark.parametrize("command", ["/people", "/help", "/sessions P-1"])
async def test_a_command_in_the_middle_is_carried_out(clinic: Story, command: str) -> None:
    """Then the conversation can be gone on with, and does not take the command for a value."""
    await at_the_time(clinic)
    before = len(clinic.coordinator.messages)
    clinic.coordinator.say(command)
    await seen(clinic.coordinator, "Still open: the plan of P-1.")
    assert len(clinic.coordinator.messages) >= before + 3
    clinic.coordinator.tap("Go on")
    await seen(clinic.coordinator, "when does it begin?")
    clinic.coordinator.say("9")
    await seen(clinic.coordinator, "every Tuesday 09:00–09:50")


async def test_a_whole_line_in_the_middle_leaves_the_conversation_open(clinic: Story) -> None:
    """An invitation, an absence or a zone that is said in one line begins no conversation."""
    await at_the_time(clinic)
    for line in ("/invite patient P-9 T-1", "/absence P-1 1.4. 2.4.", "/zone P-1 Europe/Berlin"):
        clinic.coordinator.say(line)
        await seen(clinic.coordinator, "Still open: the plan of P-1.")
        clinic.coordinator.tap("Go on")
        await seen(clinic.coordinator, "when does it begin?")
    assert clinic.rows("SELECT COUNT(*) FROM absences") == [(1,)]
    assert (await clinic.person("P-9"))["state"] == "invited"


async def test_another_conversation_takes_its_place(clinic: Story) -> None:
    """Whoever begins something else has left the first; nothing of it remains."""
    await at_the_time(clinic)
    clinic.coordinator.say("/invite")
    await seen(clinic.coordinator, "Who shall be invited?")
    clinic.coordinator.say("therapist")
    await seen(clinic.coordinator, "Which code")
    assert "Still open" not in said(clinic.coordinator)


async def test_what_cannot_be_read_is_asked_again(clinic: Story) -> None:
    """The sentence says what to send, and the buttons are at hand below it."""
    await at_the_time(clinic)
    clinic.coordinator.say("half past two")
    await seen(clinic.coordinator, "Please send a time like 14:30.\n\nP-1: when does it begin?")
    clinic.coordinator.tap("14:00")
    await seen(clinic.coordinator, "every Tuesday")


async def test_everything_can_be_typed(clinic: Story) -> None:
    """A whole enrolment without a single tap, though buttons are there."""
    for typed, answer in (
        ("/invite", "Who shall be invited?"),
        ("patient", "Which code"),
        ("p-9", "Who looks after P-9?"),
        ("t-1", "For P-9"),
        ("/plan P-9", "on which day?"),
        ("mo, wed", "when does it begin?"),
        ("9:30", "every Monday and Wednesday 09:30–10:20 UTC"),
        ("more", "what shall be otherwise?"),
        ("session: as usual: 50 minutes", "how long is a session?"),
        ("45 min", "Session: 45 minutes"),
        ("quiet: as usual: 21:00–08:00", "in which hours"),
        ("20-9", "Quiet: 20:00–09:00"),
        ("clocks: utc", "by whose clocks?"),
        ("europe/berlin", "Clocks: Berlin time"),
        ("ready", "09:30–10:15 Berlin time"),
        ("how often", "how often?"),
        ("2", "every second week on Monday and Wednesday"),
        ("end", "how long does it go on?"),
        ("24.12.", "until 24 Dec 2026"),
        ("save", "Kept. P-9: every second week on Monday and Wednesday 09:30–10:15 Berlin time"),
    ):
        clinic.coordinator.say(typed)
        await clinic.coordinator.until(_replied(typed, answer), why=answer)


def _replied(typed: str, answer: str) -> Callable[[Phone], bool]:
    """Say whether the bot has answered what was typed last with those words."""
    return lambda phone: answer in phone.transcript().rpartition(f": {typed}\n")[2]


async def test_several_days_by_toggling(clinic: Story) -> None:
    """Each day is ticked and can be taken off again; the same tap twice is one."""
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "on which day?")
    clinic.coordinator.tap("Several days")
    await seen(clinic.coordinator, "on which days?")
    assert clinic.coordinator.screen.find_button(label="Ready") is None
    for label, then in (("Mon", "✓ Mon"), ("Wed", "✓ Wed"), ("Fri", "✓ Fri"), ("✓ Wed", "Wed")):
        clinic.coordinator.double_tap(label)
        await clinic.coordinator.until(_offers(then), why=then)
    clinic.coordinator.tap("Ready")
    await seen(clinic.coordinator, "when does it begin?")
    clinic.coordinator.tap("10:00")
    await seen(clinic.coordinator, "every Monday and Friday 10:00–10:50")


def _offers(label: str) -> Callable[[Phone], bool]:
    """Say whether the last screen has that button."""
    return lambda phone: phone.screen.find_button(label=label) is not None


async def test_the_last_friday_of_the_month(clinic: Story) -> None:
    """Monthly by weekday, and every second month."""
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "on which day?")
    for label, words in (
        ("Monthly", "which one of the month?"),
        ("last", "the last … of the month?"),
        ("Fri", "when does it begin?"),
        ("10:00", "every last Friday of the month 10:00–10:50"),
        ("How often", "how often?"),
        ("Every 2 months", "every second month on the last Friday"),
    ):
        clinic.coordinator.tap(label)
        await seen(clinic.coordinator, words)


async def test_a_plan_there_is_can_be_changed_in_one_thing(clinic: Story) -> None:
    """What runs is shown, one thing is changed, and old and new stand side by side."""
    clinic.coordinator.say("/plan P-1 2w tue 14:00 50 10")
    await seen(clinic.coordinator, "every second Tuesday")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    clinic.timepiece.move(timedelta(days=9))
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "P-1 has: every second Tuesday 14:00–14:50")
    assert clinic.coordinator.screen.find_button(label="Save") is None
    clinic.coordinator.tap("Time")
    await seen(clinic.coordinator, "when does it begin?")
    clinic.coordinator.tap("15:00")
    await seen(clinic.coordinator, "New: every second Tuesday 15:00–15:50")
    assert "The next ones: Tue 17 Mar · Tue 31 Mar" in said(clinic.coordinator)
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept. P-1: every second Tuesday 15:00–15:50")
    [(rule, delay)] = clinic.rows("SELECT rule, delay_minutes FROM plans WHERE ended_at IS NULL")
    assert (rule, delay) == ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", 10)


async def test_a_plan_ends_on_a_second_look(clinic: Story) -> None:
    """There are no sessions ahead after that, and a new plan can be made."""
    clinic.coordinator.say("/plan P-1 tue 14:00")
    await seen(clinic.coordinator, "every Tuesday")
    assert clinic.coordinator.screen.find_button(label="End this plan") is None
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "P-1 has:")
    clinic.coordinator.tap("End this plan")
    await seen(clinic.coordinator, "End the plan of P-1?")
    clinic.coordinator.tap("Yes, end it")
    await seen(clinic.coordinator, "The plan of P-1 has ended.")
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "P-1 has no sessions ahead.")
