"""Repair tracking: the episodes of a course, derived anew from its whole history.

All decisions are in ``alliance.alerts.episodes``. The history consists of sessions with their
verdicts at that time, alerts and therapists' responses, so a corrected response or a changed
answer needs no special case: saved episodes can always be derived again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alliance.alerts.episodes import UNREPAIRED_AFTER, Happening, Stage, Word, trace
from alliance.alerts.evidence import WISH
from alliance.alerts.responses import Response
from storage.alerts import episodes, responses, verdicts
from storage.alerts.episodes import Kept
from storage.alerts.verdicts import Judgement
from storage.caseload import courses
from storage.caseload.courses import Course, Step
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none

WORDS = {Response.TALKED: Word.ADDRESSED, Response.NOT_RUPTURE: Word.NOT_A_RUPTURE}
"""What a response to an alert says of its episode; having seen it says nothing."""


class Noted(NamedTuple):
    """One thing that happened, when, and with which check-in, if any."""

    happening: Happening
    at: datetime
    checkin_id: str | None = None


class Said(NamedTuple):
    """What somebody said about an alert, and when."""

    at: datetime
    word: Word
    alert_id: str | None


@dataclass(frozen=True, slots=True)
class _Session:
    """A session's verdict as it was kept, and whether it raised an alert."""

    raised: bool
    alert: bool
    mean: float | None
    usual_low: float | None


def history(
    course: Sequence[Step],
    *,
    judged: Mapping[str, Judgement],
    alerts: Mapping[str, str],
    said: Sequence[Said],
) -> list[Noted]:
    """Return everything that happened, in order.

    Sessions stand in the order in which they took place, a word before the first session that
    was judged after it.

    Args:
        course: The sessions.
        judged: Check-in to what was said of it.
        alerts: Check-in to the id of the alert that it raised.
        said: What people said, oldest first.
    """
    waiting, noted = list(said), list[Noted]()
    therapist = None
    for step in course:
        judgement, alert = judged.get(step.checkin_id), alerts.get(step.checkin_id)
        while judgement is not None and waiting and waiting[0].at < judgement.judged_at:
            noted.append(_spoken(waiting.pop(0)))
        now = step.observation.therapist
        if now is not None:
            if therapist not in (None, now):
                noted.append(Noted(Happening(Word.NEW_THERAPIST), step.starts_at))
            therapist = now
        event = None
        if judgement is not None:
            event = _Session(
                judgement.raised, alert is not None, judgement.mean, judgement.usual_low
            )
        elif alert is not None:
            event = _Session(raised=True, alert=True, mean=None, usual_low=None)
        at = step.starts_at if judgement is None else judgement.judged_at
        noted.append(Noted(Happening(event, alert), at, step.checkin_id))
    return [*noted, *map(_spoken, waiting)]


def _spoken(said: Said) -> Noted:
    return Noted(Happening(said.word, said.alert_id), said.at)


async def derive(tx: Tx, course: Course, *, unrepaired_after: int = UNREPAIRED_AFTER) -> list[Kept]:
    """Bring the episodes of one course up to date; return those that have turned.

    Args:
        tx: An open transaction.
        course: Which.
        unrepaired_after: Sessions that an episode which begins now may take.
    """
    alerts = await _alerts(tx, course)
    if not alerts:
        return []
    # One at a time for each patient, also where transactions run side by side: who waits here
    # reads what the other has written.
    await tx.run("UPDATE people SET state = state WHERE id = ?", course.patient_id)
    noted = history(
        await courses.steps_of(tx, course),
        judged=await verdicts.of_patient(tx, course.patient_id),
        alerts={row["checkin_id"]: row["id"] for row in alerts},
        said=await _said(tx, course.patient_id),
    )
    before = {one.id: one for one in await episodes.of_course(tx, course)}
    patience = {one.id: one.unrepaired_after for one in before.values()}
    created = {row["id"]: at_time(row["created_at"]) for row in alerts}
    found = [
        Kept(
            id=one.alerts[0],
            course=course,
            episode=one.episode,
            alert_ids=one.alerts,
            unrepaired_after=patience.get(one.alerts[0], unrepaired_after),
            began_at=created[one.alerts[0]],
            turned_at=noted[one.turned].at,
            turned_by=noted[one.turned].checkin_id,
        )
        for one in trace(
            (one.happening for one in noted),
            unrepaired_after=lambda alert: patience.get(alert, unrepaired_after),
        )
    ]
    await episodes.keep_all(tx, found, before=before)
    return [one for one in found if _stage(before.get(one.id)) is not one.episode.stage]


def _stage(kept: Kept | None) -> Stage | None:
    return None if kept is None else kept.episode.stage


async def derive_all(tx: Tx, *, patient_id: str) -> None:
    """Bring all episodes of a patient up to date: treatment has ended, or goes on after all."""
    for course in {one.course for one in await episodes.of_patient(tx, patient_id)}:
        await derive(tx, course)


async def heard(tx: Tx, *, alert_id: str) -> None:
    """Bring the episode of an alert up to date: somebody has said something of the alert."""
    row = await tx.one("SELECT checkin_id FROM alerts WHERE id = ?", alert_id)
    if row is not None:
        await derive(tx, await courses.course_around(tx, row["checkin_id"]))


async def say_still_working(tx: Tx, *, episode_id: str, therapist_id: str, at: datetime) -> None:
    """Keep that a therapist is still working on what did not come back in time."""
    await tx.run(
        "INSERT INTO still_working (id, alert_id, therapist_id, at) VALUES (?, ?, ?, ?)",
        new_id(at),
        episode_id,
        therapist_id,
        at_text(at),
    )
    await heard(tx, alert_id=episode_id)


async def _alerts(tx: Tx, course: Course) -> Sequence[Row]:
    return await tx.all(
        "SELECT a.id, a.checkin_id, a.created_at FROM alerts a"
        " JOIN checkins k ON k.id = a.checkin_id JOIN sessions s ON s.id = k.session_id"
        " WHERE a.patient_id = ? AND k.instrument = ? AND COALESCE(s.group_id, '') = ?"
        " AND a.kind <> ?",
        course.patient_id,
        course.instrument,
        course.group_id or "",
        WISH,
    )


async def _said(tx: Tx, patient_id: str) -> list[Said]:
    """Return what therapists say of the patient's alerts now, and the end of treatment."""
    said = [
        Said(given.at, WORDS[given.response], given.alert_id)
        for given in await responses.of_patient(tx, patient_id)
        if given.response in WORDS
    ]
    working = await tx.all(
        "SELECT w.at, w.alert_id FROM still_working w JOIN alerts a ON a.id = w.alert_id"
        " WHERE a.patient_id = ?",
        patient_id,
    )
    said += [Said(at_time(row["at"]), Word.STILL_WORKING, row["alert_id"]) for row in working]
    person = await tx.one("SELECT state, ended_at FROM people WHERE id = ?", patient_id)
    ended_at = None if person is None else at_time_or_none(person["ended_at"])
    if person is not None and person["state"] == "ended" and ended_at is not None:
        said.append(Said(ended_at, Word.END_OF_TREATMENT, None))
    return sorted(said, key=lambda one: one.at)
