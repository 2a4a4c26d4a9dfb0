"""Judge a patient's course after a check-in, answered or not: alerts, and what follows them."""

from collections.abc import Sequence
from datetime import datetime

from alliance.alerts.alert_settings import Patience
from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import Evidence
from alliance.calendar.timing import CHANGE_WINDOW
from alliance.rupture import Detector, Verdict, replayed
from alliance.rupture.notes import notes
from storage.alerts import derive_episodes, raise_alert, verdicts
from storage.alerts.episodes import Kept
from storage.caseload import courses
from storage.caseload.courses import Course, Step
from storage.database.tx import Tx
from storage.messages import outbox
from storage.people import care

NEWS = frozenset({Stage.RECOVERED, Stage.UNREPAIRED})
"""Stages of an episode of which therapists hear by a letter."""


async def judge(
    tx: Tx, *, checkin_id: str, detector: Detector, patience: Patience, at: datetime
) -> bool:
    """Let the detector read the course up to a check-in; True when a new alert was posted.

    What it says is kept, and the episodes of the course are carried on. A check-in has at most
    one alert, and each therapist gets at most one letter about it.

    Args:
        tx: An open transaction.
        checkin_id: The one that was answered, or closed, or changed.
        detector: Made for its instrument.
        patience: How long the site waits.
        at: The time, aware.
    """
    course = await courses.course_around(tx, checkin_id)
    steps = await courses.steps_of(tx, course)
    upto = next((at for at, step in enumerate(steps) if step.checkin_id == checkin_id), None)
    if upto is None:
        return False
    steps = steps[: upto + 1]
    state, said = replayed(detector, [step.observation for step in steps])
    by = f"{detector.name} {detector.version}"
    await _keep(tx, course, steps, said, by=by, at=at)
    posted = False
    if said[-1] is not None and said[-1].alert:
        posted = await raise_alert.raise_alert(
            tx,
            checkin_id=checkin_id,
            patient_id=course.patient_id,
            evidence=Evidence(said[-1], notes(state, steps[-1].observation)),
            detector=by,
            quiet=patience.quiet,
            at=at,
        )
    for episode in await derive_episodes.derive(
        tx, course, unrepaired_after=patience.unrepaired_after
    ):
        if episode.episode.stage in NEWS:
            await _tell(tx, episode, checkin_id=checkin_id, at=at)
    return posted


async def _keep(
    tx: Tx,
    course: Course,
    steps: Sequence[Step],
    said: Sequence[Verdict | None],
    *,
    by: str,
    at: datetime,
) -> None:
    """Keep what is said of the last session, and of earlier ones that nothing was kept of.

    Those were never judged by themselves, such as one that was not asked about.
    """
    known = await verdicts.of_patient(tx, course.patient_id)
    for step, verdict in zip(steps[:-1], said[:-1], strict=True):
        if step.checkin_id not in known:
            await verdicts.keep(
                tx, checkin_id=step.checkin_id, verdict=verdict, detector=by, at=step.starts_at
            )
    await verdicts.keep(tx, checkin_id=steps[-1].checkin_id, verdict=said[-1], detector=by, at=at)


async def _tell(tx: Tx, kept: Kept, *, checkin_id: str, at: datetime) -> None:
    """Post the letters about an episode that has turned, once its answers can change no more."""
    for therapist_id in await care.readers_of(tx, checkin_id=checkin_id, at=at):
        await outbox.post(
            tx,
            key=f"{kept.episode.stage}:{kept.id}:{checkin_id}:{therapist_id}",
            kind="episode",
            person_id=therapist_id,
            subject_id=kept.id,
            at=at,
            not_before=at + CHANGE_WINDOW,
        )
