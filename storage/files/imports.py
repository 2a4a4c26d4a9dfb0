"""Files between dry run and Apply, and the calendar events that plans and absences came from."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alliance.files.drafts import FileDraft, draft_from_json, draft_to_json
from alliance.files.ical.events import KeyHasher
from storage.audit.audit_log import AuditEntry
from storage.audit.change import Change
from storage.database import key_values
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, Value, utc_text

APPLICABLE_FOR = timedelta(days=7)
"""How long a dry run can still be applied."""

CALENDAR_KEY_CELL = key_values.cell_address(key_values.CALENDAR_KEY)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Import:
    """One file of a coordinator.

    Attributes:
        person_id: The coordinator; None for the command line.
        chosen: Key of an event without a code to the code that the coordinator has assigned.
        ends_missing: Whether what is missing from the calendar ends.
        state: open, applied, dropped or undone.
        back: Of an applied file: its counts, whom it invited, and what undoing it restores.
    """

    id: str
    person_id: str | None
    draft: FileDraft
    chosen: Mapping[str, str]
    ends_missing: bool
    state: str
    back: Mapping[str, Any]


def _import(row: Row) -> Import:
    return Import(
        row["id"],
        row["person_id"],
        draft_from_json(row["content"]),
        json.loads(row["chosen"]),
        bool(row["ends_missing"]),
        row["state"],
        json.loads(row["back"] or "{}"),
    )


async def identity_hasher(tx: Tx) -> KeyHasher:
    """Return the function that hashes the ids of events in files; its secret is created once.

    The same event has the same key in every file. Without the encryption keys nobody can check
    whether a key belongs to an id they know.
    """
    encrypted = await key_values.get_value(tx, key_values.CALENDAR_KEY)
    if encrypted is None:
        encrypted = tx.encryption.encrypt(secrets.token_hex(_KEY_BYTES), CALENDAR_KEY_CELL)
        await key_values.set_value(tx, name=key_values.CALENDAR_KEY, value=encrypted)
    return _hasher(bytes.fromhex(tx.encryption.decrypt(encrypted, CALENDAR_KEY_CELL)))


async def existing_hasher(tx: Tx) -> KeyHasher:
    """Return the same function without writing; with a passing secret if there is none yet."""
    encrypted = await key_values.get_value(tx, key_values.CALENDAR_KEY)
    if encrypted is None:
        return passing_hasher()
    return _hasher(bytes.fromhex(tx.encryption.decrypt(encrypted, CALENDAR_KEY_CELL)))


def passing_hasher() -> KeyHasher:
    """Return a function whose hashes are not stored, for a clinic without any events."""
    return _hasher(secrets.token_bytes(_KEY_BYTES))


def _hasher(key: bytes) -> KeyHasher:
    def hash_identity(identity: str) -> str:
        return hmac.new(key, identity.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    return hash_identity


def unstored(draft: FileDraft, *, at: datetime) -> Import:
    """Return a file of the command line, which is applied at once or never, and not stored."""
    return Import(new_id(at), None, draft, {}, ends_missing=False, state="open", back={})


async def save(tx: Tx, *, person_id: str, draft: FileDraft, at: datetime) -> Import:
    """Save a file that was read, to be applied or discarded."""
    import_id = new_id(at)
    await tx.run(
        "INSERT INTO imports (id, person_id, content, chosen, ends_missing, state, created_at)"
        " VALUES (?, ?, ?, '{}', 0, 'open', ?)",
        import_id,
        person_id,
        draft_to_json(draft),
        utc_text(at),
    )
    return Import(import_id, person_id, draft, {}, ends_missing=False, state="open", back={})


async def by_id(tx: Tx, import_id: str) -> Import | None:
    """Return a file by its id; None if there is none."""
    row = await tx.one("SELECT * FROM imports WHERE id = ?", import_id)
    return None if row is None else _import(row)


async def set_chosen(tx: Tx, file: Import, chosen: Mapping[str, str]) -> None:
    """Save which codes the coordinator has assigned to the events of a file."""
    text = json.dumps(dict(chosen), sort_keys=True)
    await tx.run("UPDATE imports SET chosen = ? WHERE id = ?", text, file.id)


async def set_ends_missing(tx: Tx, file: Import, *, ends: bool) -> None:
    """Save whether what is missing from the calendar ends."""
    await tx.run("UPDATE imports SET ends_missing = ? WHERE id = ?", int(ends), file.id)


async def discard(tx: Tx, file: Import) -> bool:
    """Discard a file and delete its content; False when it is no longer open."""
    return bool(
        await tx.run(
            "UPDATE imports SET state = 'dropped', content = ?, chosen = '{}'"
            " WHERE id = ? AND state = 'open'",
            draft_to_json(FileDraft()),
            file.id,
        )
    )


async def delete(tx: Tx, file: Import) -> None:
    """Delete a file that needs no decision."""
    await tx.run("DELETE FROM imports WHERE id = ?", file.id)


async def has_old(tx: Tx, *, now: datetime) -> bool:
    """Say whether ``forget`` would delete anything."""
    row = await tx.one(
        "SELECT 1 AS yes FROM imports WHERE created_at < ? LIMIT 1", utc_text(now - APPLICABLE_FOR)
    )
    return row is not None


async def forget(tx: Tx, *, now: datetime) -> int:
    """Delete files that can no longer be applied; what they changed stays."""
    return await tx.run("DELETE FROM imports WHERE created_at < ?", utc_text(now - APPLICABLE_FOR))


async def record_apply(change: Change, file: Import, counts: Mapping[str, int]) -> Change:
    """Record that a file is applied; return the change that everything it does is part of."""
    number = await change.record("import.applied", None, after={"import": file.id, **counts})
    return replace(change, part_of=number)


async def mark_applied(tx: Tx, file: Import, back: Mapping[str, object]) -> bool:
    """Mark a file as applied and delete its content; False when it was not open.

    Args:
        tx: An open transaction.
        file: The file.
        back: See ``Import.back``.
    """
    return bool(
        await tx.run(
            "UPDATE imports SET state = 'applied', back = ?, content = ?, chosen = '{}'"
            " WHERE id = ? AND state = 'open'",
            json.dumps(back, sort_keys=True),
            draft_to_json(FileDraft()),
            file.id,
        )
    )


async def undo_apply(tx: Tx, entry: AuditEntry, _at: datetime) -> bool:
    """Restore the sources of plans and the calendar events; False when that was done already.

    The changes that the file made have audit lines of their own and are undone by those.
    """
    row = await tx.one(
        "UPDATE imports SET state = 'undone' WHERE id = ? AND state = 'applied' RETURNING back",
        entry.facts_after["import"],
    )
    if row is None:
        return False
    back = json.loads(row["back"])
    for plan_id, key, sequence in reversed(back["claims"]):
        await set_plan_source(tx, plan_id=plan_id, key=key, sequence=sequence)
    for key, earlier in back["events"]:
        if earlier is None:
            await tx.run("DELETE FROM calendar_events WHERE key = ?", key)
        else:
            await save_event(tx, earlier)
    return True


_COLUMNS = ("key", "calendar", "person_id", "group_id", "is_foreign", "absence_id", "sequence")


async def assigned_codes(tx: Tx) -> dict[str, str]:
    """Return key to code of every event that a coordinator has assigned; empty means not ours."""
    rows = await tx.all(
        "SELECT e.key, e.is_foreign, p.code AS person, g.code AS in_group"
        " FROM calendar_events e LEFT JOIN people p ON p.id = e.person_id"
        " LEFT JOIN groups g ON g.id = e.group_id"
        " WHERE e.is_foreign = 1 OR e.person_id IS NOT NULL OR e.group_id IS NOT NULL"
    )
    return {
        row["key"]: "" if row["is_foreign"] else str(row["person"] or row["in_group"])
        for row in rows
    }


async def events(tx: Tx) -> dict[str, dict[str, Value]]:
    """Return the stored row of every event, by its key."""
    rows = await tx.all("SELECT * FROM calendar_events")
    return {row["key"]: {name: row[name] for name in _COLUMNS} for row in rows}


async def save_event(tx: Tx, event_row: Mapping[str, Value]) -> None:
    """Save an event; it replaces an earlier row."""
    marks = ", ".join("?" for _ in _COLUMNS)
    updates_sql = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
    await tx.run(
        f"INSERT INTO calendar_events ({', '.join(_COLUMNS)}) VALUES ({marks})"
        f" ON CONFLICT (key) DO UPDATE SET {updates_sql}",
        *(event_row.get(name) for name in _COLUMNS),
    )


async def set_plan_source(tx: Tx, *, plan_id: str, key: str | None, sequence: int | None) -> None:
    """Set which calendar event a plan comes from, or None for none; the plan itself stays."""
    await tx.run(
        "UPDATE plans SET source_key = ?, source_sequence = ? WHERE id = ?",
        key,
        sequence,
        plan_id,
    )
