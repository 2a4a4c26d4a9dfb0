"""Stored episodes: what followed each alert, as ``derive_episodes`` derives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.alerts.episodes import Episode, Stage
from storage.caseload.courses import CourseKey
from storage.database.tx import Row, Tx, utc_text, utc_time


@dataclass(frozen=True, slots=True)
class StoredEpisode:
    """An episode as stored.

    Attributes:
        id: The id of the alert that opened it.
        alert_ids: All its alerts, oldest first.
        unrepaired_after: Sessions after which it counts as unrepaired; the site's setting when
            it began.
        turned_at: When it reached its stage.
        turned_by: The check-in with which it did; None if it was somebody's statement.
    """

    id: str
    course: CourseKey
    episode: Episode
    alert_ids: tuple[str, ...]
    unrepaired_after: int
    began_at: datetime
    turned_at: datetime
    turned_by: str | None


async def of_alert(tx: Tx, alert_id: str) -> StoredEpisode | None:
    """Return the episode of an alert, if it has one."""
    rows = await _select(tx, "e.id = (SELECT episode_id FROM alerts WHERE alerts.id = ?)", alert_id)
    return rows[0] if rows else None


async def of_patient(tx: Tx, patient_id: str) -> list[StoredEpisode]:
    """Return all episodes of a patient, oldest first."""
    return await _select(tx, "e.patient_id = ?", patient_id)


async def by_id(tx: Tx, episode_id: str) -> StoredEpisode | None:
    """Return the episode that was opened by the alert with this id, if any."""
    rows = await _select(tx, "e.id = ?", episode_id)
    return rows[0] if rows else None


async def of_course(tx: Tx, course: CourseKey) -> list[StoredEpisode]:
    """Return the episodes of one course, oldest first."""
    return await _select(
        tx,
        "e.patient_id = ? AND e.instrument = ? AND COALESCE(e.group_id, '') = ?",
        course.patient_id,
        course.instrument,
        course.group_id or "",
    )


async def _select(tx: Tx, condition: str, *values: str) -> list[StoredEpisode]:
    rows = await tx.all(
        f"SELECT e.* FROM episodes e WHERE {condition} ORDER BY e.began_at, e.id", *values
    )
    if not rows:
        return []
    alert_ids: dict[str, list[str]] = {}
    for row in await tx.all(
        "SELECT id, episode_id FROM alerts WHERE patient_id = ? AND episode_id IS NOT NULL"
        " ORDER BY created_at, id",
        rows[0]["patient_id"],
    ):
        alert_ids.setdefault(row["episode_id"], []).append(row["id"])
    return [_stored_episode(row, tuple(alert_ids.get(row["id"], ()))) for row in rows]


def _stored_episode(row: Row, alert_ids: tuple[str, ...]) -> StoredEpisode:
    return StoredEpisode(
        id=row["id"],
        course=CourseKey(row["patient_id"], row["instrument"], row["group_id"]),
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
        began_at=utc_time(row["began_at"]),
        turned_at=utc_time(row["turned_at"]),
        turned_by=row["turned_by"],
    )


async def save_all(
    tx: Tx, derived: Sequence[StoredEpisode], *, before: Mapping[str, StoredEpisode]
) -> None:
    """Save the episodes that have changed; delete those that are now part of another one."""
    for gone in set(before) - {one.id for one in derived}:
        await tx.run("DELETE FROM episodes WHERE id = ?", gone)
    for one in derived:
        if before.get(one.id) == one:
            continue
        await _write(tx, one)
        for alert_id in one.alert_ids:
            await tx.run("UPDATE alerts SET episode_id = ? WHERE id = ?", one.id, alert_id)


async def _write(tx: Tx, one: StoredEpisode) -> None:
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
        utc_text(one.began_at),
        utc_text(one.turned_at),
        one.turned_by,
    )
