"""The list of people, and each person's card: their state, and what a tap can change."""

import pytest

from bot.simulator import Phone
from storage.caseload import courses
from storage.groups import groups
from storage.people import people
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)
from tests.stories.phone_user import PhoneUser

pytestmark = pytest.mark.both_databases

NOTICE = "A change in your caseload."


async def add_invited_patients(clinic: StoryClinic, patients: int) -> None:
    """Add patients who have not joined yet."""
    now = clinic.clock.now()
    async with clinic.bot.store.transaction() as tx:
        for number in range(patients):
            code = f"P-{number + 100}"
            await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=now)


async def add_second_therapist(clinic: StoryClinic) -> Phone:
    """Return the phone of a second therapist."""
    return await clinic.enrol("therapist", "T-2")


async def test_everybody_in_pages(clinic: StoryClinic) -> None:
    """Two hundred people are shown in pages; a filter or a code finds one of them."""
    await add_invited_patients(clinic, 200)
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people", "everybody: 203")
    assert "1 of 11" in user.labels
    assert len([label for label in user.labels if label.startswith("P-")]) == 19
    await user.tap("›", "everybody: 203")
    await clinic.coordinator.wait_until(lambda p: p.screen.find_button(label="2 of 11"))
    await user.tap("active 3", "active: 3")
    assert [one for one in user.labels if "·" in one] == [
        "C-1 · active",
        "P-1 · active",
        "T-1 · active",
    ]
    await user.type_text("/people P-29", "P-29…: 10")
    await user.tap("P-297 · invited", "no open link")
    assert "nobody yet" in last_text(clinic.coordinator)
    await user.type_text("/people invited", "invited: 200")
    await user.type_text("/people p-1", "with T-1")


async def test_a_break_with_an_end_takes_four_taps(clinic: StoryClinic) -> None:
    """From the list to "paused until" without typing; the patient is told silently."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people", "everybody")
    await user.tap("P-1 · active", "with T-1")
    await user.tap("Pause", "when should I start asking again?")
    await user.tap("Tue 17 Mar 2026", "P-1 will be asked again from Tue 17 Mar 2026.")
    assert user.tap_count == 3
    sounds = len(clinic.patient.notifications)
    await wait_for_text(clinic.patient, "Your check-ins are paused until Tue 17 Mar 2026.")
    assert len(clinic.patient.notifications) == sounds
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.therapist, "P-1 is paused")
    clinic.patient.say("/resume")
    await wait_for_text(clinic.patient, "Good to have you back.")
    assert await clinic.person("P-1") == {"code": "P-1", "role": "patient", "state": "active"}


async def test_a_break_in_one_line(clinic: StoryClinic) -> None:
    """A coordinator's /pause and /resume are about a patient."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/pause P-1 2026-12-24", "asked again from Thu 24 Dec 2026")
    assert clinic.rows("SELECT state, paused_until FROM people WHERE code = 'P-1'") == [
        ("paused", "2026-12-24T00:00:00.000000+00:00")
    ]
    await user.type_text("/resume P-1", "P-1 will be asked again.")
    await user.type_text("/resume P-1", "P-1 is not paused.")
    for day in ("2026-03-03", "2025-12-24", "2029-12-24", "soon", "30.2."):
        await user.type_text(f"/pause P-1 {day}", "a day in the coming year")
    await user.type_text("/pause", "Please send the code")
    await user.type_text("/pause T-1", "There is no patient T-1.")
    clinic.patient.say("/pause")
    await wait_for_text(clinic.patient, "I will not ask anything until you send /resume.")
    await user.type_text("/pause P-1", "when should I start asking again?")
    clinic.therapist.say("/pause P-1")
    await wait_for_text(clinic.therapist, "I do not know that.")


async def test_reassigning_starts_a_new_baseline_and_both_are_told(clinic: StoryClinic) -> None:
    """Neither notification names the patient; a tap does, for the right therapist only."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    other = await add_second_therapist(clinic)
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/assign P-1 T-2", "T-2 looks after P-1 from now on.")
    await wait_for_text(clinic.therapist, NOTICE)
    await wait_for_text(other, NOTICE)
    _, button = clinic.therapist.find("Show")
    assert button.data is not None
    assert (
        await other.tap_data(button.data).wait_for_answer()
    ).text == "This button no longer works."
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "You no longer look after P-1")
    other.tap("Show")
    await wait_for_text(other, "You have been looking after P-1")
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.therapist, "You have no patient with that code.")
    await clinic.pass_time(days=7)
    other.say("/session P-1")
    await wait_for_text(other, "P-1 is being asked now")
    await wait_for_text(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    assert len(set(await therapists_of_course(clinic))) == 2
    assert len(clinic.rows("SELECT id FROM care WHERE to_at IS NOT NULL")) == 1


async def test_a_co_therapist_goes_on_with_the_same_baseline(clinic: StoryClinic) -> None:
    """Both have access, the course goes on, and the last therapist cannot be removed."""
    other = await add_second_therapist(clinic)
    await clinic.run_steady_weeks()
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/co P-1 T-2", "T-2 looks after P-1 as well.")
    assert "with T-1, T-2" in last_text(clinic.coordinator)
    await wait_for_text(other, NOTICE)
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    await wait_for_text(other, ALERT_NOTICE)
    assert len(set(await therapists_of_course(clinic))) == 1
    await user.tap("Remove therapist", "no longer looks after P-1?")
    await user.tap("T-2", "T-2 no longer looks after P-1.")
    await user.type_text("/people P-1", "with T-1")
    assert "Remove therapist" not in user.labels


async def therapists_of_course(clinic: StoryClinic) -> list[str | None]:
    """Return the therapist to whose baseline each session of the patient belongs."""
    async with clinic.bot.store.read_transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        course = await courses.steps_of(tx, courses.CourseKey(patient.id, "check_in_4"))
    return [step.observation.therapist for step in course]


async def test_the_end_of_a_treatment(clinic: StoryClinic) -> None:
    """After a confirmation, plans and the open check-in end, and the patient is told."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/plan P-1 tue 14:00 50 20 UTC", "14:00")
    await user.tap("Save", "Saved.")
    clinic.therapist.say("/session P-1 0")
    await wait_for_text(clinic.patient, "ready")
    question = clinic.patient.screen
    await user.type_text("/end P-1", "End treatment for P-1?")
    assert await clinic.person("P-1") == {"code": "P-1", "role": "patient", "state": "active"}
    await user.tap("Yes, end it", "Treatment for P-1 has ended.")
    await wait_for_text(clinic.patient, "Your check-ins have come to an end.")
    await clinic.patient.wait_until(lambda p: "no longer needed" in p.messages[-2].text)
    toast = await clinic.patient.tap_old_version(question, "9").wait_for_answer()
    assert toast.text.startswith("You no longer take part here.")
    for words in ("7", "/start"):
        await PhoneUser(clinic.patient).type_text(words, "You no longer take part here.")
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.therapist, "has ended, so nothing is asked")
    await clinic.pass_time(days=30)
    assert [one["state"] for one in await clinic.checkins("P-1")] == ["cancelled"]
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(0,)]
    assert clinic.rows("SELECT COUNT(*) FROM plans WHERE ended_at IS NULL") == [(0,)]


async def test_who_has_ended_can_come_back(clinic: StoryClinic) -> None:
    """A new link invites them again; they have to agree again."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/end P-1")
    await user.tap("Yes, end it", "has ended")
    await user.type_text("/people ended", "ended: 1")
    await user.tap("P-1 · ended", "patient · ended")
    await user.tap("New link", "https://t.me/")
    clinic.patient.open_link(link_in(last_text(clinic.coordinator)))
    await wait_for_text(clinic.patient, "Do you agree?")
    clinic.patient.tap("I agree")
    await wait_for_text(clinic.patient, "I will message you after your next session.")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


def link_in(text: str) -> str:
    """Return the link in a message."""
    return next(word for word in text.split() if word.startswith("https://t.me/"))


async def test_a_test_patient_is_marked_wherever_their_code_is(clinic: StoryClinic) -> None:
    """In the list, on the card, in the log, and in notices."""
    user = PhoneUser(clinic.coordinator)
    other = await add_second_therapist(clinic)
    await user.type_text("/test P-1", "P-1 is now a test patient")
    await user.type_text("/people", "everybody")
    assert "P-1 (test) · active" in user.labels
    await user.tap("P-1 (test) · active", "P-1 (test)")
    await user.tap("Change therapist", "Who looks after P-1 (test) from now on?")
    await user.tap("T-2", "T-2 looks after P-1 (test) from now on.")
    await wait_for_text(other, NOTICE)
    other.tap("Show")
    await wait_for_text(other, "P-1 (test)")
    await user.type_text("/audit P-1", "P-1 (test) marked as a test patient")
    await user.type_text("/people P-1", "P-1 (test)")
    await user.tap("Not a test patient", "no longer")
    await user.type_text("/people", "everybody")
    assert "P-1 · active" in user.labels


async def test_a_therapist_leaves_once_nobody_is_left_to_look_after(clinic: StoryClinic) -> None:
    """A caseload must be handed over first; then the therapist has no access any more."""
    await add_second_therapist(clinic)
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people T-1", "patients: 1")
    await user.tap("End", "Does T-1 no longer work here?")
    assert "still looks after patients or groups" in await user.tap_for_toast("Yes, end it")
    await user.type_text("/assign P-1 T-2", "from now on")
    await user.type_text("/people T-1", "patients: 0")
    await user.tap("End", "Does T-1 no longer work here?")
    await user.tap("Yes, end it", "T-1 no longer takes part.")
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "You no longer take part here.")
    await user.type_text("/people C-1", "coordinator")
    await user.tap("End", "Does C-1 no longer work here?")
    assert "cannot end your own access" in await user.tap_for_toast("Yes, end it")


async def test_others_cannot_use_a_coordinators_buttons(clinic: StoryClinic) -> None:
    """A made-up tap by a therapist or a patient is refused like a stale button."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people P-1", "with T-1")
    for label in ("Pause", "End", "Change therapist", "New link"):
        _, button = clinic.coordinator.find(label)
        assert button.data is not None
        for phone in (clinic.therapist, clinic.patient):
            toast = await phone.tap_data(button.data).wait_for_answer()
            assert toast.text == "This button no longer works."
    assert clinic.rows("SELECT COUNT(*) FROM audit WHERE action LIKE 'person.e%'") == [(0,)]


async def test_groups_stand_on_the_card_and_end_with_the_treatment(clinic: StoryClinic) -> None:
    """The cards of members and leaders name the group; a leader cannot be removed."""
    async with clinic.bot.store.transaction() as tx:
        now = clinic.clock.now()
        patient, leader = await people.by_code(tx, "P-1"), await people.by_code(tx, "T-1")
        assert patient is not None
        assert leader is not None
        group = await groups.add(tx, code="G-1", at=now)
        await groups.add_member(tx, group_id=group.id, patient_id=patient.id, at=now)
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people T-1", "groups: G-1")
    await user.type_text("/people P-1", "groups: G-1")
    await user.type_text("/invite patient G-1", "G-1 is a group.")
    await user.type_text("/end P-1", "End treatment")
    await user.tap("Yes, end it", "has ended")
    assert "groups" not in last_text(clinic.coordinator)
    await user.type_text("/people T-1", "patients: 0")
    await user.tap("End", "no longer work here?")
    assert "still looks after patients or groups" in await user.tap_for_toast("Yes, end it")
