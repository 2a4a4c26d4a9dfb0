"""Evaluate a patient's course after a check-in, answered or not: verdicts, alerts, episodes."""

from collections.abc import Sequence
from datetime import datetime

from alliance.alerts.alert_settings import AlertSettings
from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import Evidence
from alliance.calendar.timing import CHANGE_WINDOW
from alliance.rupture import Detector, Verdict, replay_observations
from alliance.rupture.notes import notes
from storage.alerts import derive_episodes, raise_alert, verdicts
from storage.alerts.episodes import StoredEpisode
from storage.caseload import courses
from storage.caseload.courses import CourseKey, CourseStep
from storage.database.tx import Tx
from storage.messages.post import post_episode
from storage.people import care

NOTIFIED_STAGES = frozenset({Stage.RECOVERED, Stage.UNREPAIRED})
"""Stages of an episode of which therapists are notified."""


async def evaluate_checkin(
    tx: Tx, *, checkin_id: str, detector: Detector, alert_settings: AlertSettings, at: datetime
) -> bool:
    """Run the detector on the course up to a check-in; True if a new alert was posted.

    Its verdict is saved, and the episodes of the course are updated. A check-in has at most one
    alert, and each therapist gets at most one notice of it.

    Args:
        tx: An open transaction.
        checkin_id: A check-in that was answered, changed or closed.
        detector: The site's detector for the check-in's instrument.
        alert_settings: The site's settings for alerts.
        at: The time, aware.
    """
    course = await courses.course_of_checkin(tx, checkin_id)
    steps = await courses.steps_of(tx, course)
    place = next((at for at, step in enumerate(steps) if step.checkin_id == checkin_id), None)
    if place is None:
        return False
    steps = steps[: place + 1]
    state, replayed = replay_observations(detector, [step.observation for step in steps])
    verdict, version = replayed[-1], f"{detector.name} {detector.version}"
    await _save_verdicts(tx, course, steps, replayed, detector=version, at=at)
    posted = False
    if verdict is not None and verdict.alert:
        posted = await raise_alert.raise_alert(
            tx,
            checkin_id=checkin_id,
            patient_id=course.patient_id,
            evidence=Evidence(verdict, notes(state, steps[-1].observation)),
            detector=version,
            quiet=alert_settings.quiet,
            at=at,
        )
    for episode in await derive_episodes.derive(
        tx, course, unrepaired_after=alert_settings.unrepaired_after
    ):
        if episode.episode.stage in NOTIFIED_STAGES:
            await _notify_therapists(tx, episode, checkin_id=checkin_id, at=at)
    return posted


async def _save_verdicts(
    tx: Tx,
    course: CourseKey,
    steps: Sequence[CourseStep],
    replayed: Sequence[Verdict | None],
    *,
    detector: str,
    at: datetime,
) -> None:
    """Save the verdict on the last session, and on earlier sessions without a stored verdict.

    Sessions without a check-in, for example, were never evaluated themselves.
    """
    stored = await verdicts.of_patient(tx, course.patient_id)
    last = len(steps) - 1
    for place, (step, verdict) in enumerate(zip(steps, replayed, strict=True)):
        if place == last or step.checkin_id not in stored:
            await verdicts.save(
                tx,
                checkin_id=step.checkin_id,
                verdict=verdict,
                detector=detector,
                at=at if place == last else step.starts_at,
            )


async def _notify_therapists(
    tx: Tx, stored: StoredEpisode, *, checkin_id: str, at: datetime
) -> None:
    """Notify therapists of an episode's new stage once the answers can no longer change."""
    for therapist_id in await care.readers_of(tx, checkin_id=checkin_id, at=at):
        await post_episode(
            tx,
            episode_id=stored.id,
            stage=stored.episode.stage,
            checkin_id=checkin_id,
            therapist_id=therapist_id,
            at=at,
            not_before=at + CHANGE_WINDOW,
        )
