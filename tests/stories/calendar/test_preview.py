"""/preview and /figures as a coordinator sees them."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from alliance.alerts.responses import Response
from storage.alerts import responses
from storage.database.ids import new_id
from storage.database.tx import Tx, utc_text
from storage.figures import figures
from storage.groups import groups
from storage.people import people
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text

pytestmark = pytest.mark.both_databases

PNG = b"\x89PNG"


async def save_plan(clinic: StoryClinic, line: str) -> None:
    """Save a plan."""
    clinic.coordinator.say(line)
    await wait_for_text(clinic.coordinator, "Next sessions:")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")


async def test_one_patient_s_week_in_words(clinic: StoryClinic) -> None:
    """What is sent and what is not, day by day."""
    await save_plan(clinic, "/plan P-1 tue,fri 14:00")
    clinic.coordinator.say("/sessions P-1")
    await wait_for_text(clinic.coordinator, "coming sessions")
    clinic.coordinator.tap("Fri 6 Mar 14:00")
    await wait_for_text(clinic.coordinator, "As planned.")
    clinic.coordinator.tap("Cancel session")
    await wait_for_text(clinic.coordinator, "Cancelled.")
    clinic.coordinator.say("/preview P-1")
    await wait_for_text(clinic.coordinator, "the coming week")
    assert last_text(clinic.coordinator) == (
        "P-1: the coming week, UTC\n\n"
        "Tuesday 3 Mar\n✓ check-in at 15:10 (session 14:00)\n\n"
        "Friday 6 Mar\n✕ no check-in: cancelled (session 14:00)"
    )


async def test_a_plan_that_was_changed_leaves_nothing_of_the_old_one(clinic: StoryClinic) -> None:
    """The week shows the current sessions, not those of the earlier plan."""
    await save_plan(clinic, "/plan P-1 tue,fri 14:00")
    await clinic.pass_time()
    await save_plan(clinic, "/plan P-1 wed 16:00")
    clinic.coordinator.say("/preview P-1")
    await wait_for_text(clinic.coordinator, "the coming week")
    assert last_text(clinic.coordinator).splitlines()[2:] == [
        "Wednesday 4 Mar",
        "✓ check-in at 17:10 (session 16:00)",
    ]


async def test_everybody_s_week_as_a_picture(clinic: StoryClinic) -> None:
    """A picture with counts in its caption, silent."""
    await save_plan(clinic, "/plan P-1 tue 14:00")
    clinic.coordinator.say("/preview")
    await wait_for_text(clinic.coordinator, "The coming week. Check-ins: 1, patients: 1.")
    screen = clinic.coordinator.screen
    assert screen.photo is not None
    assert screen.photo.startswith(PNG)
    assert screen.is_silent


async def test_a_long_week_as_a_file(clinic: StoryClinic) -> None:
    """Forty-one lines come as a file."""
    async with clinic.bot.store.transaction() as tx:
        for number in range(41):
            await _add_invited_patient(tx, clinic, f"X-{number:02d}")
    clinic.coordinator.say("/preview")
    await wait_for_text(clinic.coordinator, "Not sent: 41 (has not joined 41).")
    file = clinic.coordinator.screen.document
    assert file is not None
    lines = list(csv.DictReader(StringIO(file.decode("utf-8-sig"))))
    assert [line["patient"] for line in lines] == [f"X-{number:02d}" for number in range(41)]
    assert {line["why_not"] for line in lines} == {"invited"}


async def _add_invited_patient(tx: Tx, clinic: StoryClinic, code: str) -> None:
    """Add a patient who has a plan but has not opened the link yet."""
    now = clinic.clock.now()
    person = await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=now)
    await tx.run(
        "INSERT INTO plans (id, patient_id, rule, first_day, wall_time, zone, created_at)"
        " VALUES (?, ?, 'FREQ=WEEKLY;BYDAY=TH', '2026-03-03', '10:00', 'UTC', ?)",
        new_id(now),
        person.id,
        utc_text(now),
    )


async def test_a_large_group_s_week_is_cut_in_the_chat_and_whole_as_a_file(
    clinic: StoryClinic,
) -> None:
    """Twenty-one members, two sessions: forty lines and a count of the rest; all in a file."""
    now = clinic.clock.now()
    async with clinic.bot.store.transaction() as tx:
        group = await groups.add(tx, code="G-1", at=now)
        for number in range(21):
            person = await people.add(
                tx, code=f"X-{number:02d}", role="patient", language="en", zone="UTC", at=now
            )
            await groups.add_member(tx, group_id=group.id, patient_id=person.id, at=now)
    await save_plan(clinic, "/plan G-1 wed,thu 14:00")
    clinic.coordinator.tap("The coming week")
    await wait_for_text(clinic.coordinator, "And 2 more: /preview G-1 sends them as a file.")
    clinic.coordinator.say("/preview G-1")
    await wait_for_text(clinic.coordinator, "Not sent: 42")
    file = clinic.coordinator.screen.document
    assert file is not None
    assert len(file.decode("utf-8-sig").splitlines()) == 1 + 42


async def test_nothing_is_planned(clinic: StoryClinic) -> None:
    """One sentence, no empty picture."""
    clinic.coordinator.say("/preview")
    await wait_for_text(clinic.coordinator, "Nothing will be sent in the coming week")


async def test_figures_of_a_clinic_that_is_too_small(clinic: StoryClinic) -> None:
    """One patient's answers could be recognised: no share, no median."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    clinic.coordinator.say("/figures")
    await wait_for_text(clinic.coordinator, "The last 12 weeks")
    assert last_text(clinic.coordinator).splitlines()[1:] == [
        "Answered: too few to show (check-ins: 1)",
        "Half of the answers came within: too few to show",
        "Not delivered because of a technical fault: 0",
        "Alerts per 100 sessions: too few to show",
        "Alerts seen within 48 hours: too few to show",
        "Back in the usual range after an alert: too few to show",
        "Alerts that were right, according to therapists so far: too few to show",
    ]
    assert clinic.coordinator.screen.photo is not None


@pytest.mark.parametrize("page", [2, 1_000])
async def test_figures_of_a_clinic_that_is_large_enough(
    clinic: StoryClinic, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shares of five patients; test patients do not count, technical faults always do."""
    monkeypatch.setattr(figures, "PAGE_SIZE", page)
    async with clinic.bot.store.transaction() as tx:
        for number in range(5):
            await _add_checkin(tx, clinic, f"F-{number}", "completed" if number else "expired")
        await _add_checkin(tx, clinic, "F-5", "missed")
        await _add_checkin(tx, clinic, "TEST", "completed")
        await _add_checkin(tx, clinic, "TEST", "undeliverable")
        await tx.run("UPDATE people SET is_test = 1 WHERE code = 'TEST'")
        await _raise_alerts(tx, clinic, "completed")
    clinic.coordinator.say("/figures")
    await wait_for_text(clinic.coordinator, "The last 12 weeks")
    assert last_text(clinic.coordinator).splitlines()[1:] == [
        "Answered: 80 % (check-ins: 5)",
        "Half of the answers came within: too few to show",
        "Not delivered because of a technical fault: 1",
        "Alerts per 100 sessions: 80.0",
        "Alerts seen within 48 hours: too few to show",
        "Back in the usual range after an alert: too few to show",
        "Alerts that were right, according to therapists so far: too few to show",
    ]


async def test_what_therapists_said_of_alerts(clinic: StoryClinic) -> None:
    """Twenty alerts of five patients: fifteen talked about, four patients recovered."""
    async with clinic.bot.store.transaction() as tx:
        for number in range(20):
            await _add_checkin(tx, clinic, f"F-{number % 5}", "completed")
        await _raise_alerts(tx, clinic, "completed")
        await tx.run("UPDATE alerts SET state = 'seen', seen_at = created_at")
        await tx.run(
            "INSERT INTO episodes (id, patient_id, instrument, stage, was_addressed, overdue,"
            " sessions, back, alerts, unrepaired_after, began_at, turned_at)"
            " SELECT id, patient_id, 'check_in_4', 'unrepaired', 0, 1, 4, 0, 1, 4, created_at,"
            " created_at FROM alerts"
        )
        await tx.run(
            "UPDATE episodes SET stage = 'recovered' WHERE patient_id <>"
            " (SELECT id FROM people WHERE code = 'F-0')"
        )
        rows = await tx.all("SELECT id FROM alerts ORDER BY id")
        therapist = await people.by_code(tx, "T-1")
        for place, row in enumerate(rows):
            await responses.add(
                tx,
                alert_id=row["id"],
                therapist_id=therapist.id if therapist is not None else "",
                response=Response.TALKED if place < 15 else Response.NOT_RUPTURE,
                at=clinic.clock.now(),
            )
    clinic.coordinator.say("/figures")
    await wait_for_text(clinic.coordinator, "The last 12 weeks")
    assert last_text(clinic.coordinator).splitlines()[4:] == [
        "Alerts per 100 sessions: 100.0",
        "Alerts seen within 48 hours: 100 %",
        "Back in the usual range after an alert: 80 %",
        "Alerts that were right, according to therapists so far: 75 %",
    ]


async def _raise_alerts(tx: Tx, clinic: StoryClinic, state: str) -> None:
    """Add an alert of three days ago for every check-in in a state."""
    await tx.run(
        "INSERT INTO alerts (id, checkin_id, patient_id, kind, state, evidence, detector,"
        " created_at) SELECT id, id, patient_id, 'scores', 'open', '{}', 'x', ?"
        " FROM checkins WHERE state = ?",
        utc_text(clinic.clock.now() - timedelta(days=3)),
        state,
    )


async def _add_checkin(tx: Tx, clinic: StoryClinic, code: str, state: str) -> None:
    """Add a check-in of four days ago; a completed one was answered after half an hour."""
    at = clinic.clock.now() - timedelta(days=4)
    person = await people.by_code(tx, code) or await people.add(
        tx, code=code, role="patient", language="en", zone="UTC", at=at
    )
    session_id = new_id(at)
    await tx.run(
        "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
        " instrument, quiet_from, quiet_to, state)"
        " VALUES (?, ?, ?, ?, 'UTC', 20, 'check_in_4', '21:00', '08:00', 'held')",
        session_id,
        person.id,
        utc_text(at),
        utc_text(at),
    )
    await tx.run(
        "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version, state,"
        " due_at, closes_at, completed_at) VALUES (?, ?, ?, 'check_in_4', 1, ?, ?, ?, ?)",
        new_id(at),
        session_id,
        person.id,
        state,
        utc_text(at),
        utc_text(at + timedelta(days=2)),
        utc_text(at + timedelta(minutes=30)) if state == "completed" else None,
    )
