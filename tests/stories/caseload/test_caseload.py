"""The caseload: sorted by concern, opened by a tap, hidden after its time."""

import pytest

from bot.simulator import Phone
from storage.groups import groups
from storage.people import people
from tests.stories.alerts.test_alert import open_alert, play_drop
from tests.stories.clinic import ALERT_NOTICE, StoryClinic, answer, last_text, wait_for_text


def button_labels(phone: Phone) -> list[str]:
    """Return the labels of the last message's buttons."""
    return [button.label for row in phone.screen.buttons for button in row]


async def play_session(
    clinic: StoryClinic, phone: Phone, code: str, scores: tuple[int, ...]
) -> None:
    """Let one patient have a session and answer."""
    clinic.therapist.say(f"/session {code}")
    await wait_for_text(phone, "ready")
    await answer(phone, scores)


@pytest.mark.both_databases
async def test_the_most_pressing_comes_first(clinic: StoryClinic) -> None:
    """An unseen alert, a no-show, nothing new; each with trend, last answer and counts."""
    second = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.enrol("patient", "P-3", "T-1")
    await play_session(clinic, second, "P-2", (8, 8, 8, 8))
    await play_drop(clinic)
    clinic.therapist.say("/session P-3 no-show")
    await wait_for_text(clinic.therapist, "did not attend")
    clinic.therapist.say("/caseload")
    await wait_for_text(clinic.therapist, "Caseload, Tue 31 Mar")
    assert last_text(clinic.therapist).split("\n\n")[1:] == [
        "Alert, not seen yet\nP-1 ████▃ · Tue 31 Mar · 5/5",
        "Did not attend last time\nP-3",
        "Nothing new\nP-2 ▇ · Tue 3 Mar · 1/1",
        "On the right: last answer, and how many were answered.",
    ]
    assert button_labels(clinic.therapist) == ["P-1", "P-3", "P-2", "Hide"]


async def test_nothing_of_it_is_on_a_lock_screen_and_it_leaves(clinic: StoryClinic) -> None:
    """It comes silently behind a neutral text, protected, and is gone after ten minutes."""
    await play_drop(clinic)
    sounds = len(clinic.therapist.notifications)
    for command, words in (("/caseload", "Caseload,"), ("/patient P-1", "P-1 ·")):
        clinic.therapist.say(command)
        await wait_for_text(clinic.therapist, words)
        assert clinic.therapist.screen.is_protected
    assert len(clinic.therapist.notifications) == sounds
    await clinic.pass_time(minutes=11)
    await clinic.therapist.wait_until(lambda p: not any("P-1 ·" in m.text for m in p.messages))
    await clinic.therapist.wait_until(lambda p: not any("Caseload," in m.text for m in p.messages))


async def test_a_code_opens_the_course(clinic: StoryClinic) -> None:
    """The course with what followed the alert; by question; hidden and shown; the alert."""
    await play_drop(clinic)
    clinic.therapist.say("/caseload")
    await wait_for_text(clinic.therapist, "Caseload,")
    clinic.therapist.tap("P-1")
    await wait_for_text(clinic.therapist, "P-1 · Alert, not seen yet")
    course = clinic.therapist.screen
    assert course.photo is not None
    assert "Last: Tue 31 Mar, 12 of 40." in course.text
    assert "Answered 5 of 5 check-ins." in course.text
    assert "Tue 31 Mar: No session since the alert." in course.text
    clinic.therapist.tap("By question")
    await wait_for_text(clinic.therapist, "bond 2")
    assert clinic.therapist.screen.photo not in (None, course.photo)
    clinic.therapist.tap("← Back")
    await wait_for_text(clinic.therapist, "Alert, not seen yet")
    clinic.therapist.tap("Hide", message=clinic.therapist.screen)
    await wait_for_text(clinic.therapist, "The course is hidden.")
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await wait_for_text(clinic.therapist, "P-1 · Alert, not seen yet")
    clinic.therapist.tap("The open alert")
    await wait_for_text(clinic.therapist, "The ratings fell")
    viewed = clinic.rows("SELECT COUNT(*) FROM audit WHERE action = 'patient.viewed'")
    assert viewed == [(4,)]


async def test_long_lists_have_pages(clinic: StoryClinic) -> None:
    """Thirty patients on three pages, none twice, none missing, back and forth."""
    async with clinic.bot.store.transaction() as tx:
        therapist = await people.by_code(tx, "T-1")
        assert therapist is not None
        for number in range(2, 31):
            await tx.run(
                "INSERT INTO people (id, code, role, language, zone, state, created_at)"
                " VALUES (?, ?, 'patient', 'en', 'UTC', 'invited', 't')",
                f"p{number}",
                f"P-{number}",
            )
            await tx.run(
                "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, 't')",
                f"c{number}",
                f"p{number}",
                therapist.id,
            )
    clinic.therapist.say("/caseload")
    await wait_for_text(clinic.therapist, "(1 of 3)")
    codes = [label for label in button_labels(clinic.therapist) if label.startswith("P-")]
    for page, way in ((2, "Next →"), (3, "Next →")):
        clinic.therapist.tap(way)
        await wait_for_text(clinic.therapist, f"({page} of 3)")
        codes += [label for label in button_labels(clinic.therapist) if label.startswith("P-")]
    assert codes == [f"P-{number}" for number in range(1, 31)]
    clinic.therapist.tap("← Previous")
    await wait_for_text(clinic.therapist, "(2 of 3)")
    tap = clinic.therapist.tap_data("1cl:99")
    await tap.wait_for_answer()
    await wait_for_text(clinic.therapist, "(3 of 3)")


async def test_nobody_in_care_is_said_so(clinic: StoryClinic) -> None:
    """A therapist without patients gets a sentence, and so does an unknown code."""
    other = await clinic.enrol("therapist", "T-2")
    for command, words in (
        ("/caseload", "You have no patients yet."),
        ("/patient", "Please send the patient’s code"),
        ("/patient P-9", "You have no patient with that code."),
        ("/group", "Please send the group’s code"),
        ("/group G-9", "You have no group with that code."),
    ):
        other.say(command)
        await wait_for_text(other, words)


async def test_a_group_side_by_side(clinic: StoryClinic) -> None:
    """Leaders see how members rated the group's sessions, and whether all rated it lower."""
    leader = await clinic.enrol("therapist", "T-2")
    phones = {"P-1": clinic.patient}
    for code in ("P-2", "P-3"):
        phones[code] = await clinic.enrol("patient", code, "T-1")
    await create_group(clinic, leads="T-2", members=phones)
    for scores in ((9,) * 5, (9,) * 5, (9,) * 5, (3,) * 5):
        await clinic.pass_time(days=6, hours=23)
        await play_group_session(clinic)
        for phone in phones.values():
            await wait_for_text(phone, "ready")
            await answer_all(phone, scores)
        await clinic.pass_time(hours=1)
    await leader.wait_until(lambda p: p.notifications.count(ALERT_NOTICE) == len(phones))
    leader.say("/group g-1")
    await wait_for_text(leader, "the group as a whole rated it lower than usual (3 of 3)")
    assert "P-2 ███▃" in last_text(leader)
    clinic.therapist.say("/patient P-1")
    await wait_for_text(clinic.therapist, "No check-in has been answered yet.")
    leader.say("/patient P-1")
    await wait_for_text(leader, "You have no patient with that code.")
    leader.say("/caseload")
    await wait_for_text(leader, "Caseload,")
    leader.tap("G-1")
    await wait_for_text(leader, "G-1: what members said")


async def create_group(clinic: StoryClinic, *, leads: str, members: dict[str, Phone]) -> None:
    """Create a group with those members and that leader."""
    async with clinic.bot.store.transaction() as tx:
        now = clinic.clock.now()
        group = await groups.add(tx, code="G-1", at=now)
        leader = await people.by_code(tx, leads)
        assert leader is not None
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
        for code in members:
            member = await people.by_code(tx, code)
            assert member is not None
            await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=now)


async def play_group_session(clinic: StoryClinic) -> None:
    """Let the group have a session that ends now."""
    now = clinic.clock.now().isoformat(timespec="microseconds")
    async with clinic.bot.store.transaction() as tx:
        row = await tx.one("SELECT id FROM groups")
        assert row is not None
        await tx.run(
            "INSERT INTO sessions (id, group_id, starts_at, ends_at, zone, delay_minutes,"
            " instrument, quiet_from, quiet_to, state) VALUES (?, ?, ?, ?, 'UTC', 0,"
            " 'check_in_group', '00:00', '00:00', 'planned')",
            f"s{now}",
            row["id"],
            now,
            now,
        )
    await clinic.pass_time()


async def answer_all(phone: Phone, scores: tuple[int, ...]) -> None:
    """Answer every question of the open check-in, then the direct one."""
    for score in scores:
        before = phone.screen.text
        phone.tap(str(score))
        await phone.wait_until(lambda p, was=before: p.screen.text != was)  # type: ignore[misc]
    phone.tap("No")
    await wait_for_text(phone, "Your answers are saved")


async def test_seen_but_not_back_is_lower_down(clinic: StoryClinic) -> None:
    """A seen alert is less urgent than an unseen one."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Seen")
    await wait_for_text(clinic.therapist, "Seen: T-1")
    clinic.therapist.say("/caseload")
    await wait_for_text(clinic.therapist, "Alert seen, not back to usual yet\nP-1")
