"""Files between dry run and Apply, and what calendars call what came from them."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alliance.files.drafts import Draft, reread, written
from alliance.files.ical.events import Hashed
from storage.audit.audit_log import Entry
from storage.database import updates
from storage.database.encryption import Place
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, Value, at_text

KEPT = timedelta(days=7)
"""How long a dry run can still be applied."""

CALENDAR_KEY_PLACE = Place("facts", "value", updates.CALENDAR_KEY)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Import:
    """One file of a coordinator.

    Attributes:
        chosen: Key of an event without a code to the code that the coordinator gave it.
        ends_missing: Whether what is no longer in the calendar ends.
        state: open, applied, dropped or undone.
        back: Once it was applied: what it did in counts, whom it invited, and what was kept of
            calendars before.
    """

    id: str
    person_id: str
    draft: Draft
    chosen: Mapping[str, str]
    ends_missing: bool
    state: str
    back: Mapping[str, Any]


def _import(row: Row) -> Import:
    return Import(
        row["id"],
        row["person_id"],
        reread(row["content"]),
        json.loads(row["chosen"]),
        bool(row["ends_missing"]),
        row["state"],
        json.loads(row["back"] or "{}"),
    )


async def hashing(tx: Tx) -> Hashed:
    """Return what makes keys of identities in files; the secret is made once and kept.

    The same event has the same key in every file. Without the keys of the sealing nobody can
    tell from a key whether it is that of an identity they know.
    """
    sealed = await updates.recall(tx, updates.CALENDAR_KEY)
    if sealed is None:
        sealed = tx.sealing.seal(secrets.token_hex(_KEY_BYTES), CALENDAR_KEY_PLACE)
        await updates.learn(tx, name=updates.CALENDAR_KEY, value=sealed)
    key = bytes.fromhex(tx.sealing.opened(sealed, CALENDAR_KEY_PLACE))

    def hashed(identity: str) -> str:
        return hmac.new(key, identity.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    return hashed


async def keep(tx: Tx, *, person_id: str, draft: Draft, at: datetime) -> str:
    """Keep a file that was read, to be applied or dropped; return its id."""
    import_id = new_id(at)
    await tx.run(
        "INSERT INTO imports (id, person_id, content, chosen, ends_missing, state, created_at)"
        " VALUES (?, ?, ?, '{}', 0, 'open', ?)",
        import_id,
        person_id,
        written(draft),
        at_text(at),
    )
    return import_id


async def by_id(tx: Tx, import_id: str) -> Import | None:
    """Return the file of that id; ``person_id`` says whose it is."""
    row = await tx.one("SELECT * FROM imports WHERE id = ?", import_id)
    return None if row is None else _import(row)


async def choose(tx: Tx, found: Import, chosen: Mapping[str, str]) -> None:
    """Keep whose the events of a file are."""
    text = json.dumps(dict(chosen), sort_keys=True)
    await tx.run("UPDATE imports SET chosen = ? WHERE id = ?", text, found.id)


async def end_missing(tx: Tx, found: Import, *, ends: bool) -> None:
    """Keep whether what is no longer in the calendar ends."""
    await tx.run("UPDATE imports SET ends_missing = ? WHERE id = ?", int(ends), found.id)


async def drop(tx: Tx, found: Import) -> bool:
    """Throw a file away, its content with it; False when it is no longer open."""
    return bool(
        await tx.run(
            "UPDATE imports SET state = 'dropped', content = ?, chosen = '{}'"
            " WHERE id = ? AND state = 'open'",
            written(Draft()),
            found.id,
        )
    )


async def discard(tx: Tx, found: Import) -> None:
    """Forget a file that asks for nothing."""
    await tx.run("DELETE FROM imports WHERE id = ?", found.id)


async def applied(tx: Tx, found: Import, back: Mapping[str, object]) -> bool:
    """Note that a file was applied, and what was kept before; False when it was not open."""
    return bool(
        await tx.run(
            "UPDATE imports SET state = 'applied', back = ?, content = ?, chosen = '{}'"
            " WHERE id = ? AND state = 'open'",
            json.dumps(back, sort_keys=True),
            written(Draft()),
            found.id,
        )
    )


async def has_old(tx: Tx, *, now: datetime) -> bool:
    """Say whether there is a file to forget."""
    row = await tx.one(
        "SELECT 1 AS yes FROM imports WHERE created_at < ? LIMIT 1", at_text(now - KEPT)
    )
    return row is not None


async def forget(tx: Tx, *, now: datetime) -> int:
    """Forget files that can no longer be applied; what they changed stays."""
    return await tx.run("DELETE FROM imports WHERE created_at < ?", at_text(now - KEPT))


async def undo(tx: Tx, entry: Entry, at: datetime) -> bool:  # noqa: ARG001 - all undos alike
    """Take back what an applied file kept of calendars; its changes have lines of their own."""
    row = await tx.one(
        "UPDATE imports SET state = 'undone' WHERE id = ? AND state = 'applied' RETURNING back",
        entry.facts_after["import"],
    )
    if row is None:
        return False
    back = json.loads(row["back"])
    for plan_id, key, sequence in reversed(back["claims"]):
        await claim(tx, plan_id=plan_id, key=key, sequence=sequence)
    for key, kept in back["events"]:
        if kept is None:
            await tx.run("DELETE FROM calendar_events WHERE key = ?", key)
        else:
            await keep_event(tx, kept)
    return True


_COLUMNS = ("key", "calendar", "person_id", "group_id", "is_foreign", "absence_id", "sequence")


async def assigned(tx: Tx) -> dict[str, str]:
    """Return key to code of every event that a coordinator assigned; empty is not ours."""
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
    """Return what is kept of every event, by its key."""
    rows = await tx.all("SELECT * FROM calendar_events")
    return {row["key"]: {name: row[name] for name in _COLUMNS} for row in rows}


async def keep_event(tx: Tx, event_row: Mapping[str, Value]) -> None:
    """Keep an event, in place of what was kept of it."""
    marks = ", ".join("?" for _ in _COLUMNS)
    news = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
    await tx.run(
        f"INSERT INTO calendar_events ({', '.join(_COLUMNS)}) VALUES ({marks})"
        f" ON CONFLICT (key) DO UPDATE SET {news}",
        *(event_row.get(name) for name in _COLUMNS),
    )


async def claim(tx: Tx, *, plan_id: str, key: str | None, sequence: int | None) -> None:
    """Let a plan be called by another name, or by none; what it says stays."""
    await tx.run(
        "UPDATE plans SET source_key = ?, source_sequence = ? WHERE id = ?",
        key,
        sequence,
        plan_id,
    )
