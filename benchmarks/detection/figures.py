"""Figures of one contestant at one threshold, with bootstrap intervals over patients."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.cohorts import MAX_SESSIONS, Cohort, Flags, Floats
from benchmarks.detection.judging import EARLY, GroundTruth, delays

RESAMPLES = 400
COVERED = 95.0


class Figure(TypedDict):
    """A ratio with its 95 % bootstrap interval over patients."""

    value: float
    low: float
    high: float


def figures(alerts: Flags, truth: GroundTruth, cohort: Cohort, *, seed: int) -> dict[str, Figure]:
    """Return all figures of the table.

    Rates are false alarms per 100 ordinary sessions; ``hit`` figures, ``clear_hit1`` and ``ppv``
    are percent; ``delay`` is sessions from onset to the first alert in the window.
    """
    counts = _counts(alerts, truth, cohort)
    weights = _resamples(len(cohort.lengths), seed)
    results: dict[str, Figure] = {}
    for name, (numerator, denominator, scale) in counts.items():
        whole = _ratio(numerator.sum(), denominator.sum(), scale)
        spread = _ratio(weights @ numerator, weights @ denominator, scale)
        low, high = np.nanpercentile(spread, [(100 - COVERED) / 2, (100 + COVERED) / 2])
        results[name] = {"value": float(whole), "low": float(low), "high": float(high)}
    return results


def average_precision(scores: Floats, truth: GroundTruth) -> float:
    """Return the area under the precision-recall curve of sessions, in percent."""
    ranked = scores[truth.scored]
    is_rupture = ~truth.ordinary[truth.scored]
    order = np.argsort(-ranked, kind="stable")
    hits = is_rupture[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(100 * precision[hits].mean())


def _counts(
    alerts: Flags, truth: GroundTruth, cohort: Cohort
) -> dict[str, tuple[Floats, Floats, float]]:
    """Return numerator and denominator per patient, and the scale of the ratio."""
    false = alerts & truth.ordinary
    early = np.arange(MAX_SESSIONS) < EARLY
    delay = delays(alerts, truth)
    patients = len(cohort.lengths)

    def per_episode(flags: NDArray[np.generic]) -> Floats:
        return np.bincount(
            truth.onsets[:, 0], weights=flags.astype(float), minlength=patients
        ).astype(float)

    def rate(wanted: Flags) -> tuple[Floats, Floats, float]:
        return _sums(false & wanted), _sums(truth.ordinary & wanted), 100.0

    hit = delay >= 0
    within_1 = hit & (delay <= 1)
    episodes = per_episode(np.ones(len(delay)))
    return {
        "false_alarms": rate(np.ones_like(alerts)),
        "hit0": (per_episode(delay == 0), episodes, 100.0),
        "hit1": (per_episode(within_1), episodes, 100.0),
        "hit2": (per_episode(hit & (delay <= 2)), episodes, 100.0),
        "clear_hit1": (per_episode(within_1 & truth.clear), per_episode(truth.clear), 100.0),
        "delay": (per_episode(np.where(hit, delay, 0)), per_episode(hit), 1.0),
        "ppv": (_sums(alerts & truth.scored) - _sums(false), _sums(alerts & truth.scored), 100.0),
        "early": rate(np.broadcast_to(early, alerts.shape)),
        "at_maximum": rate(np.broadcast_to(cohort.at_maximum[:, None], alerts.shape)),
        "noisy": rate(np.broadcast_to(cohort.noisy[:, None], alerts.shape)),
    }


def _sums(flags: Flags) -> Floats:
    return np.asarray(flags.sum(axis=1), dtype=np.float64)


def _resamples(patients: int, seed: int) -> Floats:
    """Return how often each patient is drawn in each resample."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(patients, np.full(patients, 1 / patients), RESAMPLES).astype(float)


def _ratio(numerator: Floats, denominator: Floats, scale: float) -> Floats:
    return np.divide(
        scale * numerator,
        denominator,
        out=np.full_like(numerator, np.nan),
        where=denominator > 0,
    )
