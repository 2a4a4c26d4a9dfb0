"""Saved episodes: what followed each alert, as ``derive_episodes`` derives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.alerts.episodes import Episode, Stage
from storage.caseload.courses import Course
from storage.database.tx import Row, Tx, at_text, at_time


@dataclass(frozen=True, slots=True)
class Kept:
    """An episode as it is kept.

    Attributes:
        id: That of the alert that opened it.
        alert_ids: All alerts within it, the first one first.
        unrepaired_after: Sessions it may take; as the site had it when it began.
        turned_at: When it came to its stage.
        turned_by: The check-in that brought it there; None where somebody's word did.
    """

    id: str
    course: Course
    episode: Episode
    alert_ids: tuple[str, ...]
    unrepaired_after: int
    began_at: datetime
    turned_at: datetime
    turned_by: str | None


async def of_alert(tx: Tx, alert_id: str) -> Kept | None:
    """Return the episode that an alert belongs to; None where it belongs to none."""
    found = await _kept(tx, "e.id = (SELECT episode_id FROM alerts WHERE alerts.id = ?)", alert_id)
    return found[0] if found else None


async def of_patient(tx: Tx, patient_id: str) -> list[Kept]:
    """Return all episodes of a patient, the oldest first."""
    return await _kept(tx, "e.patient_id = ?", patient_id)


async def by_id(tx: Tx, episode_id: str) -> Kept | None:
    """Return the episode that this alert opened; None where it opened none."""
    found = await _kept(tx, "e.id = ?", episode_id)
    return found[0] if found else None


async def of_course(tx: Tx, course: Course) -> list[Kept]:
    """Return the episodes of one course, the oldest first."""
    return await _kept(
        tx,
        "e.patient_id = ? AND e.instrument = ? AND COALESCE(e.group_id, '') = ?",
        course.patient_id,
        course.instrument,
        course.group_id or "",
    )


async def _kept(tx: Tx, condition: str, *values: str) -> list[Kept]:
    rows = await tx.all(
        f"SELECT e.* FROM episodes e WHERE {condition} ORDER BY e.began_at, e.id", *values
    )
    if not rows:
        return []
    belonging: dict[str, list[str]] = {}
    for row in await tx.all(
        "SELECT id, episode_id FROM alerts WHERE patient_id = ? AND episode_id IS NOT NULL"
        " ORDER BY created_at, id",
        rows[0]["patient_id"],
    ):
        belonging.setdefault(row["episode_id"], []).append(row["id"])
    return [_read(row, tuple(belonging.get(row["id"], ()))) for row in rows]


def _read(row: Row, alert_ids: tuple[str, ...]) -> Kept:
    return Kept(
        id=row["id"],
        course=Course(row["patient_id"], row["instrument"], row["group_id"]),
        episode=Episode(
            stage=Stage(row["stage"]),
            was_addressed=bool(row["was_addressed"]),
            usual_low=row["usual_low"],
            sessions=row["sessions"],
            back=row["back"],
            alerts=row["alerts"],
            overdue=bool(row["overdue"]),
        ),
        alert_ids=alert_ids,
        unrepaired_after=row["unrepaired_after"],
        began_at=at_time(row["began_at"]),
        turned_at=at_time(row["turned_at"]),
        turned_by=row["turned_by"],
    )


async def keep_all(tx: Tx, found: Sequence[Kept], *, before: Mapping[str, Kept]) -> None:
    """Write what differs from what is kept, and let go of episodes that are part of another."""
    for gone in set(before) - {one.id for one in found}:
        await tx.run("DELETE FROM episodes WHERE id = ?", gone)
    for one in found:
        if before.get(one.id) == one:
            continue
        await _write(tx, one)
        for alert_id in one.alert_ids:
            await tx.run("UPDATE alerts SET episode_id = ? WHERE id = ?", one.id, alert_id)


async def _write(tx: Tx, one: Kept) -> None:
    await tx.run(
        "INSERT INTO episodes (id, patient_id, instrument, group_id, stage, was_addressed, overdue,"
        " usual_low, sessions, back, alerts, unrepaired_after, began_at, turned_at, turned_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET stage = excluded.stage,"
        " was_addressed = excluded.was_addressed, overdue = excluded.overdue,"
        " usual_low = excluded.usual_low, sessions = excluded.sessions, back = excluded.back,"
        " alerts = excluded.alerts, turned_at = excluded.turned_at,"
        " turned_by = excluded.turned_by",
        one.id,
        *one.course,
        one.episode.stage,
        int(one.episode.was_addressed),
        int(one.episode.overdue),
        one.episode.usual_low,
        one.episode.sessions,
        one.episode.back,
        one.episode.alerts,
        one.unrepaired_after,
        at_text(one.began_at),
        at_text(one.turned_at),
        one.turned_by,
    )
