"""Figures of one contestant at one threshold, with bootstrap intervals over patients."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.cohorts import LONGEST, Cohort, Flags, Floats
from benchmarks.detection.judging import EARLY, Scene, delays

RESAMPLES = 400
COVERED = 95.0


class Figure(TypedDict):
    """A ratio, and the interval that holds it in 95 of 100 resamples of the patients."""

    value: float
    low: float
    high: float


def figures(alerts: Flags, scene: Scene, cohort: Cohort, *, seed: int) -> dict[str, Figure]:
    """Return every figure of the table.

    Rates are false alarms per 100 ordinary sessions; ``hit`` figures, ``clear_hit1`` and ``ppv``
    are percent; ``delay`` is sessions from onset to the first alert in the window.
    """
    counts = _counts(alerts, scene, cohort)
    weights = _resamples(len(cohort.lengths), seed)
    found: dict[str, Figure] = {}
    for name, (above, below, scale) in counts.items():
        whole = _ratio(above.sum(), below.sum(), scale)
        spread = _ratio(weights @ above, weights @ below, scale)
        low, high = np.nanpercentile(spread, [(100 - COVERED) / 2, (100 + COVERED) / 2])
        found[name] = {"value": float(whole), "low": float(low), "high": float(high)}
    return found


def average_precision(scores: Floats, scene: Scene) -> float:
    """Return the area under precision over recall of sessions in windows, percent."""
    ranked = scores[scene.scored]
    true = ~scene.ordinary[scene.scored]
    order = np.argsort(-ranked, kind="stable")
    hits = true[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(100 * precision[hits].mean())


def _counts(alerts: Flags, scene: Scene, cohort: Cohort) -> dict[str, tuple[Floats, Floats, float]]:
    """Return per patient what is counted, out of what, and the scale of the ratio."""
    false = alerts & scene.ordinary
    early = np.arange(LONGEST) < EARLY
    delay = delays(alerts, scene)
    patients = len(cohort.lengths)

    def per_episode(flags: NDArray[np.generic]) -> Floats:
        return np.bincount(
            scene.onsets[:, 0], weights=flags.astype(float), minlength=patients
        ).astype(float)

    def rate(wanted: Flags) -> tuple[Floats, Floats, float]:
        return _sums(false & wanted), _sums(scene.ordinary & wanted), 100.0

    hit = delay >= 0
    within_1 = hit & (delay <= 1)
    episodes = per_episode(np.ones(len(delay)))
    return {
        "false_alarms": rate(np.ones_like(alerts)),
        "hit0": (per_episode(delay == 0), episodes, 100.0),
        "hit1": (per_episode(within_1), episodes, 100.0),
        "hit2": (per_episode(hit & (delay <= 2)), episodes, 100.0),
        "clear_hit1": (per_episode(within_1 & scene.clear), per_episode(scene.clear), 100.0),
        "delay": (per_episode(np.where(hit, delay, 0)), per_episode(hit), 1.0),
        "ppv": (_sums(alerts & scene.scored) - _sums(false), _sums(alerts & scene.scored), 100.0),
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


def _ratio(above: Floats, below: Floats, scale: float) -> Floats:
    return np.divide(scale * above, below, out=np.full_like(above, np.nan), where=below > 0)
