"""A patient's rights: a copy of everything, and that nothing stays."""

import json
import re

from bot.simulator import Phone
from storage.database.open_database import file_of
from storage.privacy.data_export import ACCOUNTS, LEFT_OUT, PARTS
from storage.privacy.row_owners import ROWS_OF
from tests.storage.schema import tables_about_people, text_columns
from tests.stories.clinic import A_DROP, Story, answer, seen
from tests.stories.hand import Hand

WORDS = "Too many questions about my mother."
WHEN = "2026-03-01T09:00:00.000000+00:00"


async def a_full_story(clinic: Story) -> None:
    """Let everything happen to P-1 that leaves a trace, and as much to P-2, who stays."""
    hand = Hand(clinic.coordinator)
    await clinic.enrol("therapist", "T-2")
    await clinic.enrol("patient", "P-2", "T-1")
    await clinic.steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await seen(clinic.therapist, "A check-in needs your attention.")
    clinic.patient.tap("Add a few words")
    await seen(clinic.patient, "at most 1000 characters")
    clinic.patient.say(WORDS)
    await seen(clinic.patient, "Your words are kept")
    await hand.types("/co P-1 T-2", "T-2")
    await hand.types("/pause P-1 2026-12-24", "asked again")
    await hand.types("/resume P-1", "asked again")
    await hand.types("/pause P-2 2026-12-24", "asked again")
    await hand.types("/resume P-2", "asked again")
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
            "INSERT INTO silences (id, person_id, state_before, since, over_at)"
            f" SELECT 's1', id, 'active', '{WHEN}', '{WHEN}' FROM people WHERE code = 'P-1'",
            "INSERT INTO imports (id, person_id, content, chosen, ends_missing, state, created_at)"
            " SELECT 'i1', id, '{\"of\": \"P-1\"}', '{}', 0, 'open', '2099-01-01' FROM people"
            " WHERE code = 'C-1'",
        ):
            await tx.run(statement)
    await hand.types("/plan P-1")
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "P-1 ·")
    clinic.therapist.tap("Seen")
    await seen(clinic.patient, "has seen your check-in")


async def given_data(phone: Phone) -> dict[str, list[dict[str, object]]]:
    """Return what /mydata gives to programs."""
    phone.say("/mydata")
    await phone.until(lambda p: p.messages[-1].document is not None)
    page = (phone.messages[-1].document or b"").decode()
    assert "<h2>Answers</h2>" in page
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found.group(1)))


def test_every_table_about_people_is_told_or_named_with_a_reason() -> None:
    """Who adds a table decides whether /mydata tells it, and that it is erased."""
    about = set(tables_about_people())
    told = {part.table for part in PARTS.values()}
    assert about - told - set(LEFT_OUT) == {ACCOUNTS}
    assert not told & set(LEFT_OUT)
    assert told | set(LEFT_OUT) <= about | {"audit", "paces"}
    assert about - {ACCOUNTS, "leaders"} <= set(ROWS_OF)


async def test_the_copy_has_every_row(clinic: Story) -> None:
    """Part by part as many rows as the database has of this patient, and none of another."""
    await a_full_story(clinic)
    told = await given_data(clinic.patient)
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    for name, part in PARTS.items():
        condition = ROWS_OF.get(part.table, "subject_id = ? OR actor_id = ?")
        where = condition.replace("?", f"'{person_id}'")
        [(size,)] = clinic.rows(f"SELECT COUNT(*) FROM {part.table} WHERE {where}")
        if part.table == "outbox":
            size = len(told[name])  # a letter may have been posted since
        assert len(told[name]) == size > 0, name
    assert [one["answer"] for one in told["answers"][-4:]] == [2.0, 3.0, 3.0, 4.0]
    assert {one["version_agreed_to"] for one in told["answers"]} == {"1"}
    assert told["notices_to_therapists"]
    assert [one["words"] for one in told["your_words"]] == [WORDS]
    assert "P-2" not in json.dumps(told)


async def test_nothing_stays_in_any_table_or_in_the_file(clinic: Story) -> None:
    """After /erase no column holds the person's id or code, nor do the bytes on disk."""
    await a_full_story(clinic)
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    others = clinic.rows("SELECT COUNT(*) FROM people")[0][0]
    numbers = clinic.rows("SELECT number FROM audit ORDER BY number")
    hand = Hand(clinic.patient)
    await hand.types("/erase", "Shall everything about you be erased here?")
    told = await hand.tap("Yes, erase everything", "It is gone here now")
    assert "backups are gone in 14 days" in told
    await clinic.patient.until(lambda p: p.messages[-1].text == told)
    await seen(clinic.therapist, "Put away.")
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
        await clinic.bot.store.settle()
        raw = b"".join(one.read_bytes() for one in path.parent.glob("attune.db*"))
        for trace in (b"P-1", person_id.encode(), _stored(clinic.patient.id)):
            assert trace not in raw
        assert b"P-2" in raw
    await hand.types("/checkin", "I do not know you yet.")
    await hand.types("/start", "I do not know you yet.")


def _stored(number: int) -> bytes:
    """Return an account as SQLite writes it: the shortest big-endian number of its sizes."""
    size = next(size for size in (1, 2, 3, 4, 6, 8) if number < 1 << (8 * size - 1))
    assert size >= 4, "too short to be looked for"
    return number.to_bytes(size, "big")


async def test_a_coordinator_erases_by_code_with_a_second_tap(clinic: Story) -> None:
    """The patient is told, the open question leaves the chat, and /undo finds nothing to undo."""
    await clinic.ask()
    hand = Hand(clinic.coordinator)
    await hand.types("/pause P-1 2026-12-24", "asked again")
    await hand.types("/erase P-1", "Shall everything about P-1 be erased?")
    await hand.tap("No, keep it", "Nothing was erased.")
    await hand.types("/erase P-1", "Shall everything about P-1 be erased?")
    await hand.tap("Yes, erase everything", "Everything about P-1 is erased.")
    await seen(clinic.patient, "Everything about you is erased.")
    await clinic.patient.until(lambda p: not any("1/5" in m.text for m in p.messages))
    await hand.types("/undo", "nothing")
    await hand.types("/audit", "somebody was erased (by: coordinator)")
    await hand.types("/audit P-1", "There is nobody P-1.")
    await Hand(clinic.therapist).types("/session P-1", "no patient")
    assert clinic.rows("SELECT by_role FROM tombstones") == [("coordinator",)]


async def test_rights_outlast_the_treatment(clinic: Story) -> None:
    """Whoever has ended can still have a copy, and still be erased by themselves."""
    hand = Hand(clinic.coordinator)
    await hand.types("/end P-1")
    await hand.taps_on("Yes, end it")
    told = await given_data(clinic.patient)
    assert told["consents"]
    own = Hand(clinic.patient)
    await own.types("/erase", "everything about you")
    await own.tap("Yes, erase everything", "It is gone here now")
    assert clinic.rows("SELECT by_role FROM tombstones") == [("patient",)]


async def test_nobody_erases_or_reads_another(clinic: Story) -> None:
    """A patient's argument counts for nothing, a crafted tap does nothing, a therapist cannot."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    hand = Hand(other)
    await hand.types("/erase P-1", "everything about you")
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    [(coordinator_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'C-1'")
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.start()
    await seen(stranger, "I do not know you yet.")
    for phone in (other, clinic.therapist, stranger):
        for whom in (person_id, coordinator_id, "0" * 32):
            for verb in ("yes", "no", "maybe"):
                await phone.tap_data(f"1er:{whom}:{verb}").answered()
    await clinic.coordinator.tap_data(f"1er:{coordinator_id}:yes").answered()
    assert clinic.rows("SELECT COUNT(*) FROM tombstones") == [(0,)]
    for command in ("/erase P-1", "/mydata"):
        await Hand(clinic.therapist).types(command, "I do not know that.")
    await Hand(clinic.coordinator).types("/mydata", "I do not know that.")
    await Hand(clinic.coordinator).types("/erase T-1", "There is no patient T-1.")
