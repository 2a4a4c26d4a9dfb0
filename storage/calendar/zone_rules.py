"""The rules of time zones, which countries change: what was computed by old ones follows.

A session stays at its wall time. Its instants, and those of its changes, are computed again
once the program has other rules than before, whether the system or a package brought them.
"""

import hashlib
import zoneinfo
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path

from alliance.calendar.timing import zone_named
from alliance.calendar.wall_times import instant_of
from storage.calendar import plans
from storage.calendar.quiet_hours import site_quiet
from storage.checkins import retime
from storage.database import key_values
from storage.database.tx import Row, Tx, utc_text, utc_text_or_none, utc_time, utc_time_or_none
from storage.messages import heartbeats
from storage.people import pause_ends

ZONE_RULES = "zone_rules"
"""Name of the value that tells by which rules instants in the database were computed."""

LOOKBACK = timedelta(days=2)
"""A session that began by the old rules may still lie ahead by the new ones."""


def rules_version() -> str:
    """Return a digest of the time zone rules that this program uses."""
    return _digest(zoneinfo.TZPATH)


@lru_cache(maxsize=4)
def _digest(folders: Sequence[str]) -> str:
    """Return a digest of every zone's file; found as ``zoneinfo`` finds them."""
    digest = hashlib.sha256()
    for name in sorted(zoneinfo.available_timezones()):
        paths = (Path(folder, name) for folder in folders)
        path = next((path for path in paths if path.is_file()), None)
        digest.update(name.encode())
        digest.update(_packaged(name) if path is None else path.read_bytes())
    return digest.hexdigest()


def _packaged(name: str) -> bytes:
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


async def are_current(tx: Tx) -> bool:
    """Say whether the instants in the database were computed by the rules of this program."""
    return await key_values.get_value(tx, ZONE_RULES) == rules_version()


async def adopt(tx: Tx, *, at: datetime) -> None:
    """Compute everything again that lies ahead and depends on the rules of time zones."""
    await key_values.set_value(tx, name=ZONE_RULES, value=rules_version())
    since = utc_text(at - LOOKBACK)
    await _move_sessions(tx, since)
    await _move_changes(tx, since)
    await plans.replan_all(tx, at=at)
    await retime.retime_all(tx, site_quiet=await site_quiet(tx), at=at)
    await heartbeats.retime_all(tx, at=at)
    await pause_ends.retime_all(tx, at=at)


def _moved(row: Row, instant_column: str, wall_time_column: str) -> datetime | None:
    """Return the instant of a row's wall time; None if it has none."""
    computed = utc_time_or_none(row[instant_column])
    if computed is None or row[wall_time_column] is None:
        return computed
    return instant_of(row[wall_time_column], zone_named(row["zone"]), computed)


async def _move_sessions(tx: Tx, since: str) -> None:
    """Move every session whose wall time has another instant now.

    One that somebody was asked about, or that a therapist reported, stays where it was; only
    its name, ``planned_for``, follows, so that it is not planned a second time.
    """
    for zone in await _changed_zones(tx, since):
        for row in await tx.all(
            "SELECT s.id, s.plan_id, s.zone, s.planned_for, s.planned_local, s.starts_at,"
            " s.ends_at, s.state, e.starts_at AS moved_to, e.starts_local,"
            " (SELECT COUNT(*) FROM checkins k WHERE k.session_id = s.id"
            "  AND (k.state <> 'planned' OR k.awake_until IS NOT NULL)) AS asked"
            " FROM sessions s LEFT JOIN exceptions e"
            " ON e.plan_id = s.plan_id AND e.planned_for = s.planned_for"
            " WHERE s.zone = ? AND s.planned_local IS NOT NULL"
            " AND (s.planned_for > ? OR s.starts_at > ?)",
            zone,
            since,
            since,
        ):
            await _move_session(tx, row)


async def _changed_zones(tx: Tx, since: str) -> set[str]:
    """Return the zones in which a session's wall time has another instant now."""
    rows = [
        *await tx.all(
            "SELECT DISTINCT zone, planned_for, planned_local FROM sessions"
            " WHERE planned_for > ? AND planned_local IS NOT NULL",
            since,
        ),
        *await tx.all(
            "SELECT p.zone, e.starts_at AS planned_for, e.starts_local AS planned_local"
            " FROM exceptions e JOIN plans p ON p.id = e.plan_id"
            " WHERE e.starts_at > ? AND e.starts_local IS NOT NULL",
            since,
        ),
    ]
    return {
        row["zone"]
        for row in rows
        if _moved(row, "planned_for", "planned_local") != utc_time(row["planned_for"])
    }


async def _move_session(tx: Tx, row: Row) -> None:
    planned_for = _moved(row, "planned_for", "planned_local") or utc_time(row["planned_for"])
    before = utc_time(row["starts_at"])
    starts_at, is_fixed = before, row["state"] == "no_show" or row["asked"] > 0
    if not is_fixed and row["moved_to"] is not None:
        starts_at = _moved(row, "moved_to", "starts_local") or before
    elif not is_fixed and row["starts_at"] == row["planned_for"]:
        starts_at = planned_for
    if (utc_text(planned_for), starts_at) != (row["planned_for"], before):
        await tx.run(
            "UPDATE sessions SET planned_for = ?, starts_at = ?, ends_at = ? WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM sessions o WHERE o.plan_id = ?"
            " AND o.planned_for = ? AND o.id <> ?)",
            utc_text(planned_for),
            utc_text(starts_at),
            utc_text(utc_time(row["ends_at"]) + (starts_at - before)),
            row["id"],
            row["plan_id"],
            utc_text(planned_for),
            row["id"],
        )


async def _move_changes(tx: Tx, since: str) -> None:
    """Move the names and the beginnings of changed sessions to the instants of their wall times."""
    for row in await tx.all(
        "SELECT e.*, p.zone FROM exceptions e JOIN plans p ON p.id = e.plan_id"
        " WHERE e.planned_for > ? OR e.starts_at > ?",
        since,
        since,
    ):
        planned_for = utc_text_or_none(_moved(row, "planned_for", "planned_local"))
        starts_at = _moved(row, "starts_at", "starts_local")
        before, ends_at = utc_time_or_none(row["starts_at"]), utc_time_or_none(row["ends_at"])
        if starts_at is not None and before is not None and ends_at is not None:
            ends_at += starts_at - before
        if (planned_for, starts_at) != (row["planned_for"], before):
            await tx.run(
                "UPDATE exceptions SET planned_for = ?, starts_at = ?, ends_at = ?"
                " WHERE plan_id = ? AND planned_for = ? AND NOT EXISTS (SELECT 1 FROM exceptions o"
                " WHERE o.plan_id = ? AND o.planned_for = ? AND o.planned_for <> ?)",
                planned_for,
                utc_text_or_none(starts_at),
                utc_text_or_none(ends_at),
                row["plan_id"],
                row["planned_for"],
                row["plan_id"],
                planned_for,
                row["planned_for"],
            )
