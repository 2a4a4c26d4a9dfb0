"""A patient's rights: a copy of everything, and complete erasure."""

import json
import re

import pytest

from alliance.consent import read_consent
from bot.simulator import Phone
from storage.database.open_database import file_of
from storage.privacy.export_parts import PARTS
from storage.privacy.rows_to_erase import ROWS_OF_PATIENT
from tests.storage.schema import text_columns
from tests.stories.clinic import ALERT_NOTICE, DROP_SCORES, StoryClinic, answer, wait_for_text
from tests.stories.phone_user import PhoneUser

pytestmark = pytest.mark.both_databases

WORDS = "Too many questions about my mother."
WHEN = "2026-03-01T09:00:00.000000+00:00"


async def play_full_story(clinic: StoryClinic) -> None:
    """Play everything that leaves a trace of P-1, and much of it for P-2, who stays."""
    user = PhoneUser(clinic.coordinator)
    await clinic.enrol("therapist", "T-2")
    await clinic.enrol("patient", "P-2", "T-1")
    await clinic.run_steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    clinic.patient.tap("Add a few words")
    await wait_for_text(clinic.patient, "up to 1000 characters")
    clinic.patient.say(WORDS)
    await wait_for_text(clinic.patient, "Your comment is saved")
    await user.type_text("/co P-1 T-2", "T-2")
    await user.type_text("/pause P-1 2026-12-24", "asked again")
    await user.type_text("/resume P-1", "asked again")
    await user.type_text("/pause P-2 2026-12-24", "asked again")
    await user.type_text("/resume P-2", "asked again")
    async with clinic.bot.store.transaction() as tx:
        for statement in (
            f"INSERT INTO groups (id, code, created_at) VALUES ('g', 'G-1', '{WHEN}')",
            "INSERT INTO memberships (id, group_id, patient_id, from_at)"
            f" SELECT code, 'g', id, '{WHEN}' FROM people WHERE role = 'patient' AND code = 'P-2'",
            "INSERT INTO memberships (id, group_id, patient_id, from_at)"
            f" SELECT 'm1', 'g', id, '{WHEN}' FROM people WHERE code = 'P-1'",
            "INSERT INTO plans (id, patient_id, rule, first_day, wall_time, zone, created_at,"
            " planned_until) SELECT 'l1', id, 'FREQ=WEEKLY;BYDAY=TU', '2026-03-03', '14:00', 'UTC',"
            f" '{WHEN}', '2099-01-01' FROM people WHERE code = 'P-1'",
            f"INSERT INTO exceptions (plan_id, planned_for, at) VALUES ('l1', '{WHEN}', '{WHEN}')",
            "INSERT INTO absences (id, person_id, first_day, last_day, created_at)"
            f" SELECT 'a1', id, '2026-08-01', '2026-08-09', '{WHEN}' FROM people"
            " WHERE code = 'P-1'",
            "INSERT INTO calendar_events (key, calendar, person_id, absence_id)"
            " SELECT 'k1', 'c', id, 'a1' FROM people WHERE code = 'P-1'",
            "INSERT INTO still_working (id, alert_id, therapist_id, at)"
            f" SELECT 'w1', a.id, t.id, '{WHEN}' FROM alerts a JOIN people t ON t.code = 'T-1'",
            "INSERT INTO unreachable_periods (id, person_id, state_before, since, over_at)"
            f" SELECT 's1', id, 'active', '{WHEN}', '{WHEN}' FROM people WHERE code = 'P-1'",
            "INSERT INTO imports (id, person_id, content, chosen, ends_missing, state, created_at)"
            " SELECT 'i1', id, '{\"of\": \"P-1\"}', '{}', 0, 'open', '2099-01-01' FROM people"
            " WHERE code = 'C-1'",
        ):
            await tx.run(statement)
    await user.type_text("/plan P-1")
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "P-1 ·")
    clinic.therapist.tap("Seen")
    await wait_for_text(clinic.patient, "has seen your check-in")


async def download_data(phone: Phone) -> dict[str, list[dict[str, object]]]:
    """Return the machine-readable part of /mydata."""
    phone.say("/mydata")
    await phone.wait_until(_documents)
    page = _documents(phone)[-1].decode()
    assert "<h2>Answers</h2>" in page
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found.group(1)))


def _documents(phone: Phone) -> list[bytes]:
    return [message.document for message in phone.messages if message.document]


async def test_the_copy_has_every_row(clinic: StoryClinic) -> None:
    """Each part has as many rows as the database has of this patient, and none of others."""
    await play_full_story(clinic)
    data = await download_data(clinic.patient)
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    for name, part in PARTS.items():
        condition = ROWS_OF_PATIENT.get(part.table, "subject_id = ? OR actor_id = ?")
        where = condition.replace("?", f"'{person_id}'")
        [(size,)] = clinic.rows(f"SELECT COUNT(*) FROM {part.table} WHERE {where}")
        if part.table == "outbox":
            size = len(data[name])  # a message may have been queued since
        assert len(data[name]) == size > 0, name
    assert [one["answer"] for one in data["answers"][-4:]] == [2.0, 3.0, 3.0, 4.0]
    assert {one["version_agreed_to"] for one in data["answers"]} == {read_consent().version}
    assert data["notices_to_therapists"]
    assert [one["words"] for one in data["your_words"]] == [WORDS]
    assert "P-2" not in json.dumps(data)


async def test_nothing_stays_in_any_table_or_in_the_file(clinic: StoryClinic) -> None:
    """After /erase neither any column nor the bytes on disk contain the person's id or code."""
    await play_full_story(clinic)
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    others = clinic.rows("SELECT COUNT(*) FROM people")[0][0]
    numbers = clinic.rows("SELECT number FROM audit ORDER BY number")
    user = PhoneUser(clinic.patient)
    await user.type_text("/erase", "Erase everything about you here?")
    reply = await user.tap("Yes, erase everything", "has been erased here")
    assert "are gone in 14 days" in reply
    await clinic.patient.wait_until(lambda p: p.messages[-1].text == reply)
    await wait_for_text(clinic.therapist, "Hidden.")
    for table, column in text_columns():
        for trace in ("P-1", person_id):
            [(size,)] = clinic.rows(
                f"SELECT COUNT(*) FROM {table} WHERE {column} = '{trace}'"
                f" OR {column} LIKE '%{trace}%'"
            )
            assert size == 0, (table, column)
    assert clinic.rows("SELECT COUNT(*) FROM people") == [(others - 1,)]
    assert clinic.rows("SELECT role, by_role FROM tombstones") == [("patient", "patient")]
    assert clinic.rows("SELECT number FROM audit ORDER BY number")[: len(numbers)] == numbers
    path = file_of(clinic.settings.database)
    if path is not None:
        await clinic.bot.store.purge_deleted()
        raw = b"".join(one.read_bytes() for one in path.parent.glob("attune.db*"))
        for trace in (b"P-1", person_id.encode(), _sqlite_bytes(clinic.patient.id)):
            assert trace not in raw
        assert b"P-2" in raw
    await user.type_text("/checkin", "I do not know you yet.")
    await user.type_text("/start", "I do not know you yet.")


def _sqlite_bytes(number: int) -> bytes:
    """Return an account id as SQLite stores it: big-endian, in the fewest bytes it supports."""
    size = next(size for size in (1, 2, 3, 4, 6, 8) if number < 1 << (8 * size - 1))
    assert size >= 4, "too short to search for"
    return number.to_bytes(size, "big")


async def test_a_coordinator_erases_by_code_with_a_second_tap(clinic: StoryClinic) -> None:
    """The patient is told, the open question disappears, and there is nothing to undo."""
    await clinic.ask()
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/pause P-1 2026-12-24", "asked again")
    await user.type_text("/erase P-1", "Erase everything about P-1?")
    await user.tap("No, keep everything", "Nothing was erased.")
    await user.type_text("/erase P-1", "Erase everything about P-1?")
    await user.tap("Yes, erase everything", "Everything about P-1 has been erased")
    await wait_for_text(clinic.patient, "Everything about you has been erased")
    await clinic.patient.wait_until(lambda p: not any("1/5" in m.text for m in p.messages))
    await user.type_text("/undo", "no changes")
    await user.type_text("/audit", "somebody was erased (by: coordinator)")
    await user.type_text("/audit P-1", "There is nobody with the code P-1.")
    await PhoneUser(clinic.therapist).type_text("/session P-1", "no patient")
    assert clinic.rows("SELECT by_role FROM tombstones") == [("coordinator",)]


async def test_rights_outlast_the_treatment(clinic: StoryClinic) -> None:
    """Former patients can still get a copy, and still erase themselves."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/end P-1")
    await user.tap_and_wait("Yes, end it")
    data = await download_data(clinic.patient)
    assert data["consents"]
    own = PhoneUser(clinic.patient)
    await own.type_text("/erase", "everything about you")
    await own.tap("Yes, erase everything", "has been erased here")
    assert clinic.rows("SELECT by_role FROM tombstones") == [("patient",)]


async def test_nobody_erases_or_reads_another(clinic: StoryClinic) -> None:
    """A patient's argument is ignored, made-up taps do nothing, therapists cannot."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    user = PhoneUser(other)
    await user.type_text("/erase P-1", "everything about you")
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    [(coordinator_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'C-1'")
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.start()
    await wait_for_text(stranger, "I do not know you yet.")
    for phone in (other, clinic.therapist, stranger):
        for whom in (person_id, coordinator_id, "0" * 32):
            for verb in ("yes", "no", "maybe"):
                await phone.tap_data(f"1er:{whom}:{verb}").wait_for_answer()
    await clinic.coordinator.tap_data(f"1er:{coordinator_id}:yes").wait_for_answer()
    assert clinic.rows("SELECT COUNT(*) FROM tombstones") == [(0,)]
    for command in ("/erase P-1", "/mydata"):
        await PhoneUser(clinic.therapist).type_text(command, "I do not know that.")
    await PhoneUser(clinic.coordinator).type_text("/mydata", "I do not know that.")
    await PhoneUser(clinic.coordinator).type_text("/erase T-1", "There is no patient T-1.")
