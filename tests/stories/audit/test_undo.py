"""/undo takes back the last change of a coordinator, once, and within fifteen minutes."""

import pytest

from bot.simulator import Phone
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text
from tests.stories.people.test_people import link_in
from tests.stories.phone_user import PhoneUser

NOTHING = "You have made no changes in the last 15 minutes"


async def current_state(clinic: StoryClinic) -> list[list[tuple[object, ...]]]:
    """Return people, their care, plans and open links, without times."""
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
        (["/people P-3"], ["Resume"]),
    ],
)
async def test_every_change_can_be_taken_back(
    clinic: StoryClinic, commands: list[str], taps: list[str]
) -> None:
    """After /undo everything is as before, and the log has both the change and the undo."""
    await clinic.enrol("therapist", "T-2")
    await clinic.enrol("patient", "P-3", "T-1")
    await clinic.invite("patient", "P-2", "T-1")
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/pause P-3 2026-05-01", "Fri 1 May")
    await clinic.pass_time(minutes=16)
    before = await current_state(clinic)
    for command in commands:
        await user.type_text(command)
    for label in taps:
        clinic.coordinator.tap(label, message=clinic.coordinator.screen)
        await clinic.coordinator.wait_until(lambda p: p.screen.edited is not None)
    assert await current_state(clinic) != before or "New link" in taps
    await user.type_text("/undo", "Undo this?")
    await user.tap("Undo", "Undone:")
    assert await current_state(clinic) == before
    await user.type_text("/undo", NOTHING)
    if "P-9" in commands[0]:
        assert clinic.rows("SELECT COUNT(*) FROM outbox WHERE kind = 'handover'") == [(0,)]
    [(undone,)] = clinic.rows("SELECT COUNT(*) FROM audit WHERE undoes IS NOT NULL LIMIT 1")
    assert undone >= 1


async def test_a_renewed_link_taken_back_leaves_the_first(clinic: StoryClinic) -> None:
    """The earlier link works again; the new one does not."""
    user = PhoneUser(clinic.coordinator)
    first = link_in(await user.type_text("/invite patient P-2 T-1", "https://t.me/"))
    await clinic.pass_time(minutes=16)
    second = link_in(await user.type_text("/invite patient P-2", "https://t.me/"))
    await user.type_text("/undo", "link made for P-2")
    await user.tap("Undo", "Undone: link made for P-2.")
    for link, words in ((second, "has been used or has expired"), (first, "Do you agree?")):
        phone = clinic.telegram.phone(name="New")
        phone.open_link(link)
        await wait_for_text(phone, words)


async def test_the_end_is_taken_back_with_the_open_question(clinic: StoryClinic) -> None:
    """After a mistaken end, the question comes again and is answered once."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/plan P-1 tue 14:00 50 20 UTC", "14:00")
    await user.tap("Save", "Saved.")
    clinic.therapist.say("/session P-1 0")
    await wait_for_text(clinic.patient, "ready")
    clinic.patient.tap("8")
    await wait_for_text(clinic.patient, "2/5")
    question = clinic.patient.screen.id
    await user.type_text("/end P-1", "End treatment")
    await user.tap("Yes, end it", "has ended")
    await wait_for_text(clinic.patient, "come to an end")
    await user.tap("Undo", "is now told that it continues")
    await clinic.patient.wait_until(lambda p: all(m.id != question for m in p.messages))
    await wait_for_text_anywhere(clinic.patient, "2/5")
    for place, score in enumerate((9, 9, 9), start=3):
        clinic.patient.tap(str(score))
        await wait_for_text_anywhere(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await wait_for_text_anywhere(clinic.patient, "Your answers are saved")
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["answers"]["goal"]) == ("completed", 8)
    await clinic.pass_time(hours=5, minutes=15)
    await wait_for_text(clinic.patient, "ready")
    assert len(await clinic.checkins("P-1")) == 2


async def wait_for_text_anywhere(phone: Phone, words: str) -> None:
    """Wait until any message of the chat contains those words."""
    await phone.wait_until(lambda p: any(words in m.text for m in p.messages), why=words)


async def test_reassigning_taken_back_goes_on_with_the_old_baseline(clinic: StoryClinic) -> None:
    """The new care has no duration, so no session belongs to it; both therapists are told again."""
    other = await clinic.enrol("therapist", "T-2")
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/assign P-1 T-2", "from now on")
    await wait_for_text(other, "A change in your caseload.")
    await user.tap("Undo", "will also be told")
    await clinic.pass_time(seconds=2)
    await other.wait_until(
        lambda p: len([m for m in p.messages if "A change in your" in m.text]) == 2
    )
    other.tap("Show")
    await wait_for_text(other, "has been undone")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    assert clinic.rows("SELECT COUNT(*) FROM care WHERE to_at IS NULL") == [(1,)]


async def test_too_late_is_too_late(clinic: StoryClinic) -> None:
    """After fifteen minutes both the button and the command say so."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/test P-1", "is now a test patient")
    await clinic.pass_time(minutes=15, seconds=1)
    assert NOTHING in await user.tap_for_toast("Undo")
    await user.type_text("/undo", NOTHING)
    assert clinic.rows("SELECT is_test FROM people WHERE code = 'P-1'") == [(1,)]


async def test_a_second_tap_does_not_take_back_a_second_change(clinic: StoryClinic) -> None:
    """The button is for one change; tapped twice, it takes back that one only."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/test P-1", "is now a test patient")
    await user.type_text("/pause P-1 2026-04-01", "asked again")
    first, second = clinic.coordinator.double_tap("Undo")
    assert {(await first.wait_for_answer()).text, (await second.wait_for_answer()).text} == {
        "",
        "This has already been undone.",
    }
    await clinic.stop()
    await clinic.start()
    assert clinic.rows("SELECT state, is_test FROM people WHERE code = 'P-1'") == [("active", 1)]
    await user.type_text("/undo", "P-1 (test) marked as a test patient")
    await user.tap("Undo", "Undone:")
    assert clinic.rows("SELECT is_test FROM people WHERE code = 'P-1'") == [(0,)]


async def test_what_somebody_else_changed_since_stays(clinic: StoryClinic) -> None:
    """A pause that the patient has ended is not restored, and nobody undoes others' changes."""
    user = PhoneUser(clinic.coordinator)
    other = PhoneUser(await clinic.enrol("coordinator", "C-2"))
    await user.type_text("/pause P-1 2026-04-01", "asked again")
    await other.type_text("/undo", NOTHING)
    clinic.patient.say("/resume")
    await wait_for_text(clinic.patient, "Good to have you back.")
    assert "changed again since" in await user.tap_for_toast("Undo")
    assert await clinic.person("P-1") == {"code": "P-1", "role": "patient", "state": "active"}
    assert clinic.rows("SELECT COUNT(*) FROM audit WHERE undoes IS NOT NULL") == [(0,)]


async def test_an_older_change_waits_until_the_newer_is_taken_back(clinic: StoryClinic) -> None:
    """The button of an older change says that a later one comes first."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/test P-1", "is now a test patient")
    older = clinic.coordinator.screen
    await user.type_text("/pause P-1 2026-04-01", "asked again")
    toast = await clinic.coordinator.tap_old_version(older, "Undo").wait_for_answer()
    assert toast.text == "You have changed something else since. /undo shows what to undo first."
    assert "P-1" in last_text(clinic.coordinator)


async def test_a_mistyped_code_is_gone_from_the_lists(clinic: StoryClinic) -> None:
    """Undoing an invitation that was not used removes the person."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/invite patient P-71 T-1", "https://t.me/")
    await user.type_text("/undo", "Undo this? link made for P-71.")
    await user.tap("Undo", "Undone: link made for P-71.")
    assert "Show" not in user.labels
    await user.type_text("/people P-7", "Nobody.")
    await user.type_text("/invite therapist P-71", "https://t.me/")
