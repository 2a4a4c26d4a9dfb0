"""How an alerting system is judged: alerts against the true ruptures, at a budget."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.rupture.judgement import QUIET_SESSIONS
from benchmarks.detection.cohorts import CLEAR, LONGEST, Cohort, Flags, Floats, silent_throughout

EARLY = 4
"""The first three scored sessions are 1, 2 and 3, counted from 0."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where alerts are hits and where they are false.

    Attributes:
        scored: Sessions that took place, from the second on, (patients, 60).
        ordinary: Scored sessions outside every window, (patients, 60).
        onsets: Patient and session of each onset, (episodes, 2).
        ends: Last session of each window, (episodes,).
        clear: Episodes answered and at least a tenth of the range deep early on, (episodes,).
    """

    scored: Flags
    ordinary: Flags
    onsets: NDArray[np.int64]
    ends: NDArray[np.int64]
    clear: Flags


def scene_of(cohort: Cohort) -> Scene:
    """Return where alerts are hits and where they are false in this cohort."""
    session = np.arange(LONGEST)[None, :]
    scored: Flags = np.logical_and(session >= 1, session < cohort.lengths[:, None])
    ordinary = scored.copy()
    answered = ~silent_throughout(cohort.answers)
    onsets, ends, clear = [], [], []
    for episode in cohort.episodes:
        last = min(episode.end + 1, int(cohort.lengths[episode.patient]) - 1)
        ordinary[episode.patient, episode.onset : last + 1] = False
        onsets.append((episode.patient, episode.onset))
        ends.append(last)
        early = slice(episode.onset, min(episode.onset + 2, episode.end + 1))
        deep = cohort.drops[episode.patient, early] >= CLEAR
        clear.append(bool((deep & answered[episode.patient, early]).any()))
    return Scene(
        scored=scored,
        ordinary=ordinary,
        onsets=np.array(onsets, dtype=np.int64).reshape(-1, 2),
        ends=np.array(ends, dtype=np.int64),
        clear=np.array(clear, dtype=np.bool_),
    )


def alerts_at(scores: Floats, threshold: float) -> Flags:
    """Return the alerts of raises at or above the threshold, quiet sessions left out.

    Args:
        scores: One score per session, -inf where there was no verdict, (patients, 60).
        threshold: From which score on a session is raised.
    """
    raised = scores >= threshold
    alerts = np.zeros_like(raised)
    quiet = np.zeros(len(raised), dtype=np.int64)
    for session in range(raised.shape[1]):
        now = raised[:, session] & (quiet == 0)
        alerts[:, session] = now
        quiet = np.where(now, QUIET_SESSIONS, np.maximum(quiet - 1, 0))
    return alerts


def false_alarm_rate(alerts: Flags, scene: Scene) -> float:
    """Return false alarms per 100 ordinary sessions."""
    return float(100.0 * (alerts & scene.ordinary).sum() / scene.ordinary.sum())


def threshold_for(scores: Floats, scene: Scene, budget: float) -> float:
    """Return the lowest threshold whose false alarms stay within the budget.

    Bisection over the scores seen: the rate falls as the threshold rises, but for the little
    that quiet sessions hide.
    """
    seen = np.unique(scores[scene.scored & np.isfinite(scores)])
    low, high = 0, len(seen)
    while low < high:
        middle = (low + high) // 2
        if false_alarm_rate(alerts_at(scores, float(seen[middle])), scene) <= budget:
            high = middle
        else:
            low = middle + 1
    return float(seen[low]) if low < len(seen) else float(np.nextafter(seen[-1], np.inf))


def delays(alerts: Flags, scene: Scene) -> NDArray[np.int64]:
    """Return sessions from onset to the first alert in the window, -1 without, (episodes,)."""
    found = np.full(len(scene.ends), -1, dtype=np.int64)
    for index, ((patient, onset), end) in enumerate(
        zip(scene.onsets.tolist(), scene.ends.tolist(), strict=True)
    ):
        hits = np.flatnonzero(alerts[patient, onset : end + 1])
        if len(hits):
            found[index] = hits[0]
    return found
