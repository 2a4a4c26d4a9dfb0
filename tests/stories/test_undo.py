"""/undo: the last change of a coordinator is taken back, once, and within fifteen minutes."""

import pytest

from bot.simulator import Phone
from tests.stories.clinic import Story, answer, said, seen
from tests.stories.hand import Hand
from tests.stories.test_people import link_in

NOTHING = "You have changed nothing in the last 15 minutes"


async def look(clinic: Story) -> list[list[tuple[object, ...]]]:
    """Return what is so of people, their care, plans and links, without when and why."""
    return [
        clinic.rows("SELECT code, state, paused_until, is_test FROM people ORDER BY code"),
        clinic.rows(
            "SELECT p.code, t.code FROM care c JOIN people p ON p.id = c.patient_id"
            " JOIN people t ON t.id = c.therapist_id WHERE c.to_at IS NULL ORDER BY p.code, t.code"
        ),
        clinic.rows("SELECT patient_id, rule FROM plans WHERE ended_at IS NULL ORDER BY id"),
        clinic.rows(
            "SELECT p.code FROM invitations i JOIN people p ON p.id = i.person_id"
            " WHERE i.used_at IS NULL AND i.withdrawn_at IS NULL ORDER BY p.code"
        ),
    ]


@pytest.mark.parametrize(
    ("commands", "taps"),
    [
        (["/assign P-1 T-2"], []),
        (["/co P-1 T-2"], []),
        (["/pause P-1 2026-04-01"], []),
        (["/test P-1"], []),
        (["/end P-1"], ["Yes, end it"]),
        (["/invite patient P-9 T-1"], []),
        (["/invite therapist T-9"], []),
        (["/people P-2"], ["Withdraw link"]),
        (["/people P-2"], ["New link"]),
        (["/people P-3"], ["Go on"]),
    ],
)
async def test_every_change_can_be_taken_back(
    clinic: Story, commands: list[str], taps: list[str]
) -> None:
    """After /undo everything is as it was, and the log says both."""
    await clinic.enrol("therapist", "T-2")
    await clinic.enrol("patient", "P-3", "T-1")
    await clinic.invite("patient", "P-2", "T-1")
    hand = Hand(clinic.coordinator)
    await hand.types("/pause P-3 2026-05-01", "Fri 1 May")
    await clinic.pass_time(minutes=16)
    before = await look(clinic)
    for command in commands:
        await hand.types(command)
    for label in taps:
        clinic.coordinator.tap(label, message=clinic.coordinator.screen)
        await clinic.coordinator.until(lambda p: p.screen.edited is not None)
    assert await look(clinic) != before or "New link" in taps
    await hand.types("/undo", "Take this back?")
    await hand.tap("Take it back", "Taken back:")
    assert await look(clinic) == before
    await hand.types("/undo", NOTHING)
    if "P-9" in commands[0]:
        assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'handover'") == [(0,)]
    [(undone,)] = clinic.rows("SELECT COUNT(*) FROM audit WHERE undoes IS NOT NULL LIMIT 1")
    assert undone >= 1


async def test_a_renewed_link_taken_back_leaves_the_first(clinic: Story) -> None:
    """The link that was handed over before works again, the new one does not."""
    hand = Hand(clinic.coordinator)
    first = link_in(await hand.types("/invite patient P-2 T-1", "https://t.me/"))
    await clinic.pass_time(minutes=16)
    second = link_in(await hand.types("/invite patient P-2", "https://t.me/"))
    await hand.types("/undo", "a link for P-2")
    await hand.tap("Take it back", "Taken back: a link for P-2.")
    for link, words in ((second, "has been used or is too old"), (first, "Do you agree?")):
        phone = clinic.telegram.phone(name="New")
        phone.open_link(link)
        await seen(phone, words)


async def test_the_end_is_taken_back_with_the_open_question(clinic: Story) -> None:
    """A mistaken end is as if it had not been: the question comes again and is answered once."""
    hand = Hand(clinic.coordinator)
    await hand.types("/plan P-1 tue 14:00 50 20 UTC", "14:00")
    await hand.tap("Save", "Kept.")
    clinic.therapist.say("/session P-1 0")
    await seen(clinic.patient, "ready")
    clinic.patient.tap("8")
    await seen(clinic.patient, "2/5")
    await hand.types("/end P-1", "End the treatment")
    await hand.tap("Yes, end it", "has ended")
    await seen(clinic.patient, "come to their end")
    await hand.tap("Take it back", "is now told that it goes on")
    await somewhere(clinic.patient, "2/5")
    for place, score in enumerate((9, 9, 9), start=3):
        clinic.patient.tap(str(score))
        await somewhere(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await somewhere(clinic.patient, "Your answers are kept")
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["answers"]["goal"]) == ("completed", 8)
    await clinic.pass_time(hours=5, minutes=15)
    await seen(clinic.patient, "ready")
    assert len(await clinic.checkins("P-1")) == 2


async def somewhere(phone: Phone, words: str) -> None:
    """Wait until some message of the chat has those words."""
    await phone.until(lambda p: any(words in m.text for m in p.messages), why=words)


async def test_reassigning_taken_back_goes_on_with_the_old_baseline(clinic: Story) -> None:
    """The new care has no length, so no session falls into it; both are told once more."""
    other = await clinic.enrol("therapist", "T-2")
    hand = Hand(clinic.coordinator)
    await hand.types("/assign P-1 T-2", "from now on")
    await seen(other, "A change in your caseload.")
    await hand.tap("Take it back", "one more word")
    await clinic.pass_time(seconds=2)
    await other.until(lambda p: len([m for m in p.messages if "A change in your" in m.text]) == 2)
    other.tap("Show")
    await seen(other, "was taken back")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    assert clinic.rows("SELECT COUNT(*) FROM care WHERE to_at IS NULL") == [(1,)]


async def test_too_late_is_too_late(clinic: Story) -> None:
    """After fifteen minutes the button under the message and the command say so."""
    hand = Hand(clinic.coordinator)
    await hand.types("/test P-1", "is a test patient now")
    await clinic.pass_time(minutes=15, seconds=1)
    assert NOTHING in await hand.toast("Take it back")
    await hand.types("/undo", NOTHING)
    assert clinic.rows("SELECT is_test FROM people WHERE code = 'P-1'") == [(1,)]


async def test_a_second_tap_does_not_take_back_a_second_change(clinic: Story) -> None:
    """The button means one change; tapped twice, also after a restart, it is taken back once."""
    hand = Hand(clinic.coordinator)
    await hand.types("/test P-1", "is a test patient now")
    await hand.types("/pause P-1 2026-04-01", "asked again")
    first, second = clinic.coordinator.double_tap("Take it back")
    assert {(await first.answered()).text, (await second.answered()).text} == {
        "",
        "This has been taken back already.",
    }
    await clinic.stop()
    await clinic.start()
    assert clinic.rows("SELECT state, is_test FROM people WHERE code = 'P-1'") == [("active", 1)]
    await hand.types("/undo", "P-1 (test) marked as a test patient")
    await hand.tap("Take it back", "Taken back:")
    assert clinic.rows("SELECT is_test FROM people WHERE code = 'P-1'") == [(0,)]


async def test_what_somebody_else_changed_since_stays(clinic: Story) -> None:
    """A pause that the patient has ended is not brought back, and nobody undoes another's work."""
    hand = Hand(clinic.coordinator)
    other = Hand(await clinic.enrol("coordinator", "C-2"))
    await hand.types("/pause P-1 2026-04-01", "asked again")
    await other.types("/undo", NOTHING)
    clinic.patient.say("/resume")
    await seen(clinic.patient, "Good to have you back.")
    assert "changed again since" in await hand.toast("Take it back")
    assert await clinic.person("P-1") == {"code": "P-1", "role": "patient", "state": "active"}
    assert clinic.rows("SELECT COUNT(*) FROM audit WHERE undoes IS NOT NULL") == [(0,)]


async def test_an_older_change_waits_until_the_newer_is_taken_back(clinic: Story) -> None:
    """The button of an older change says that something came after it."""
    hand = Hand(clinic.coordinator)
    await hand.types("/test P-1", "is a test patient now")
    older = clinic.coordinator.screen
    await hand.types("/pause P-1 2026-04-01", "asked again")
    told = await clinic.coordinator.old_tap(older, "Take it back").answered()
    assert told.text == "You have changed something else since. /undo shows what comes first."
    assert "P-1" in said(clinic.coordinator)


async def test_a_mistyped_code_is_gone_from_the_lists(clinic: Story) -> None:
    """Somebody who was only just invited, and never came, is forgotten by taking that back."""
    hand = Hand(clinic.coordinator)
    await hand.types("/invite patient P-71 T-1", "https://t.me/")
    await hand.types("/undo", "Take this back? a link for P-71.")
    await hand.tap("Take it back", "Taken back: a link for P-71.")
    assert "Show" not in hand.labels
    await hand.types("/people P-7", "Nobody.")
    await hand.types("/invite therapist P-71", "https://t.me/")
