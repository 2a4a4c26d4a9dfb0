"""A cover can do what the absent therapist could; a leader reports the group's session."""

from datetime import timedelta

from storage.groups import groups
from storage.people import people
from tests.stories.access.access_scenario import reply_to_text
from tests.stories.clinic import StoryClinic, add_covered_absence, answer, wait_for_text

NO_PATIENT = "You have no patient with that code."


async def create_group(clinic: StoryClinic) -> None:
    """Create G-1, led by T-1, with P-1 and P-2 as members since the day before."""
    now = clinic.clock.now() - timedelta(days=1)
    async with clinic.bot.store.transaction() as tx:
        group = await groups.add(tx, code="G-1", at=now)
        for code in ("P-1", "P-2", "T-1"):
            person = await people.by_code(tx, code)
            assert person is not None
            if person.role == "patient":
                await groups.add_member(tx, group_id=group.id, patient_id=person.id, at=now)
            else:
                await groups.add_leader(tx, group_id=group.id, therapist_id=person.id, at=now)


def log_of_cover(clinic: StoryClinic) -> list[str]:
    """Return the actions of T-2 and their subjects, oldest first."""
    rows = clinic.rows(
        "SELECT a.action, COALESCE(s.code, g.code) FROM audit a"
        " JOIN people p ON p.id = a.actor_id LEFT JOIN people s ON s.id = a.subject_id"
        " LEFT JOIN groups g ON g.id = a.subject_id WHERE p.code = 'T-2' ORDER BY a.number"
    )
    return [f"{action} {code}" for action, code in rows]


async def test_the_cover_sees_and_reports_for_as_long_as_they_stand_in(clinic: StoryClinic) -> None:
    """Before and after, patient and group do not exist for them; each view is on record."""
    clinic.telegram.floods.limits = None
    second = await clinic.enrol("patient", "P-2", "T-1")
    cover = await clinic.enrol("therapist", "T-2")
    await create_group(clinic)
    today = clinic.clock.now().date()
    assert await reply_to_text(cover, "/patient P-1") == NO_PATIENT
    assert await reply_to_text(cover, "/session P-1") == NO_PATIENT
    assert await reply_to_text(cover, "/session G-1") == NO_PATIENT
    await add_covered_absence(clinic, today, today)
    assert log_of_cover(clinic) == []
    assert await reply_to_text(cover, "/session P-1") == "Noted. P-1 is being asked now."
    await wait_for_text(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    await reply_to_text(cover, "/patient P-1")
    await wait_for_text(cover, "P-1 ·")
    assert (
        await reply_to_text(cover, "/session G-1 0")
        == "Noted. The members of G-1 are being asked now."
    )
    await wait_for_text(second, "ready")
    await reply_to_text(cover, "/group G-1")
    await wait_for_text(cover, "G-1: what")
    assert log_of_cover(clinic) == [
        "session.reported P-1",
        "patient.viewed P-1",
        "session.reported G-1",
        "group.viewed G-1",
    ]
    await clinic.pass_time(days=1)
    await cover.wait_until(
        lambda p: sum("Hidden" in one.text for one in p.messages) == 2,
        why="what was shown is hidden",
    )
    for command in ("/patient P-1", "/session P-1", "/session G-1"):
        assert await reply_to_text(cover, command) == NO_PATIENT
    assert len(log_of_cover(clinic)) == 4


async def test_a_leader_reports_the_group_s_session(clinic: StoryClinic) -> None:
    """Members get the group's check-in, once; an absent member does not."""
    clinic.telegram.floods.limits = None
    second = await clinic.enrol("patient", "P-2", "T-1")
    await create_group(clinic)
    reply = await reply_to_text(clinic.therapist, "/session G-1 no-show")
    assert reply.startswith("For a group, please send /session G-1 when")
    clinic.coordinator.say("/absence P-2 3.3. 3.3.")
    await wait_for_text(clinic.coordinator, "P-2 is away")
    sounds = len(second.notifications)
    reply = await reply_to_text(clinic.therapist, "/session g-1 30")
    assert reply.startswith("Noted. The members of G-1 will be asked at ")
    await clinic.pass_time(minutes=31)
    await wait_for_text(clinic.patient, "ready")
    assert (
        await reply_to_text(clinic.therapist, "/session G-1")
        == "This session of G-1 has already been noted."
    )
    assert [one["state"] for one in await clinic.checkins("P-2")] == ["no_session"]
    assert len(second.notifications) == sounds
    assert clinic.rows("SELECT instrument FROM checkins ORDER BY id") == [("check_in_group",)] * 2
    await clinic.pass_time(days=6)
    assert await reply_to_text(clinic.therapist, "/session G-1 0") == (
        "Noted. The members of G-1 are being asked now."
    )
    await wait_for_text(second, "ready")


async def test_a_planned_session_of_a_group_is_not_asked_about_twice(clinic: StoryClinic) -> None:
    """Reported at its end, it is the planned session; the scheduler adds none."""
    clinic.telegram.floods.limits = None
    await clinic.enrol("patient", "P-2", "T-1")
    await create_group(clinic)
    clinic.coordinator.say("/plan G-1 tue 14:00")
    await wait_for_text(clinic.coordinator, "every Tuesday 14:00")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")
    await clinic.pass_time(hours=4, minutes=45)  # 14:45
    assert "being asked now" in await reply_to_text(clinic.therapist, "/session G-1 0")
    await wait_for_text(clinic.patient, "ready")
    await clinic.pass_time(hours=1)
    assert len(await clinic.checkins("P-1")) == len(await clinic.checkins("P-2")) == 1
