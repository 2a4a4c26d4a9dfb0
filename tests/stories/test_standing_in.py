"""Who stands in does what the one who is away could; a leader reports the group's session."""

from datetime import timedelta

from storage.groups import groups
from storage.people import people
from tests.stories.clinic import Story, answer, away, seen
from tests.stories.crowd import reply

NO_PATIENT = "There is no patient of yours with that code."


async def a_group(clinic: Story) -> None:
    """Let T-1 lead G-1, to which P-1 and P-2 belong since the day before."""
    now = clinic.timepiece.now() - timedelta(days=1)
    async with clinic.bot.store.transaction() as tx:
        group = await groups.add(tx, code="G-1", at=now)
        for code in ("P-1", "P-2", "T-1"):
            person = await people.by_code(tx, code)
            assert person is not None
            if person.role == "patient":
                await groups.add_member(tx, group_id=group.id, patient_id=person.id, at=now)
            else:
                await groups.add_leader(tx, group_id=group.id, therapist_id=person.id, at=now)


def by_the_cover(clinic: Story) -> list[str]:
    """Return what the log says of T-2, oldest first, with whom it was about."""
    rows = clinic.rows(
        "SELECT a.action, COALESCE(s.code, g.code) FROM audit a"
        " JOIN people p ON p.id = a.actor_id LEFT JOIN people s ON s.id = a.subject_id"
        " LEFT JOIN groups g ON g.id = a.subject_id WHERE p.code = 'T-2' ORDER BY a.number"
    )
    return [f"{action} {code}" for action, code in rows]


async def test_the_cover_sees_and_reports_for_as_long_as_they_stand_in(clinic: Story) -> None:
    """Before and after, the patient and the group do not exist for them; each look is on record."""
    clinic.telegram.floods.limits = None
    second = await clinic.enrol("patient", "P-2", "T-1")
    cover = await clinic.enrol("therapist", "T-2")
    await a_group(clinic)
    today = clinic.timepiece.now().date()
    assert await reply(cover, "/patient P-1") == NO_PATIENT
    assert await reply(cover, "/session P-1") == NO_PATIENT
    assert await reply(cover, "/session G-1") == NO_PATIENT
    await away(clinic, today, today)
    assert by_the_cover(clinic) == []
    assert await reply(cover, "/session P-1") == "Noted. P-1 is asked now."
    await seen(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    await reply(cover, "/patient P-1")
    await seen(cover, "P-1 ·")
    assert await reply(cover, "/session G-1 0") == "Noted. Whoever belongs to G-1 is asked now."
    await seen(second, "ready")
    await reply(cover, "/group G-1")
    await seen(cover, "G-1, what")
    assert by_the_cover(clinic) == [
        "session.reported P-1",
        "patient.viewed P-1",
        "session.reported G-1",
        "group.viewed G-1",
    ]
    await clinic.pass_time(days=1)
    await cover.until(
        lambda p: sum("Put away" in one.text for one in p.messages) == 2,
        why="what was shown has left",
    )
    for command in ("/patient P-1", "/session P-1", "/session G-1"):
        assert await reply(cover, command) == NO_PATIENT
    assert len(by_the_cover(clinic)) == 4


async def test_a_leader_reports_the_group_s_session(clinic: Story) -> None:
    """Its members are asked, once, what a group is asked; who was away is not."""
    clinic.telegram.floods.limits = None
    second = await clinic.enrol("patient", "P-2", "T-1")
    await a_group(clinic)
    how = await reply(clinic.therapist, "/session G-1 no-show")
    assert how.startswith("For a group please send /session G-1 when")
    clinic.coordinator.say("/absence P-2 3.3. 3.3.")
    await seen(clinic.coordinator, "P-2 is away")
    loud = len(second.notifications)
    told = await reply(clinic.therapist, "/session g-1 30")
    assert told.startswith("Noted. Whoever belongs to G-1 is asked at ")
    await clinic.pass_time(minutes=31)
    await seen(clinic.patient, "ready")
    assert await reply(clinic.therapist, "/session G-1") == "This session of G-1 is noted already."
    assert [one["state"] for one in await clinic.checkins("P-2")] == ["no_session"]
    assert len(second.notifications) == loud
    assert clinic.rows("SELECT instrument FROM checkins ORDER BY id") == [("check_in_group",)] * 2
    await clinic.pass_time(days=6)
    assert await reply(clinic.therapist, "/session G-1 0") == (
        "Noted. Whoever belongs to G-1 is asked now."
    )
    await seen(second, "ready")


async def test_a_planned_session_of_a_group_is_not_asked_about_twice(clinic: Story) -> None:
    """Said at its end, it is the one that the plan has; the clock adds none."""
    clinic.telegram.floods.limits = None
    await clinic.enrol("patient", "P-2", "T-1")
    await a_group(clinic)
    clinic.coordinator.say("/plan G-1 tue 14:00")
    await seen(clinic.coordinator, "every Tuesday 14:00")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")
    await clinic.pass_time(hours=4, minutes=45)  # 14:45
    assert "is asked now" in await reply(clinic.therapist, "/session G-1 0")
    await seen(clinic.patient, "ready")
    await clinic.pass_time(hours=1)
    assert len(await clinic.checkins("P-1")) == len(await clinic.checkins("P-2")) == 1
