"""Groups in the chat: created, joined, led, planned, left and ended."""

import pytest

from tests.stories.calendar.test_calendar import is_asked, save_plan
from tests.stories.clinic import StoryClinic, last_text, wait_for_text
from tests.stories.phone_user import PhoneUser

pytestmark = pytest.mark.both_databases


async def test_a_group_from_nothing_to_its_check_ins(clinic: StoryClinic) -> None:
    """Two leaders, three members, one plan; each member is asked, except one who is away."""
    second = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.enrol("patient", "P-3", "T-1")
    await clinic.enrol("therapist", "T-2")
    clinic.coordinator.say("/group G-1")
    await wait_for_text(clinic.coordinator, "There is no group G-1.")
    clinic.coordinator.tap("Create G-1")
    await wait_for_text(clinic.coordinator, "Members (0): nobody yet")
    clinic.coordinator.tap("Add people")
    await wait_for_text(clinic.coordinator, "Who joins G-1?")
    clinic.coordinator.say("p-1 P-2, p-3 t-1 T-2")
    await wait_for_text(clinic.coordinator, "starting when?")
    clinic.coordinator.tap("From now on")
    await wait_for_text(clinic.coordinator, "Members (3): P-1, P-2, P-3\nLed by: T-1, T-2")
    clinic.coordinator.tap("Plan")
    await wait_for_text(clinic.coordinator, "G-1: on which day?")
    clinic.coordinator.tap("Tue")
    await wait_for_text(clinic.coordinator, "G-1: what time does it start?")
    clinic.coordinator.tap("14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday 14:00–14:50")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved. G-1:")
    clinic.coordinator.say("/absence P-3 3.3. 3.3.")
    await wait_for_text(clinic.coordinator, "P-3 is away")
    assert await is_asked(clinic)
    await wait_for_text(second, "ready")
    assert [one["state"] for one in await clinic.checkins("P-3")] == ["no_session"]


async def test_who_leaves_a_group_is_asked_no_more(clinic: StoryClinic) -> None:
    """A group that ends also ends its plan."""
    for line, words in (
        ("/group G-1", "There is no group"),
        ("/groups", "There are no groups yet."),
    ):
        clinic.coordinator.say(line)
        await wait_for_text(clinic.coordinator, words)
    clinic.coordinator.tap("＋ New group")
    await wait_for_text(clinic.coordinator, "What code")
    clinic.coordinator.say("P-1")
    await wait_for_text(clinic.coordinator, "P-1 is taken.")
    clinic.coordinator.say("G-1")
    await wait_for_text(clinic.coordinator, "The group has been created.")
    clinic.coordinator.tap("Add people")
    await wait_for_text(clinic.coordinator, "Who joins")
    clinic.coordinator.tap("P-1")
    await wait_for_text(clinic.coordinator, "starting when?")
    clinic.coordinator.tap("From now on")
    await wait_for_text(clinic.coordinator, "Members (1): P-1")
    await save_plan(clinic, "/plan G-1 tue 14:00")
    clinic.coordinator.say("/group G-1")
    await wait_for_text(clinic.coordinator, "Members (1): P-1")
    clinic.coordinator.tap("Remove people")
    await wait_for_text(clinic.coordinator, "Who leaves G-1?")
    clinic.coordinator.tap("P-1")
    await wait_for_text(clinic.coordinator, "P-1: what is the first day they no longer belong?")
    clinic.coordinator.tap("From now on")
    await wait_for_text(clinic.coordinator, "Members (0)")
    assert not await is_asked(clinic)
    clinic.coordinator.tap("End the group")
    await wait_for_text(clinic.coordinator, "End G-1?")
    clinic.coordinator.tap("Yes, end it")
    await wait_for_text(clinic.coordinator, "There are no groups yet.")
    assert clinic.rows("SELECT COUNT(*) FROM plans WHERE ended_at IS NULL") == [(0,)]
    assert "G-1" not in last_text(clinic.coordinator)
    clinic.coordinator.say("/group G-1")
    await wait_for_text(clinic.coordinator, "The group G-1 has ended.")


async def test_a_membership_has_a_first_and_a_last_day(clinic: StoryClinic) -> None:
    """Future first and last days are shown on the card; the member is asked in between."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/group G-1", "There is no group")
    for label, words in (
        ("Create G-1", "The group has been created."),
        ("Add people", "Who joins"),
    ):
        await user.tap(label, words)
    await user.type_text("P-1", "starting when?")
    await user.type_text("9.3.", "Members (1): P-1 (from 9 Mar)")
    await user.tap("Remove people", "Who leaves")
    await user.tap("P-1", "first day they no longer belong?")
    await user.type_text("12.3.", "Members (1): P-1 (from 9 Mar) (leaves 12 Mar)")
    await user.tap("Add people", "Who joins")
    await user.type_text("P-1", "starting when?")
    await user.type_text("11.3.", "P-1 still belongs to the group")
    await save_plan(clinic, "/plan G-1 tue,wed,thu 14:00")
    assert "Tue" not in await user.type_text("/preview P-1", "the coming week")
    await clinic.pass_time(days=6)
    preview = await user.type_text("/preview P-1", "the coming week")
    assert [line for line in preview.splitlines() if "check-in" in line] == [
        "✓ check-in at 15:10 (session G-1 14:00)",
        "✓ check-in at 15:10 (session G-1 14:00)",
    ]
