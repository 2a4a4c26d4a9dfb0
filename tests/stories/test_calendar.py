"""What a coordinator does to the calendar in the chat: single sessions, absences, groups."""

import pytest

from tests.stories.clinic import Story, answer, seen
from tests.stories.hand import Hand


async def planned(clinic: Story, line: str = "/plan P-1 tue 14:00") -> None:
    """Keep a plan: Tuesdays at two; the story begins on a Tuesday at ten."""
    clinic.coordinator.say(line)
    await seen(clinic.coordinator, "The next ones:")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    await clinic.pass_time()


async def asked(clinic: Story) -> bool:
    """Let the afternoon pass; say whether the patient is asked."""
    await clinic.pass_time(hours=5, minutes=15)
    kinds = [one["kind"] for one in (await clinic.state())["outbox"]]
    if "prompt" in kinds:
        await seen(clinic.patient, "ready")
    return "prompt" in kinds


async def test_a_session_is_cancelled_and_put_back(clinic: Story) -> None:
    """Three taps from the list; put back, it is as if nothing had been."""
    await planned(clinic)
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "P-1: the coming sessions, UTC.")
    clinic.coordinator.tap("Tue 3 Mar 14:00")
    await seen(clinic.coordinator, "Tue 3 Mar 14:00–14:50 UTC\nAs planned.")
    clinic.coordinator.tap("Cancel it")
    await seen(clinic.coordinator, "Cancelled. No check-in is sent.")
    clinic.coordinator.tap("Put it back")
    await seen(clinic.coordinator, "As planned.")
    clinic.coordinator.tap("Cancel it")
    await seen(clinic.coordinator, "Cancelled.")
    clinic.coordinator.tap("← All sessions")
    await seen(clinic.coordinator, "the coming sessions")
    assert clinic.coordinator.find("Tue 3 Mar 14:00 · cancelled")
    assert not await asked(clinic)
    assert await clinic.checkins("P-1") == []


async def test_a_session_is_moved(clinic: Story) -> None:
    """To another day and time, by taps or typed; the question follows it there."""
    await planned(clinic)
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "the coming sessions")
    for label, words in (
        ("Tue 3 Mar 14:00", "As planned."),
        ("Move it", "P-1, Tue 3 Mar 14:00: to which day?"),
        ("Wed 4 Mar", "When does it begin?"),
        ("11:00", "Wed 4 Mar 11:00–11:50 UTC\nMoved. The plan has Tue 3 Mar 14:00."),
    ):
        clinic.coordinator.tap(label)
        await seen(clinic.coordinator, words)
    assert not await asked(clinic)
    await clinic.pass_time(hours=21)
    await seen(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    assert len(await clinic.checkins("P-1")) == 1


async def test_a_session_cannot_be_moved_into_the_past(clinic: Story) -> None:
    """The same day, an hour ago: one sentence, and the question once more."""
    await planned(clinic)
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "the coming sessions")
    clinic.coordinator.tap("Tue 3 Mar 14:00")
    await seen(clinic.coordinator, "As planned.")
    clinic.coordinator.tap("Move it")
    await seen(clinic.coordinator, "to which day?")
    clinic.coordinator.say("2.3.2026")
    await seen(clinic.coordinator, "That day is over.")
    clinic.coordinator.say("3.3.")
    await seen(clinic.coordinator, "When does it begin?")
    clinic.coordinator.say("9")
    await seen(clinic.coordinator, "That is over already.")
    clinic.coordinator.say("16")
    await seen(clinic.coordinator, "Tue 3 Mar 16:00–16:50")


async def test_what_has_been_asked_cannot_be_cancelled(clinic: Story) -> None:
    """Once the question is in the patient's chat, its session stays."""
    await planned(clinic)
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "the coming sessions")
    clinic.coordinator.tap("Tue 3 Mar 14:00")
    await seen(clinic.coordinator, "As planned.")
    await clinic.pass_time(hours=5, minutes=15)
    await seen(clinic.patient, "ready")
    query = clinic.coordinator.tap("Cancel it")
    assert (await query.answered()).text.startswith("This session cannot be cancelled any more")


async def test_one_more_session(clinic: Story) -> None:
    """Beside the plan, once."""
    await planned(clinic)
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "the coming sessions")
    clinic.coordinator.tap("＋ One more session")
    await seen(clinic.coordinator, "on which day is the extra session?")
    clinic.coordinator.tap("Thu 5 Mar")
    await seen(clinic.coordinator, "When does it begin?")
    clinic.coordinator.tap("Same time: 14:00")
    await seen(clinic.coordinator, "the coming sessions")
    assert clinic.coordinator.find("Thu 5 Mar 14:00")
    assert clinic.coordinator.find("Tue 10 Mar 14:00")


async def test_a_holiday_is_told_and_can_be_overruled(clinic: Story) -> None:
    """Easter Monday by its name; a session may be held all the same."""
    await planned(clinic, "/plan P-1 mo 14:00")
    clinic.coordinator.say("/plan P-1")
    await seen(clinic.coordinator, "P-1 has: every Monday")
    clinic.coordinator.tap("More")
    await seen(clinic.coordinator, "what shall be otherwise?")
    clinic.coordinator.tap("Holidays kept: as usual: none")
    await seen(clinic.coordinator, "no sessions on public holidays of which place?")
    clinic.coordinator.say("Narnia")
    await seen(clinic.coordinator, "I know no holidays of that place.")
    clinic.coordinator.say("de-by")
    await clinic.coordinator.until(lambda p: p.find("Holidays kept: DE-BY"))
    clinic.coordinator.tap("Ready")
    await seen(clinic.coordinator, "not on public holidays (DE-BY)")
    clinic.coordinator.tap("Begin")
    await seen(clinic.coordinator, "when is the first session?")
    clinic.coordinator.say("30.3.")
    await seen(clinic.coordinator, "The next ones: Mon 30 Mar · Mon 13 Apr · Mon 20 Apr.")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    clinic.coordinator.tap("Sessions")
    await seen(clinic.coordinator, "the coming sessions")
    clinic.coordinator.tap("Mon 6 Apr 14:00 · holiday")
    await seen(clinic.coordinator, "Not held: Easter Monday. No check-in is sent.")
    clinic.coordinator.tap("Hold it all the same")
    await seen(clinic.coordinator, "As planned.")


async def test_an_absence_in_one_line_listed_and_withdrawn(clinic: Story) -> None:
    """Sessions in those days are not held; taken back, they are."""
    await clinic.enrol("therapist", "T-2")
    await planned(clinic)
    clinic.coordinator.say("/absence T-1 2026-03-01 2026-03-20 cover T-2")
    await seen(clinic.coordinator, "from Sun 1 Mar 2026 to Fri 20 Mar 2026; T-2 covers.")
    clinic.coordinator.say("/absence P-1 3.3. 4.3.")
    await seen(clinic.coordinator, "P-1 is away from Tue 3 Mar 2026 to Wed 4 Mar 2026.")
    clinic.coordinator.say("/sessions P-1")
    await seen(clinic.coordinator, "the coming sessions")
    assert clinic.coordinator.find("Tue 3 Mar 14:00 · patient away")
    assert clinic.coordinator.find("Tue 10 Mar 14:00")
    clinic.coordinator.say("/absence")
    await seen(clinic.coordinator, "Who is away:")
    clinic.coordinator.tap("P-1 · 3 Mar – 4 Mar")
    await seen(clinic.coordinator, "P-1 is away")
    clinic.coordinator.tap("Take it back")
    await seen(clinic.coordinator, "Taken back: P-1 is away")
    assert await asked(clinic)


async def test_an_absence_by_buttons(clinic: Story) -> None:
    """Who, first day, last day, cover; without a cover nobody is asked."""
    await planned(clinic)
    clinic.coordinator.say("/absence")
    await seen(clinic.coordinator, "Nobody is noted as away.")
    clinic.coordinator.tap("＋ Somebody is away")
    await seen(clinic.coordinator, "Who is away?")
    clinic.coordinator.tap("T-1")
    await seen(clinic.coordinator, "the first day away?")
    clinic.coordinator.say("3.3.")
    await seen(clinic.coordinator, "the last day away?")
    clinic.coordinator.say("2.3.2026")
    await seen(clinic.coordinator, "The last day lies before the first.")
    clinic.coordinator.tap("The same day")
    await seen(clinic.coordinator, "Who stands in for T-1?")
    clinic.coordinator.tap("Nobody")
    await seen(clinic.coordinator, "Kept.\n\nT-1 is away on Tue 3 Mar 2026.")
    assert not await asked(clinic)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/absence X-1 3.3. 4.3.", "There is no patient and no therapist X-1."),
        ("/absence T-1 4.3. 3.3.2026", "The last day lies before the first."),
        ("/absence T-1 1.1.2025 2.1.2025", "That is over already."),
        ("/absence T-1 3.3. 4.3. cover", "In one line: /absence"),
        ("/absence T-1 3.3. 4.3. cover T-1", "T-1 cannot stand in here"),
        ("/absence P-1 3.3. 4.3. cover T-1", "T-1 cannot stand in here"),
        ("/absence T-1 3.3. soon", "Please send a day like"),
    ],
)
async def test_an_absence_that_cannot_be(clinic: Story, line: str, words: str) -> None:
    """One sentence says what is wrong, and nothing is kept."""
    clinic.coordinator.say(line)
    await seen(clinic.coordinator, words)
    assert clinic.rows("SELECT COUNT(*) FROM absences") == [(0,)]


async def test_a_patient_who_lives_by_other_clocks(clinic: Story) -> None:
    """A plan in another zone than the patient's says so, and the clocks can be set at once."""
    hand = Hand(clinic.coordinator)
    await hand.types("/plan P-1 tue 14:00 America/New_York", "The next ones")
    text = await hand.tap("Save", "Kept.")
    assert text.endswith("P-1 lives by UTC; quiet hours and reminders go by that.")
    await hand.tap("Other clocks", "By which instead?")
    await hand.tap("America/New_York", "Kept. P-1 lives by New York time.")
    assert clinic.rows("SELECT zone FROM people WHERE code = 'P-1'") == [("America/New_York",)]
    await hand.types("/undo", "P-1 lives by America/New_York (before: UTC)")
    await hand.tap("Take it back", "Taken back")
    assert clinic.rows("SELECT zone FROM people WHERE code = 'P-1'") == [("UTC",)]
    await hand.types("/zone P-1 Europe/Berlin", "Kept. P-1 lives by Berlin time.")
    await hand.types("/zone P-1 nowhere", "Please send a time zone")
    await hand.types("/zone", "Please send a code: /zone P-017")
