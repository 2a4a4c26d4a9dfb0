"""A coordinator changes the calendar in the chat: single sessions and absences."""

import pytest

from tests.stories.clinic import StoryClinic, answer, wait_for_text
from tests.stories.phone_user import PhoneUser


async def save_plan(clinic: StoryClinic, line: str = "/plan P-1 tue 14:00") -> None:
    """Save a plan: Tuesdays at two; the story begins on a Tuesday at ten."""
    clinic.coordinator.say(line)
    await wait_for_text(clinic.coordinator, "Next sessions:")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    await clinic.pass_time()


async def is_asked(clinic: StoryClinic) -> bool:
    """Let the afternoon pass; return whether the patient is asked."""
    await clinic.pass_time(hours=5, minutes=15)
    kinds = [one["kind"] for one in (await clinic.state())["outbox"]]
    if "prompt" in kinds:
        await wait_for_text(clinic.patient, "ready")
    return "prompt" in kinds


@pytest.mark.both_databases
async def test_a_session_is_cancelled_and_put_back(clinic: StoryClinic) -> None:
    """Three taps from the list; restored, it is as planned."""
    await save_plan(clinic)
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "P-1: upcoming sessions, UTC.")
    clinic.coordinator.tap("Tue 3 Mar 14:00")
    await wait_for_text(clinic.coordinator, "Tue 3 Mar 14:00–14:50 UTC\nAs planned.")
    clinic.coordinator.tap("Cancel session")
    await wait_for_text(clinic.coordinator, "Cancelled. No check-in is sent.")
    clinic.coordinator.tap("Restore as planned")
    await wait_for_text(clinic.coordinator, "As planned.")
    clinic.coordinator.tap("Cancel session")
    await wait_for_text(clinic.coordinator, "Cancelled.")
    clinic.coordinator.tap("← All sessions")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    assert clinic.coordinator.find("Tue 3 Mar 14:00 · cancelled")
    assert not await is_asked(clinic)
    assert await clinic.checkins("P-1") == []


@pytest.mark.both_databases
async def test_a_session_is_moved(clinic: StoryClinic) -> None:
    """To another day and time; the check-in follows the moved session."""
    await save_plan(clinic)
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    for label, words in (
        ("Tue 3 Mar 14:00", "As planned."),
        ("Move session", "P-1, Tue 3 Mar 14:00: move it to which day?"),
        ("Wed 4 Mar", "What time does it start?"),
        ("11:00", "Wed 4 Mar 11:00–11:50 UTC\nMoved. Planned for Tue 3 Mar 14:00."),
    ):
        clinic.coordinator.tap(label)
        await wait_for_text(clinic.coordinator, words)
    assert not await is_asked(clinic)
    await clinic.pass_time(hours=21)
    await wait_for_text(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    assert len(await clinic.checkins("P-1")) == 1


async def test_a_session_cannot_be_moved_into_the_past(clinic: StoryClinic) -> None:
    """A past day, or an hour ago: one sentence, and the question again."""
    await save_plan(clinic)
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    clinic.coordinator.tap("Tue 3 Mar 14:00")
    await wait_for_text(clinic.coordinator, "As planned.")
    clinic.coordinator.tap("Move session")
    await wait_for_text(clinic.coordinator, "to which day?")
    clinic.coordinator.say("2.3.2026")
    await wait_for_text(clinic.coordinator, "That day is past.")
    clinic.coordinator.say("3.3.")
    await wait_for_text(clinic.coordinator, "What time does it start?")
    clinic.coordinator.say("9")
    await wait_for_text(clinic.coordinator, "That time is past.")
    clinic.coordinator.say("16")
    await wait_for_text(clinic.coordinator, "Tue 3 Mar 16:00–16:50")


async def test_what_has_been_asked_cannot_be_cancelled(clinic: StoryClinic) -> None:
    """Once the patient has been asked, the session stays."""
    await save_plan(clinic)
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    clinic.coordinator.tap("Tue 3 Mar 14:00")
    await wait_for_text(clinic.coordinator, "As planned.")
    await clinic.pass_time(hours=5, minutes=15)
    await wait_for_text(clinic.patient, "ready")
    query = clinic.coordinator.tap("Cancel session")
    assert (await query.wait_for_answer()).text.startswith(
        "This session can no longer be cancelled"
    )


@pytest.mark.both_databases
async def test_one_more_session(clinic: StoryClinic) -> None:
    """One extra session beside the plan."""
    await save_plan(clinic)
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    clinic.coordinator.tap("＋ Add a session")
    await wait_for_text(clinic.coordinator, "on which day is the extra session?")
    clinic.coordinator.tap("Thu 5 Mar")
    await wait_for_text(clinic.coordinator, "What time does it start?")
    clinic.coordinator.tap("Same time: 14:00")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    assert clinic.coordinator.find("Thu 5 Mar 14:00")
    assert clinic.coordinator.find("Tue 10 Mar 14:00")


async def test_a_holiday_is_told_and_can_be_overruled(clinic: StoryClinic) -> None:
    """Easter Monday is named; its session can be held anyway."""
    await save_plan(clinic, "/plan P-1 mo 14:00")
    clinic.coordinator.say("/plan P-1")
    await wait_for_text(clinic.coordinator, "Current plan for P-1: every Monday")
    clinic.coordinator.tap("More")
    await wait_for_text(clinic.coordinator, "what should be different?")
    clinic.coordinator.tap("Public holidays: default: none")
    await wait_for_text(clinic.coordinator, "public holidays apply?")
    clinic.coordinator.say("Narnia")
    await wait_for_text(clinic.coordinator, "I know no holidays of that place.")
    clinic.coordinator.say("de-by")
    await clinic.coordinator.wait_until(lambda p: p.find("Public holidays: DE-BY"))
    clinic.coordinator.tap("Done")
    await wait_for_text(clinic.coordinator, "not on public holidays (DE-BY)")
    clinic.coordinator.tap("Start")
    await wait_for_text(clinic.coordinator, "when is the first session?")
    clinic.coordinator.say("30.3.")
    await wait_for_text(clinic.coordinator, "Next sessions: Mon 30 Mar · Mon 13 Apr · Mon 20 Apr.")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    clinic.coordinator.tap("Sessions")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    clinic.coordinator.tap("Mon 6 Apr 14:00 · holiday")
    await wait_for_text(clinic.coordinator, "Not held: Easter Monday. No check-in is sent.")
    clinic.coordinator.tap("Hold it anyway")
    await wait_for_text(clinic.coordinator, "As planned.")


@pytest.mark.both_databases
async def test_an_absence_in_one_line_listed_and_withdrawn(clinic: StoryClinic) -> None:
    """Sessions on those days are not held; after the absence is deleted, they are."""
    await clinic.enrol("therapist", "T-2")
    await save_plan(clinic)
    clinic.coordinator.say("/absence T-1 2026-03-01 2026-03-20 cover T-2")
    await wait_for_text(clinic.coordinator, "from Sun 1 Mar 2026 to Fri 20 Mar 2026; T-2 covers.")
    clinic.coordinator.say("/absence P-1 3.3. 4.3.")
    await wait_for_text(clinic.coordinator, "P-1 is away from Tue 3 Mar 2026 to Wed 4 Mar 2026.")
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "upcoming sessions")
    assert clinic.coordinator.find("Tue 3 Mar 14:00 · patient away")
    assert clinic.coordinator.find("Tue 10 Mar 14:00")
    clinic.coordinator.say("/absence")
    await wait_for_text(clinic.coordinator, "Who is away:")
    clinic.coordinator.tap("P-1 · 3 Mar – 4 Mar")
    await wait_for_text(clinic.coordinator, "P-1 is away")
    clinic.coordinator.tap("Delete this absence")
    await wait_for_text(clinic.coordinator, "Deleted: P-1 is away")
    assert await is_asked(clinic)


async def test_an_absence_by_buttons(clinic: StoryClinic) -> None:
    """Who, first day, last day, cover; without a cover nobody is asked."""
    await save_plan(clinic)
    clinic.coordinator.say("/absence")
    await wait_for_text(clinic.coordinator, "No absences are recorded.")
    clinic.coordinator.tap("＋ Add an absence")
    await wait_for_text(clinic.coordinator, "Who is away?")
    clinic.coordinator.tap("T-1")
    await wait_for_text(clinic.coordinator, "first day away?")
    clinic.coordinator.say("3.3.")
    await wait_for_text(clinic.coordinator, "the last day away?")
    clinic.coordinator.say("2.3.2026")
    await wait_for_text(clinic.coordinator, "The last day is before the first.")
    clinic.coordinator.tap("The same day")
    await wait_for_text(clinic.coordinator, "Who covers for T-1?")
    clinic.coordinator.tap("Nobody")
    await wait_for_text(clinic.coordinator, "Saved.\n\nT-1 is away on Tue 3 Mar 2026.")
    assert not await is_asked(clinic)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/absence X-1 3.3. 4.3.", "There is no patient or therapist X-1."),
        ("/absence T-1 4.3. 3.3.2026", "The last day is before the first."),
        ("/absence T-1 1.1.2025 2.1.2025", "That day is past."),
        ("/absence T-1 3.3. 4.3. cover", "In one line: /absence"),
        ("/absence T-1 3.3. 4.3. cover T-1", "T-1 cannot cover here"),
        ("/absence P-1 3.3. 4.3. cover T-1", "T-1 cannot cover here"),
        ("/absence T-1 3.3. soon", "Please send a day like"),
    ],
)
async def test_an_absence_that_cannot_be(clinic: StoryClinic, line: str, words: str) -> None:
    """One sentence says what is wrong, and nothing is saved."""
    clinic.coordinator.say(line)
    await wait_for_text(clinic.coordinator, words)
    assert clinic.rows("SELECT COUNT(*) FROM absences") == [(0,)]


async def test_a_patient_who_lives_by_other_clocks(clinic: StoryClinic) -> None:
    """A plan in another time zone than the patient's says so, and offers to change theirs."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/plan P-1 tue 14:00 America/New_York", "Next sessions")
    text = await user.tap("Save", "Saved.")
    assert text.endswith("P-1’s time zone is UTC; quiet hours and reminders follow it.")
    await user.tap("Change time zone", "Which time zone instead?")
    await user.tap("America/New_York", "Saved. P-1’s time zone is New York time.")
    assert clinic.rows("SELECT zone FROM people WHERE code = 'P-1'") == [("America/New_York",)]
    await user.type_text("/undo", "P-1’s time zone is America/New_York (before: UTC)")
    await user.tap("Undo", "Undone")
    assert clinic.rows("SELECT zone FROM people WHERE code = 'P-1'") == [("UTC",)]
    await user.type_text("/zone P-1 Europe/Berlin", "Saved. P-1’s time zone is Berlin time.")
    await user.type_text("/zone P-1 nowhere", "Please send a time zone")
    await user.type_text("/zone", "Please send a code: /zone P-017")
