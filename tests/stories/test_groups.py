"""Groups in the chat: made, joined, led, planned, left and ended."""

from tests.stories.clinic import Story, said, seen
from tests.stories.hand import Hand
from tests.stories.test_calendar import asked, planned


async def test_a_group_from_nothing_to_its_check_ins(clinic: Story) -> None:
    """Made, led by two, three members, one plan; each member is asked, one is away."""
    second = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.enrol("patient", "P-3", "T-1")
    await clinic.enrol("therapist", "T-2")
    clinic.coordinator.say("/group G-1")
    await seen(clinic.coordinator, "There is no group G-1.")
    clinic.coordinator.tap("Make G-1")
    await seen(clinic.coordinator, "Members (0): nobody yet")
    clinic.coordinator.tap("Somebody joins")
    await seen(clinic.coordinator, "Who joins G-1?")
    clinic.coordinator.say("p-1 P-2, p-3 t-1 T-2")
    await seen(clinic.coordinator, "from when on?")
    clinic.coordinator.tap("From now on")
    await seen(clinic.coordinator, "Members (3): P-1, P-2, P-3\nLed by: T-1, T-2")
    clinic.coordinator.tap("Plan")
    await seen(clinic.coordinator, "G-1: on which day?")
    clinic.coordinator.tap("Tue")
    await seen(clinic.coordinator, "G-1: when does it begin?")
    clinic.coordinator.tap("14:00")
    await seen(clinic.coordinator, "every Tuesday 14:00–14:50")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept. G-1:")
    clinic.coordinator.say("/absence P-3 3.3. 3.3.")
    await seen(clinic.coordinator, "P-3 is away")
    assert await asked(clinic)
    await seen(second, "ready")
    assert [one["state"] for one in await clinic.checkins("P-3")] == ["no_session"]


async def test_who_leaves_a_group_is_asked_no_more(clinic: Story) -> None:
    """And a group that ends takes its plan along."""
    for line, words in (
        ("/group G-1", "There is no group"),
        ("/groups", "There are no groups yet."),
    ):
        clinic.coordinator.say(line)
        await seen(clinic.coordinator, words)
    clinic.coordinator.tap("＋ New group")
    await seen(clinic.coordinator, "Which code")
    clinic.coordinator.say("P-1")
    await seen(clinic.coordinator, "P-1 is taken.")
    clinic.coordinator.say("G-1")
    await seen(clinic.coordinator, "The group is there.")
    clinic.coordinator.tap("Somebody joins")
    await seen(clinic.coordinator, "Who joins")
    clinic.coordinator.tap("P-1")
    await seen(clinic.coordinator, "from when on?")
    clinic.coordinator.tap("From now on")
    await seen(clinic.coordinator, "Members (1): P-1")
    await planned(clinic, "/plan G-1 tue 14:00")
    clinic.coordinator.say("/group G-1")
    await seen(clinic.coordinator, "Members (1): P-1")
    clinic.coordinator.tap("Somebody leaves")
    await seen(clinic.coordinator, "Who leaves G-1?")
    clinic.coordinator.tap("P-1")
    await seen(clinic.coordinator, "P-1: from which day on no longer?")
    clinic.coordinator.tap("From now on")
    await seen(clinic.coordinator, "Members (0)")
    assert not await asked(clinic)
    clinic.coordinator.tap("End the group")
    await seen(clinic.coordinator, "End G-1?")
    clinic.coordinator.tap("Yes, end it")
    await seen(clinic.coordinator, "There are no groups yet.")
    assert clinic.rows("SELECT COUNT(*) FROM plans WHERE ended_at IS NULL") == [(0,)]
    assert "G-1" not in said(clinic.coordinator)
    clinic.coordinator.say("/group G-1")
    await seen(clinic.coordinator, "The group G-1 has ended.")


async def test_a_membership_has_a_first_and_a_last_day(clinic: Story) -> None:
    """Who joins or leaves on a later day stands with it on the card, and is asked in between."""
    hand = Hand(clinic.coordinator)
    await hand.types("/group G-1", "There is no group")
    for label, words in (("Make G-1", "The group is there."), ("Somebody joins", "Who joins")):
        await hand.tap(label, words)
    await hand.types("P-1", "from when on?")
    await hand.types("9.3.", "Members (1): P-1 (from 9 Mar)")
    await hand.tap("Somebody leaves", "Who leaves")
    await hand.tap("P-1", "from which day on no longer?")
    await hand.types("12.3.", "Members (1): P-1 (from 9 Mar) (leaves 12 Mar)")
    await hand.tap("Somebody joins", "Who joins")
    await hand.types("P-1", "from when on?")
    await hand.types("11.3.", "P-1 still belongs to the group")
    await planned(clinic, "/plan G-1 tue,wed,thu 14:00")
    assert "Tue" not in await hand.types("/preview P-1", "the coming week")
    await clinic.pass_time(days=6)
    preview = await hand.types("/preview P-1", "the coming week")
    assert [line for line in preview.splitlines() if "check-in" in line] == [
        "✓ check-in at 15:10 (session G-1 14:00)",
        "✓ check-in at 15:10 (session G-1 14:00)",
    ]
