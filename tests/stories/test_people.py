"""Everybody at a glance, and the card of each: what is so, and what can be done with a tap."""

from bot.simulator import Phone
from storage.caseload import courses
from storage.groups import groups
from storage.people import people
from tests.stories.clinic import A_DROP, Story, answer, said, seen
from tests.stories.hand import Hand

NOTICE = "A change in your caseload."


async def fill(clinic: Story, patients: int) -> None:
    """Put so many patients on the list who have not come yet."""
    now = clinic.timepiece.now()
    async with clinic.bot.store.transaction() as tx:
        for number in range(patients):
            code = f"P-{number + 100}"
            await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=now)


async def two_therapists(clinic: Story) -> Phone:
    """Let a second therapist come in; return their phone."""
    return await clinic.enrol("therapist", "T-2")


async def test_everybody_in_pages(clinic: Story) -> None:
    """Two hundred people are a list to leaf through; a filter and a code find one of them."""
    await fill(clinic, 200)
    hand = Hand(clinic.coordinator)
    await hand.types("/people", "everybody: 203")
    assert "1 of 11" in hand.labels
    assert len([label for label in hand.labels if label.startswith("P-")]) == 19
    await hand.tap("›", "everybody: 203")
    await clinic.coordinator.until(lambda p: p.screen.find_button(label="2 of 11"))
    await hand.tap("active 3", "active: 3")
    assert [one for one in hand.labels if "·" in one] == [
        "C-1 · active",
        "P-1 · active",
        "T-1 · active",
    ]
    await hand.types("/people P-29", "P-29…: 10")
    await hand.tap("P-297 · invited", "no link is open")
    assert "nobody yet" in said(clinic.coordinator)
    await hand.types("/people invited", "invited: 200")
    await hand.types("/people p-1", "with T-1")


async def test_a_break_with_an_end_takes_four_taps(clinic: Story) -> None:
    """From the list to "paused until" without typing; the patient is told, without a sound."""
    hand = Hand(clinic.coordinator)
    await hand.types("/people", "everybody")
    await hand.tap("P-1 · active", "with T-1")
    await hand.tap("Pause", "from when on shall I ask again?")
    await hand.tap("Tue 17 Mar 2026", "P-1 is asked again from Tue 17 Mar 2026 on.")
    assert hand.taps == 3
    loud = len(clinic.patient.notifications)
    await seen(clinic.patient, "Your check-ins pause until Tue 17 Mar 2026.")
    assert len(clinic.patient.notifications) == loud
    clinic.therapist.say("/session P-1")
    await seen(clinic.therapist, "P-1 has paused")
    clinic.patient.say("/resume")
    await seen(clinic.patient, "Good to have you back.")
    assert await clinic.person("P-1") == {"code": "P-1", "role": "patient", "state": "active"}


async def test_a_break_in_one_line(clinic: Story) -> None:
    """The same words as a patient's own commands mean another thing from a coordinator."""
    hand = Hand(clinic.coordinator)
    await hand.types("/pause P-1 2026-12-24", "asked again from Thu 24 Dec 2026 on")
    assert clinic.rows("SELECT state, paused_until FROM people WHERE code = 'P-1'") == [
        ("paused", "2026-12-24T00:00:00.000000+00:00")
    ]
    await hand.types("/resume P-1", "P-1 is asked again.")
    await hand.types("/resume P-1", "P-1 is not paused.")
    for day in ("2026-03-03", "2025-12-24", "2029-12-24", "soon", "24.12."):
        await hand.types(f"/pause P-1 {day}", "a day that is still to come")
    await hand.types("/pause", "Please send the code")
    await hand.types("/pause T-1", "There is no patient T-1.")
    clinic.patient.say("/pause")
    await seen(clinic.patient, "Nothing is asked until you send /resume.")
    await hand.types("/pause P-1", "from when on shall I ask again?")
    clinic.therapist.say("/pause P-1")
    await seen(clinic.therapist, "I do not know that.")


async def test_reassigning_starts_a_new_baseline_and_both_are_told(clinic: Story) -> None:
    """Neither notification says whom it is about; a tap does, and only to whom it concerns."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    other = await two_therapists(clinic)
    hand = Hand(clinic.coordinator)
    await hand.types("/assign P-1 T-2", "T-2 looks after P-1 from now on.")
    await seen(clinic.therapist, NOTICE)
    await seen(other, NOTICE)
    _, button = clinic.therapist.find("Show")
    assert button.data is not None
    assert (await other.tap_data(button.data).answered()).text == "This button no longer works."
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "You no longer look after P-1")
    other.tap("Show")
    await seen(other, "You look after P-1")
    clinic.therapist.say("/session P-1")
    await seen(clinic.therapist, "There is no patient of yours with that code.")
    await clinic.pass_time(days=7)
    other.say("/session P-1")
    await seen(other, "P-1 is asked now")
    await seen(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    assert len(set(await therapists_of_course(clinic))) == 2
    assert len(clinic.rows("SELECT id FROM care WHERE to_at IS NOT NULL")) == 1


async def test_a_co_therapist_goes_on_with_the_same_baseline(clinic: Story) -> None:
    """Both read from now on, one course stays one, and the last therapist cannot be removed."""
    other = await two_therapists(clinic)
    await clinic.steady_weeks()
    hand = Hand(clinic.coordinator)
    await hand.types("/co P-1 T-2", "T-2 looks after P-1 too.")
    assert "with T-1, T-2" in said(clinic.coordinator)
    await seen(other, NOTICE)
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await seen(clinic.therapist, "A check-in needs your attention.")
    await seen(other, "A check-in needs your attention.")
    assert len(set(await therapists_of_course(clinic))) == 1
    await hand.tap("One therapist less", "looks after P-1 no longer?")
    await hand.tap("T-2", "T-2 no longer looks after P-1.")
    await hand.types("/people P-1", "with T-1")
    assert "One therapist less" not in hand.labels


async def therapists_of_course(clinic: Story) -> list[str | None]:
    """Return whose baseline each session of the patient belongs to."""
    async with clinic.bot.store.reading() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        course = await courses.course_of(tx, patient_id=patient.id, instrument="check_in_4")
    return [step.observation.therapist for step in course]


async def test_the_end_of_a_treatment(clinic: Story) -> None:
    """After a second tap: plans end, the open question closes, the patient is told, it is quiet."""
    hand = Hand(clinic.coordinator)
    await hand.types("/plan P-1 tue 14:00 50 20 UTC", "14:00")
    await hand.tap("Save", "Kept.")
    clinic.therapist.say("/session P-1 0")
    await seen(clinic.patient, "ready")
    question = clinic.patient.screen
    await hand.types("/end P-1", "End the treatment of P-1?")
    assert await clinic.person("P-1") == {"code": "P-1", "role": "patient", "state": "active"}
    await hand.tap("Yes, end it", "The treatment of P-1 has ended.")
    await seen(clinic.patient, "Your check-ins have come to their end.")
    await clinic.patient.until(lambda p: "no longer needed" in p.messages[-2].text)
    told = await clinic.patient.old_tap(question, "9").answered()
    assert told.text.startswith("You no longer take part here.")
    for words in ("7", "/start"):
        await Hand(clinic.patient).types(words, "You no longer take part here.")
    clinic.therapist.say("/session P-1")
    await seen(clinic.therapist, "has ended, so nothing is asked")
    await clinic.pass_time(days=30)
    assert [one["state"] for one in await clinic.checkins("P-1")] == ["cancelled"]
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(0,)]
    assert clinic.rows("SELECT COUNT(*) FROM plans WHERE ended_at IS NULL") == [(0,)]


async def test_who_has_ended_can_come_back(clinic: Story) -> None:
    """A new link invites them anew; they are asked for their agreement anew."""
    hand = Hand(clinic.coordinator)
    await hand.types("/end P-1")
    await hand.tap("Yes, end it", "has ended")
    await hand.types("/people ended", "ended: 1")
    await hand.tap("P-1 · ended", "patient · ended")
    await hand.tap("New link", "https://t.me/")
    clinic.patient.open_link(link_in(said(clinic.coordinator)))
    await seen(clinic.patient, "Do you agree?")
    clinic.patient.tap("I agree")
    await seen(clinic.patient, "I will write after your next session.")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


def link_in(text: str) -> str:
    """Return the link in a message."""
    return next(word for word in text.split() if word.startswith("https://t.me/"))


async def test_a_test_patient_is_marked_wherever_their_code_is(clinic: Story) -> None:
    """In the list, on the card, in the log, in what others are told."""
    hand = Hand(clinic.coordinator)
    other = await two_therapists(clinic)
    await hand.types("/test P-1", "P-1 is a test patient now")
    await hand.types("/people", "everybody")
    assert "P-1 (test) · active" in hand.labels
    await hand.tap("P-1 (test) · active", "P-1 (test)")
    await hand.tap("Other therapist", "Who looks after P-1 (test) from now on?")
    await hand.tap("T-2", "T-2 looks after P-1 (test) from now on.")
    await seen(other, NOTICE)
    other.tap("Show")
    await seen(other, "P-1 (test)")
    await hand.types("/audit P-1", "P-1 (test) marked as a test patient")
    await hand.types("/people P-1", "P-1 (test)")
    await hand.tap("No test patient", "no longer")
    await hand.types("/people", "everybody")
    assert "P-1 · active" in hand.labels


async def test_a_therapist_leaves_once_nobody_is_left_to_look_after(clinic: Story) -> None:
    """A caseload is handed over first; then the one who leaves sees nothing any more."""
    await two_therapists(clinic)
    hand = Hand(clinic.coordinator)
    await hand.types("/people T-1", "patients: 1")
    await hand.tap("End", "T-1 no longer works here?")
    assert "still looks after somebody" in await hand.toast("Yes, end it")
    await hand.types("/assign P-1 T-2", "from now on")
    await hand.types("/people T-1", "patients: 0")
    await hand.tap("End", "T-1 no longer works here?")
    await hand.tap("Yes, end it", "T-1 takes part no longer.")
    clinic.therapist.say("/alerts")
    await seen(clinic.therapist, "You no longer take part here.")
    await hand.types("/people C-1", "coordinator")
    await hand.tap("End", "C-1 no longer works here?")
    assert "cannot end your own work" in await hand.toast("Yes, end it")


async def test_others_cannot_use_a_coordinators_buttons(clinic: Story) -> None:
    """A made-up tap of a therapist or a patient reads like a button that does not exist."""
    hand = Hand(clinic.coordinator)
    await hand.types("/people P-1", "with T-1")
    for label in ("Pause", "End", "Other therapist", "New link"):
        _, button = clinic.coordinator.find(label)
        assert button.data is not None
        for phone in (clinic.therapist, clinic.patient):
            told = await phone.tap_data(button.data).answered()
            assert told.text == "This button no longer works."
    assert clinic.rows("SELECT COUNT(*) FROM audit WHERE action LIKE 'person.e%'") == [(0,)]


async def test_groups_stand_on_the_card_and_end_with_the_treatment(clinic: Story) -> None:
    """A member's card and a leader's name the group, and who leads one cannot leave."""
    async with clinic.bot.store.transaction() as tx:
        now = clinic.timepiece.now()
        patient, leader = await people.by_code(tx, "P-1"), await people.by_code(tx, "T-1")
        assert patient is not None
        assert leader is not None
        group = await groups.add(tx, code="G-1", at=now)
        await groups.add_member(tx, group_id=group.id, patient_id=patient.id, at=now)
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
    hand = Hand(clinic.coordinator)
    await hand.types("/people T-1", "groups: G-1")
    await hand.types("/people P-1", "groups: G-1")
    await hand.types("/invite patient G-1", "G-1 is a group.")
    await hand.types("/end P-1", "End the treatment")
    await hand.tap("Yes, end it", "has ended")
    assert "groups" not in said(clinic.coordinator)
    await hand.types("/people T-1", "patients: 0")
    await hand.tap("End", "no longer works here?")
    assert "still looks after somebody" in await hand.toast("Yes, end it")
