"""Repair tracking: derives the episodes of a course from its whole history.

All decisions are in ``alliance.alerts.episodes``. The history consists of sessions with their
verdicts at that time, alerts and therapists' responses. Episodes are derived again after each
change, so a corrected response or a changed answer needs no special case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alliance.alerts.episodes import (
    UNREPAIRED_AFTER,
    HistoryEntry,
    Stage,
    StatementKind,
    trace_episodes,
)
from alliance.alerts.evidence import AlertKind
from alliance.alerts.responses import Response
from storage.alerts import episodes, responses, verdicts
from storage.alerts.episodes import StoredEpisode
from storage.alerts.verdicts import StoredVerdict
from storage.caseload import courses
from storage.caseload.courses import CourseKey, CourseStep
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none

STATEMENT_OF_RESPONSE = {
    Response.TALKED: StatementKind.ADDRESSED,
    Response.NOT_RUPTURE: StatementKind.NOT_A_RUPTURE,
}
"""What a response says about the episode; ``SEEN`` says nothing."""


class TimedEvent(NamedTuple):
    """One event of a course, its time, and its check-in, if any."""

    entry: HistoryEntry
    at: datetime
    checkin_id: str | None = None


class EpisodeStatement(NamedTuple):
    """What somebody said about an alert, and when."""

    at: datetime
    kind: StatementKind
    alert_id: str | None


@dataclass(frozen=True, slots=True)
class _SessionVerdict:
    """A session's stored verdict, and whether it raised an alert."""

    raised: bool
    alert: bool
    mean: float | None
    usual_low: float | None


def history(
    course: Sequence[CourseStep],
    *,
    stored_verdicts: Mapping[str, StoredVerdict],
    alerts: Mapping[str, str],
    statements: Sequence[EpisodeStatement],
) -> list[TimedEvent]:
    """Return the events of a course, in order.

    Sessions are in the order in which they took place; a statement comes before the first session
    that was judged after it.

    Args:
        course: The sessions.
        stored_verdicts: The verdicts, by check-in.
        alerts: The ids of the alerts, by check-in.
        statements: What people said, oldest first.
    """
    waiting, events = list(statements), list[TimedEvent]()
    therapist = None
    for step in course:
        stored, alert = stored_verdicts.get(step.checkin_id), alerts.get(step.checkin_id)
        while stored is not None and waiting and waiting[0].at < stored.judged_at:
            events.append(_event_of(waiting.pop(0)))
        now = step.observation.therapist
        if now is not None:
            if therapist not in (None, now):
                events.append(TimedEvent(HistoryEntry(StatementKind.NEW_THERAPIST), step.starts_at))
            therapist = now
        verdict = None
        if stored is not None:
            verdict = _SessionVerdict(
                stored.raised, alert is not None, stored.mean, stored.usual_low
            )
        elif alert is not None:
            verdict = _SessionVerdict(raised=True, alert=True, mean=None, usual_low=None)
        at = step.starts_at if stored is None else stored.judged_at
        events.append(TimedEvent(HistoryEntry(verdict, alert), at, step.checkin_id))
    return [*events, *map(_event_of, waiting)]


def _event_of(statement: EpisodeStatement) -> TimedEvent:
    return TimedEvent(HistoryEntry(statement.kind, statement.alert_id), statement.at)


async def derive(
    tx: Tx, course: CourseKey, *, unrepaired_after: int = UNREPAIRED_AFTER
) -> list[StoredEpisode]:
    """Update the episodes of one course; return those that have changed stage.

    Args:
        tx: An open transaction.
        course: The course.
        unrepaired_after: Sessions after which an episode that begins now counts as unrepaired.
    """
    alerts = await _alerts(tx, course)
    if not alerts:
        return []
    # Lock the patient: on PostgreSQL, a concurrent transaction waits here and then reads what
    # this one has written.
    await tx.run("UPDATE people SET state = state WHERE id = ?", course.patient_id)
    events = history(
        await courses.steps_of(tx, course),
        stored_verdicts=await verdicts.of_patient(tx, course.patient_id),
        alerts={row["checkin_id"]: row["id"] for row in alerts},
        statements=await _statements(tx, course.patient_id),
    )
    before = {one.id: one for one in await episodes.of_course(tx, course)}
    limits = {one.id: one.unrepaired_after for one in before.values()}
    created = {row["id"]: utc_time(row["created_at"]) for row in alerts}
    derived = [
        StoredEpisode(
            id=one.alerts[0],
            course=course,
            episode=one.episode,
            alert_ids=one.alerts,
            unrepaired_after=limits.get(one.alerts[0], unrepaired_after),
            began_at=created[one.alerts[0]],
            turned_at=events[one.stage_index].at,
            turned_by=events[one.stage_index].checkin_id,
        )
        for one in trace_episodes(
            (event.entry for event in events),
            unrepaired_after=lambda alert: limits.get(alert, unrepaired_after),
        )
    ]
    await episodes.save_all(tx, derived, before=before)
    return [one for one in derived if _stage(before.get(one.id)) is not one.episode.stage]


def _stage(stored: StoredEpisode | None) -> Stage | None:
    return None if stored is None else stored.episode.stage


async def derive_all(tx: Tx, *, patient_id: str) -> None:
    """Update all episodes of a patient: treatment has ended, or continues after all."""
    for course in {one.course for one in await episodes.of_patient(tx, patient_id)}:
        await derive(tx, course)


async def derive_for_alert(tx: Tx, *, alert_id: str) -> None:
    """Update the episode of an alert after a response."""
    row = await tx.one("SELECT checkin_id FROM alerts WHERE id = ?", alert_id)
    if row is not None:
        await derive(tx, await courses.course_of_checkin(tx, row["checkin_id"]))


async def record_still_working(tx: Tx, *, episode_id: str, therapist_id: str, at: datetime) -> None:
    """Record that a therapist is still working on an unrepaired rupture."""
    await tx.run(
        "INSERT INTO still_working (id, alert_id, therapist_id, at) VALUES (?, ?, ?, ?)",
        new_id(at),
        episode_id,
        therapist_id,
        utc_text(at),
    )
    await derive_for_alert(tx, alert_id=episode_id)


async def _alerts(tx: Tx, course: CourseKey) -> Sequence[Row]:
    return await tx.all(
        "SELECT a.id, a.checkin_id, a.created_at FROM alerts a"
        " JOIN checkins k ON k.id = a.checkin_id JOIN sessions s ON s.id = k.session_id"
        " WHERE a.patient_id = ? AND k.instrument = ? AND COALESCE(s.group_id, '') = ?"
        " AND a.kind <> ?",
        course.patient_id,
        course.instrument,
        course.group_id or "",
        AlertKind.WISH,
    )


async def _statements(tx: Tx, patient_id: str) -> list[EpisodeStatement]:
    """Return therapists' current statements on the patient's alerts, and the end of treatment."""
    statements = [
        EpisodeStatement(given.at, STATEMENT_OF_RESPONSE[given.response], given.alert_id)
        for given in await responses.of_patient(tx, patient_id)
        if given.response in STATEMENT_OF_RESPONSE
    ]
    working = await tx.all(
        "SELECT w.at, w.alert_id FROM still_working w JOIN alerts a ON a.id = w.alert_id"
        " WHERE a.patient_id = ?",
        patient_id,
    )
    statements += [
        EpisodeStatement(utc_time(row["at"]), StatementKind.STILL_WORKING, row["alert_id"])
        for row in working
    ]
    person = await tx.one("SELECT state, ended_at FROM people WHERE id = ?", patient_id)
    ended_at = None if person is None else utc_time_or_none(person["ended_at"])
    if person is not None and person["state"] == "ended" and ended_at is not None:
        statements.append(EpisodeStatement(ended_at, StatementKind.END_OF_TREATMENT, None))
    return sorted(statements, key=lambda one: one.at)
