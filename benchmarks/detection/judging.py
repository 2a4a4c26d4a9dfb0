"""Compare alerts with the true ruptures, at a budget of false alarms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.rupture.judgement import QUIET_SESSIONS
from benchmarks.detection.cohorts import (
    CLEAR,
    MAX_SESSIONS,
    Cohort,
    Flags,
    Floats,
    unanswered_sessions,
)

EARLY = 4
"""The first three scored sessions are 1, 2 and 3, counted from 0."""


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The sessions in which alerts are hits or false alarms.

    Attributes:
        scored: Sessions that took place, from the second on, (patients, 60).
        ordinary: Scored sessions outside every window, (patients, 60).
        onsets: Patient and session of each onset, (episodes, 2).
        ends: Last session of each window, (episodes,).
        clear: Episodes that were answered and at least a tenth of the range deep at the start,
            (episodes,).
    """

    scored: Flags
    ordinary: Flags
    onsets: NDArray[np.int64]
    ends: NDArray[np.int64]
    clear: Flags


def ground_truth_of(cohort: Cohort) -> GroundTruth:
    """Return the ground truth of a cohort."""
    session = np.arange(MAX_SESSIONS)[None, :]
    scored: Flags = np.logical_and(session >= 1, session < cohort.lengths[:, None])
    ordinary = scored.copy()
    answered = ~unanswered_sessions(cohort.answers)
    onsets, ends, clear = [], [], []
    for episode in cohort.ruptures:
        last = min(episode.end + 1, int(cohort.lengths[episode.patient]) - 1)
        ordinary[episode.patient, episode.onset : last + 1] = False
        onsets.append((episode.patient, episode.onset))
        ends.append(last)
        early = slice(episode.onset, min(episode.onset + 2, episode.end + 1))
        deep = cohort.drops[episode.patient, early] >= CLEAR
        clear.append(bool((deep & answered[episode.patient, early]).any()))
    return GroundTruth(
        scored=scored,
        ordinary=ordinary,
        onsets=np.array(onsets, dtype=np.int64).reshape(-1, 2),
        ends=np.array(ends, dtype=np.int64),
        clear=np.array(clear, dtype=np.bool_),
    )


def alerts_at(scores: Floats, threshold: float) -> Flags:
    """Return the alerts at or above the threshold, without those in quiet sessions.

    Args:
        scores: One score per session, -inf without a verdict, (patients, 60).
        threshold: The lowest score that raises an alert.
    """
    raised = scores >= threshold
    alerts = np.zeros_like(raised)
    quiet = np.zeros(len(raised), dtype=np.int64)
    for session in range(raised.shape[1]):
        now = raised[:, session] & (quiet == 0)
        alerts[:, session] = now
        quiet = np.where(now, QUIET_SESSIONS, np.maximum(quiet - 1, 0))
    return alerts


def false_alarm_rate(alerts: Flags, truth: GroundTruth) -> float:
    """Return false alarms per 100 ordinary sessions."""
    return float(100.0 * (alerts & truth.ordinary).sum() / truth.ordinary.sum())


def threshold_for(scores: Floats, truth: GroundTruth, budget: float) -> float:
    """Return the lowest threshold whose false alarms stay within the budget.

    Bisection over the scores: the rate falls as the threshold rises, apart from small effects of
    quiet sessions.
    """
    levels = np.unique(scores[truth.scored & np.isfinite(scores)])
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if false_alarm_rate(alerts_at(scores, float(levels[middle])), truth) <= budget:
            high = middle
        else:
            low = middle + 1
    return float(levels[low]) if low < len(levels) else float(np.nextafter(levels[-1], np.inf))


def delays(alerts: Flags, truth: GroundTruth) -> NDArray[np.int64]:
    """Return the sessions from onset to the first alert in the window, -1 if none, (episodes,)."""
    result = np.full(len(truth.ends), -1, dtype=np.int64)
    for index, ((patient, onset), end) in enumerate(
        zip(truth.onsets.tolist(), truth.ends.tolist(), strict=True)
    ):
        hits = np.flatnonzero(alerts[patient, onset : end + 1])
        if len(hits):
            result[index] = hits[0]
    return result
