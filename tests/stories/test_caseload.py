"""Everybody at a glance: sorted by concern, opened by a tap, gone again in its time."""

from bot.simulator import Phone
from storage.groups import groups
from storage.people import people
from tests.stories.clinic import Story, answer, said, seen
from tests.stories.test_alert import NOTICE, a_drop, shown


def labels(phone: Phone) -> list[str]:
    """Return the buttons of the last message."""
    return [button.label for row in phone.screen.buttons for button in row]


async def a_session(clinic: Story, phone: Phone, code: str, scores: tuple[int, ...]) -> None:
    """Let one patient have a session and answer."""
    clinic.therapist.say(f"/session {code}")
    await seen(phone, "ready")
    await answer(phone, scores)


async def test_the_most_pressing_comes_first(clinic: Story) -> None:
    """An unseen alert, somebody who stayed away, nothing new; answered of asked; a trend."""
    second = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.enrol("patient", "P-3", "T-1")
    await a_session(clinic, second, "P-2", (8, 8, 8, 8))
    await a_drop(clinic)
    clinic.therapist.say("/session P-3 no-show")
    await seen(clinic.therapist, "did not come")
    clinic.therapist.say("/caseload")
    await seen(clinic.therapist, "Caseload, Tue 31 Mar")
    assert said(clinic.therapist).split("\n\n")[1:] == [
        "Alert, not seen yet\nP-1 ████▃ · Tue 31 Mar · 5/5",
        "Did not come last time\nP-3",
        "Nothing new\nP-2 ▇ · Tue 3 Mar · 1/1",
        "Right: last answer, answered of asked.",
    ]
    assert labels(clinic.therapist) == ["P-1", "P-3", "P-2", "Hide"]


async def test_nothing_of_it_is_on_a_lock_screen_and_it_leaves(clinic: Story) -> None:
    """It comes without a sound behind a neutral word, protected, and is gone after ten minutes."""
    await a_drop(clinic)
    loud = len(clinic.therapist.notifications)
    for command, words in (("/caseload", "Caseload,"), ("/patient P-1", "P-1 ·")):
        clinic.therapist.say(command)
        await seen(clinic.therapist, words)
        assert clinic.therapist.screen.is_protected
    assert len(clinic.therapist.notifications) == loud
    await clinic.pass_time(minutes=11)
    await clinic.therapist.until(lambda p: not any("P-1 ·" in m.text for m in p.messages))
    await clinic.therapist.until(lambda p: not any("Caseload," in m.text for m in p.messages))


async def test_a_code_opens_the_course(clinic: Story) -> None:
    """A picture with what followed the alert; by question; the alert; put away and back."""
    await a_drop(clinic)
    clinic.therapist.say("/caseload")
    await seen(clinic.therapist, "Caseload,")
    clinic.therapist.tap("P-1")
    await seen(clinic.therapist, "P-1 · Alert, not seen yet")
    course = clinic.therapist.screen
    assert course.photo is not None
    assert "Last: Tue 31 Mar, 12 of 40." in course.text
    assert "Answered 5 of 5 check-ins." in course.text
    assert "Tue 31 Mar: No session since the alert." in course.text
    clinic.therapist.tap("By question")
    await seen(clinic.therapist, "bond 2")
    assert clinic.therapist.screen.photo not in (None, course.photo)
    clinic.therapist.tap("← Back")
    await seen(clinic.therapist, "Alert, not seen yet")
    clinic.therapist.tap("Hide", message=clinic.therapist.screen)
    await seen(clinic.therapist, "The course was put away.")
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await seen(clinic.therapist, "P-1 · Alert, not seen yet")
    clinic.therapist.tap("The open alert")
    await seen(clinic.therapist, "The ratings fell")
    viewed = clinic.rows("SELECT COUNT(*) FROM audit WHERE action = 'patient.viewed'")
    assert viewed == [(4,)]


async def test_long_lists_have_pages(clinic: Story) -> None:
    """Thirty patients: twelve on a page, none twice, none missing, back and forth."""
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
    await seen(clinic.therapist, "(1 of 3)")
    codes = [label for label in labels(clinic.therapist) if label.startswith("P-")]
    for page, way in ((2, "More →"), (3, "More →")):
        clinic.therapist.tap(way)
        await seen(clinic.therapist, f"({page} of 3)")
        codes += [label for label in labels(clinic.therapist) if label.startswith("P-")]
    assert codes == [f"P-{number}" for number in range(1, 31)]
    clinic.therapist.tap("← Before")
    await seen(clinic.therapist, "(2 of 3)")
    tap = clinic.therapist.tap_data("1cl:99")
    await tap.answered()
    await seen(clinic.therapist, "(3 of 3)")


async def test_nobody_in_care_is_said_so(clinic: Story) -> None:
    """A new therapist is not left with an empty message; nor is a code that is not there."""
    other = await clinic.enrol("therapist", "T-2")
    for command, words in (
        ("/caseload", "Nobody is in your care yet."),
        ("/patient", "Please send the patient’s code"),
        ("/patient P-9", "There is no patient of yours with that code."),
        ("/group", "Please send the group’s code"),
        ("/group G-9", "There is no group of yours with that code."),
    ):
        other.say(command)
        await seen(other, words)


async def test_a_group_side_by_side(clinic: Story) -> None:
    """Leaders see what members said of the group's sessions, and whether it was all of them."""
    leader = await clinic.enrol("therapist", "T-2")
    phones = {"P-1": clinic.patient}
    for code in ("P-2", "P-3"):
        phones[code] = await clinic.enrol("patient", code, "T-1")
    await a_group(clinic, leads="T-2", members=phones)
    for scores in ((9,) * 5, (9,) * 5, (9,) * 5, (3,) * 5):
        await clinic.pass_time(days=6, hours=20)
        await group_session(clinic)
        for phone in phones.values():
            await seen(phone, "ready")
            await answer_all(phone, scores)
        await clinic.pass_time(hours=4)
    await leader.until(lambda p: p.notifications.count(NOTICE) == len(phones))
    leader.say("/group g-1")
    await seen(leader, "the group as a whole rated it lower than usual (3 of 3)")
    assert "P-2 ███▃" in said(leader)
    clinic.therapist.say("/patient P-1")
    await seen(clinic.therapist, "No check-in has been answered yet.")
    leader.say("/patient P-1")
    await seen(leader, "There is no patient of yours with that code.")
    leader.say("/caseload")
    await seen(leader, "Caseload,")
    leader.tap("G-1")
    await seen(leader, "G-1, what members said")


async def a_group(clinic: Story, *, leads: str, members: dict[str, Phone]) -> None:
    """Make a group of those members under that leader."""
    async with clinic.bot.store.transaction() as tx:
        now = clinic.timepiece.now()
        group = await groups.add(tx, code="G-1", at=now)
        leader = await people.by_code(tx, leads)
        assert leader is not None
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
        for code in members:
            member = await people.by_code(tx, code)
            assert member is not None
            await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=now)


async def group_session(clinic: Story) -> None:
    """Let the group have a session that ends now."""
    now = clinic.timepiece.now().isoformat(timespec="microseconds")
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
        await phone.until(lambda p, was=before: p.screen.text != was)  # type: ignore[misc]
    phone.tap("No")
    await seen(phone, "Your answers are kept")


async def test_seen_but_not_back_is_lower_down(clinic: Story) -> None:
    """Once the alert is seen, others who wait come first."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Seen")
    await seen(clinic.therapist, "Seen: T-1")
    clinic.therapist.say("/caseload")
    await seen(clinic.therapist, "Alert seen, not back yet\nP-1")
