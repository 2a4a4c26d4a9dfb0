"""What migrations do in code, because it needs the keys, or the rules of time zones.

Each step runs on the schema of its own version, so it names tables and columns as they were
called then, whatever they are called today.
"""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from alliance.calendar.timing import zone_named
from alliance.calendar.wall_times import instant_of, nearest_rule_time, wall_time_of
from storage.audit import hash_chain
from storage.audit.hash_chain import Chain, Head
from storage.conversations import conversations
from storage.database import key_values
from storage.database.encryption import new_key
from storage.database.tx import Row, Tx, utc_text, utc_time
from storage.maintenance.rotate_keys import REWRITE_PENDING
from storage.people import accounts


async def encrypt_plaintext(tx: Tx) -> None:
    """Version 9: encrypt what was stored as plain text; the files are to be rewritten once."""
    await accounts.migrate_chats(tx)
    for row in await tx.all("SELECT person_id, filled FROM wizards"):
        address = conversations.cell_address(row["person_id"])
        await tx.run(
            "UPDATE wizards SET filled = ? WHERE person_id = ?",
            tx.encryption.encrypt(row["filled"], address),
            row["person_id"],
        )
    secret = key_values.CALENDAR_KEY
    for row in await tx.all(f"SELECT value FROM facts WHERE name = '{secret}'"):
        await tx.run(
            "UPDATE facts SET value = ? WHERE name = ?",
            tx.encryption.encrypt(row["value"], key_values.cell_address(secret)),
            secret,
        )
    await tx.run("INSERT INTO facts (name, value) VALUES (?, 'owed')", REWRITE_PENDING)


async def chain_audit_log(tx: Tx) -> None:
    """Version 17: bind the lines of an audit log that had no chain, with a key of its own."""
    key = new_key()
    await tx.run(
        "INSERT INTO facts (name, value) VALUES (?, ?)",
        hash_chain.KEYS,
        tx.encryption.encrypt(key.text(), hash_chain.KEYS_PLACE),
    )
    chain = Chain([key])
    link, number = chain.beginning, 0
    first = await tx.one("SELECT COALESCE(MIN(number), 1) AS number FROM audit")
    for row in await tx.all("SELECT * FROM audit ORDER BY number"):
        salt, number = hash_chain.new_salt(), row["number"]
        digest = chain.digest(row, key=chain.newest, salt=salt)
        link = chain.link(key=chain.newest, before=link, digest=digest, redacting=())
        await tx.run(
            "UPDATE audit SET chain_key = ?, salt = ?, digest = ?, link = ? WHERE number = ?",
            *(chain.newest, salt, digest, link, number),
        )
    start = 1 if first is None else int(first["number"])
    await hash_chain.save_head(tx, chain, Head(number, link, start, chain.beginning))


async def fill_wall_times(tx: Tx) -> None:
    """Version 22: fill the wall times of sessions ahead, and of all changes of sessions.

    The rules of a time zone may have changed since their instants were computed. That shows in
    sessions that are not at their plan's time; what they were moved to is then off by as much.
    """
    row = await tx.one("SELECT MAX(planned_until) AS at FROM plans WHERE planned_until LIKE '2%'")
    since = "2" if row is None or row["at"] is None else utc_text(_weeks_before(row["at"]))
    for row in await tx.all(
        "SELECT DISTINCT s.planned_for, p.zone, p.wall_time FROM sessions s"
        " JOIN plans p ON p.id = s.plan_id WHERE s.planned_for >= ? AND s.planned_for LIKE '2%'",
        since,
    ):
        await tx.run(
            "UPDATE sessions SET planned_local = ? WHERE planned_for = ? AND plan_id IN"
            " (SELECT id FROM plans WHERE zone = ? AND wall_time = ?)",
            _rule_time(row),
            row["planned_for"],
            row["zone"],
            row["wall_time"],
        )
    for row in await tx.all(
        "SELECT e.plan_id, e.planned_for, e.starts_at, p.zone, p.wall_time, p.created_at"
        " FROM exceptions e JOIN plans p ON p.id = e.plan_id WHERE e.planned_for LIKE '2%'"
    ):
        zone, planned_for = zone_named(row["zone"]), utc_time(row["planned_for"])
        is_carried_over = row["planned_for"] <= row["created_at"]
        planned_local = wall_time_of(planned_for, zone) if is_carried_over else _rule_time(row)
        starts_local = None
        if row["starts_at"] is not None:
            shift = instant_of(planned_local, zone, planned_for) - planned_for
            starts_local = wall_time_of(utc_time(row["starts_at"]) + shift, zone)
        await tx.run(
            "UPDATE exceptions SET planned_local = ?, starts_local = ?"
            " WHERE plan_id = ? AND planned_for = ?",
            planned_local,
            starts_local,
            row["plan_id"],
            row["planned_for"],
        )


def _weeks_before(planned_until: str) -> datetime:
    """Return a time shortly before the last tick: plans are extended to eight weeks ahead."""
    return utc_time(planned_until) - timedelta(weeks=10)


def _rule_time(row: Row) -> str:
    wall_time = time.fromisoformat(row["wall_time"])
    return nearest_rule_time(utc_time(row["planned_for"]), wall_time, zone_named(row["zone"]))


STEPS: Mapping[int, Callable[[Tx], Coroutine[Any, Any, None]]] = {
    9: encrypt_plaintext,
    17: chain_audit_log,
    22: fill_wall_times,
}
"""Version to what is done after its SQL, in the same transaction."""
