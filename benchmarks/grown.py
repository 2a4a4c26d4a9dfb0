"""A clinic with a long history, inserted in bulk by SQL in the order of real time.

Rows are inserted week by week, so that a patient's check-ins are as far apart in the file as in
reality. Of a hundred check-ins, eight are unanswered and four raise an alert, which is seen and
answered. Nothing is due within a day.
"""

import asyncio
import json
import sqlite3
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alliance.alerts.evidence import Evidence
from alliance.rupture import Verdict, VerdictKind
from bot.config.settings import Settings
from schedules.planning import adopt_defaults
from storage.database.sqlite import open_store
from storage.database.tx import utc_text
from storage.maintenance.migrate import known_migrations, migrate
from storage.maintenance.rotate_keys import rewrite_if_pending
from storage.people import accounts

PATIENTS_PER_THERAPIST = 40
WEEKS_AHEAD = 9
OUTBOX_WEEKS = 24
FIRST_TELEGRAM_ID = 5_000_000_000
"""First Telegram id of people without a phone in the simulator."""

NOTHING_DUE_FOR = timedelta(hours=20)
"""Nothing is due for so long after the clinic was made."""

ALERT = json.dumps(
    Evidence(
        Verdict(
            VerdictKind.SCORES,
            0.71,
            0.5,
            True,
            True,
            "bond",
            3.0,
            4.1,
            4.2,
            6.9,
            9.1,
            None,
            9,
            0,
            9,
        )
    ).to_dict(),
    sort_keys=True,
)


def _text(at: str) -> str:
    """Return the SQL expression for a time as it is stored."""
    return f"strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', {at}, 'unixepoch')"


def _id(at: str, number: str) -> str:
    """Return the SQL expression for an id that sorts by time, like ours in storage."""
    return f"printf('%012x%020x', 1000 * ({at}), {number})"


_THERAPIST = f"printf('%012x%020x', 0, 1 + (n - 1) / {PATIENTS_PER_THERAPIST})"
_PATIENT = "printf('%012x%020x', 1, n)"
_PLAN = "printf('%012x%020x', 2, n)"

PEOPLE = (
    "INSERT INTO people (id, code, role, language, zone, state, created_at)"
    " SELECT DISTINCT {therapist}, 'T-' || (1 + (n - 1) / {per_therapist}), 'therapist', 'en',"
    " 'UTC', 'active', {begun} FROM numbers",
    "INSERT INTO people (id, code, role, language, zone, state, created_at)"
    " VALUES ('coordinator', 'C-1', 'coordinator', 'en', 'UTC', 'active', {begun})",
    "INSERT INTO people (id, code, role, language, zone, state, created_at)"
    " SELECT {patient}, 'P-' || n, 'patient', 'en', 'UTC', 'active', {begun} FROM numbers",
    "INSERT INTO care (id, patient_id, therapist_id, from_at)"
    " SELECT printf('%012x%020x', 3, n), {patient}, {therapist}, {begun} FROM numbers",
    "INSERT INTO consents (id, person_id, decision, version, language, at)"
    " SELECT printf('%012x%020x', 4, n), {patient}, 'agreed', '1', 'en', {begun} FROM numbers",
    "INSERT INTO invitations (id, token_hash, person_id, created_at, expires_at, used_at)"
    " SELECT printf('%012x%020x', 5, n), printf('%064x', n), {patient}, {begun}, {begun}, {begun}"
    " FROM numbers",
    "INSERT INTO plans (id, patient_id, rule, first_day, wall_time, zone, created_at,"
    " planned_until) SELECT {plan}, {patient}, 'FREQ=WEEKLY;BYDAY=MO', '2025-01-06', '10:00',"
    " 'UTC', {begun}, {planned_until} FROM numbers",
    "INSERT INTO digests (person_id, mode, weekday, wall_time, alerts_wait, next_look)"
    " SELECT DISTINCT {therapist}, 'weekly', 0, '08:00', 0, {planned_until} FROM numbers",
    "INSERT INTO heartbeats (person_id, wall_time, next_at)"
    " VALUES ('coordinator', '08:00', {planned_until})",
)
"""All people and plans, with one therapist for forty patients."""

WEEK = (
    "DELETE FROM week",
    "INSERT INTO week SELECT n, {patient}, {therapist}, {plan}, at, {session}, {checkin},"
    " luck >= 8, luck >= 96, 24 + (n * 7 + luck) % 15"
    " FROM (SELECT n, {from_at} + n * 432000 / {patients} AS at,"
    " ((n * 2654435761 + {week} * 40503) >> 5) % 100 AS luck FROM numbers)",
    "INSERT INTO sessions (id, patient_id, plan_id, planned_for, starts_at, ends_at, zone,"
    " delay_minutes, instrument, quiet_from, quiet_to, state) SELECT session, patient, plan,"
    " {at}, {at}, {ended}, 'UTC', 10, 'check_in_4', '21:00', '08:00', '{state}' FROM week",
)
"""The sessions of one week; the table ``week`` is the source of its other rows."""

ANSWERED_WEEK = (
    "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version, state,"
    " due_at, closes_at, sent_at, opened_at, completed_at, locks_at, message_id, direct, score,"
    " items_missing, consent_version) SELECT checkin, session, patient, 'check_in_4', 1,"
    " CASE WHEN answered THEN 'completed' ELSE 'expired' END, {ended}, {closed}, {ended},"
    " CASE WHEN answered THEN {done} END, CASE WHEN answered THEN {done} END,"
    " CASE WHEN answered THEN {done} END, 1000 + at, CASE WHEN answered THEN 'no' END,"
    " CASE WHEN answered THEN score END, CASE WHEN answered THEN 0 END, '1' FROM week",
    "INSERT INTO checkin_events (id, checkin_id, state, reason, at)"
    " SELECT {event}, checkin, step.state, step.reason, {at} FROM week CROSS JOIN step"
    " WHERE week.answered = step.answered ORDER BY n, step.number",
    "INSERT INTO answers (patient_id, checkin_id, item, value, at, consent_version)"
    " SELECT patient, checkin, items.item, CAST(score / 4 AS REAL), {done}, '1' FROM week"
    " CROSS JOIN items WHERE answered ORDER BY n, items.item",
    "INSERT INTO verdicts (patient_id, checkin_id, raised, probability, mean, usual_low,"
    " usual_high, detector, judged_at) SELECT patient, checkin, alerted, 0.1,"
    " CASE WHEN answered THEN score / 4.0 END, 6.9, 9.1, 'attune 1', {done} FROM week",
    "INSERT INTO alerts (id, checkin_id, patient_id, kind, state, evidence, detector, created_at,"
    " seen_at, seen_by) SELECT {alert}, checkin, patient, 'scores', 'seen', '{evidence}',"
    " 'attune 1', {done}, {closed}, therapist FROM week WHERE alerted",
    "INSERT INTO alert_responses (alert_id, number, therapist_id, kind, at) SELECT {alert}, 1,"
    " therapist, CASE WHEN n % 3 = 0 THEN 'not_rupture' ELSE 'talked' END, {closed}"
    " FROM week WHERE alerted",
    "INSERT INTO episodes (id, patient_id, instrument, stage, was_addressed, overdue, usual_low,"
    " sessions, back, alerts, unrepaired_after, began_at, turned_at, turned_by) SELECT {alert},"
    " patient, 'check_in_4', 'recovered', 1, 0, 6.9, 2, 1, 1, 5, {done}, {closed}, checkin"
    " FROM week WHERE alerted",
    "UPDATE alerts SET episode_id = id WHERE id IN (SELECT {alert} FROM week WHERE alerted)",
)
"""Check-ins and their results, for a past week."""

OUTBOX_MESSAGES = (
    "INSERT INTO outbox (id, key, kind, priority, person_id, subject_id, payload, state, attempts,"
    " not_before, message_id, created_at, sent_at) SELECT {event}, message.kind || ':' || checkin,"
    " message.kind, message.priority, patient, checkin, json_object('checkin_id', checkin), 'sent',"
    " 1, {ended}, 1000 + at, {ended}, {ended} FROM week CROSS JOIN message"
    " ORDER BY n, message.number",
)
"""The messages of a week within retention: each check-in, and its lock."""

TABLES = (
    "CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)",
    "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {patients})"
    " INSERT INTO numbers SELECT n FROM up",
    "CREATE TEMP TABLE week (n INTEGER PRIMARY KEY, patient, therapist, plan, at, session, checkin,"
    " answered, alerted, score)",
    "CREATE TEMP TABLE items (item PRIMARY KEY)",
    "INSERT INTO items VALUES ('goal'), ('task'), ('bond'), ('overall')",
    "CREATE TEMP TABLE step (number, answered, state, reason)",
    "INSERT INTO step VALUES (0, 0, 'planned', 'session over'), (1, 0, 'due', 'delay over'),"
    " (2, 0, 'sent', 'delivered'), (3, 0, 'expired', 'time over'), (0, 1, 'planned',"
    " 'session over'), (1, 1, 'due', 'delay over'), (2, 1, 'sent', 'delivered'),"
    " (3, 1, 'opened', 'answered'), (4, 1, 'completed', 'answered')",
    "CREATE TEMP TABLE message (number, kind, priority)",
    "INSERT INTO message VALUES (0, 'prompt', 1), (1, 'lock', 2)",
)


def _database_path(folder: Path, patients: int, weeks: int) -> Path:
    schema = zlib.crc32(repr(known_migrations()).encode())
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"attune-grown-{schema:08x}-{patients}-{weeks}.db"


def _is_fresh(path: Path) -> bool:
    return path.exists() and time.time() - path.stat().st_mtime < NOTHING_DUE_FOR.total_seconds()


def _remove(path: Path) -> None:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()


async def make_grown_clinic(folder: Path, *, patients: int, weeks: int) -> Path:
    """Return a file with that many patients and weeks; it is reused for a day."""
    path = _database_path(folder, patients, weeks)
    raw = path.with_suffix(".raw")
    if _is_fresh(path):
        return path
    _remove(path)
    _remove(raw)
    now = datetime.now(UTC).replace(microsecond=0)
    store = await open_store(raw)
    await migrate(store, now=now)
    await rewrite_if_pending(store)
    await adopt_defaults(
        store, now, Settings.read({"ATTUNE_TELEGRAM_TOKEN": "1:x"}).plan_defaults()
    )
    await store.close()
    await asyncio.to_thread(_fill, raw, patients, weeks, now)
    store = await open_store(raw)
    async with store.transaction() as tx:
        for number in range(patients):
            await accounts.bind(
                tx,
                person_id=f"{1:012x}{number + 1:020x}",
                telegram_id=FIRST_TELEGRAM_ID + number,
                at=now,
            )
    await store.close()
    raw.with_name(f"{raw.name}.key").rename(path.with_name(f"{path.name}.key"))
    raw.rename(path)
    return path


def _fill(path: Path, patients: int, weeks: int, now: datetime) -> None:
    """Insert all rows into a migrated, empty file."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = OFF", "journal_mode = OFF", "cache_size = -2000000"):
        connection.execute(f"PRAGMA {pragma}")
    last = round(now.timestamp()) - 10 * 86_400
    coming = round(now.timestamp()) + 86_400
    names = {
        **{"patients": patients, "per_therapist": PATIENTS_PER_THERAPIST, "evidence": ALERT},
        **{"therapist": _THERAPIST, "patient": _PATIENT, "plan": _PLAN},
        **{"session": _id("at", "n"), "checkin": _id("at + 3000", "n"), "at": _text("at")},
        **{"ended": _text("at + 3000"), "done": _text("at + 7000"), "closed": _text("at + 90000")},
        **{"alert": _id("at + 7000", "n"), "event": _id("at + 3000", "10 * n + number")},
        "begun": f"'{utc_text(now - timedelta(weeks=weeks + 2))}'",
        "planned_until": f"'{utc_text(now + timedelta(weeks=WEEKS_AHEAD))}'",
    }
    _run(connection, (*TABLES, *PEOPLE), names)
    for week in range(weeks):
        ago = weeks - 1 - week
        these = {**names, "week": week, "from_at": last - ago * 604_800, "state": "held"}
        messages = OUTBOX_MESSAGES if ago < OUTBOX_WEEKS else ()
        _run(connection, (*WEEK, *ANSWERED_WEEK, *messages), these)
    for week in range(WEEKS_AHEAD):
        these = {**names, "week": week, "from_at": coming + week * 604_800, "state": "planned"}
        _run(connection, WEEK, these)
    connection.close()


def _run(
    connection: sqlite3.Connection, statements: tuple[str, ...], names: Mapping[str, object]
) -> None:
    connection.execute("BEGIN")
    for statement in statements:
        connection.execute(statement.format(**names))
    connection.execute("COMMIT")
