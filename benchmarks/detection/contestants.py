"""The contestants: every detector that ships, run with the code that ships, and a plain model."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from alliance.rupture import (
    DetectionSettings,
    LikelihoodRatios,
    VerdictKind,
    detector,
    replay_observations,
)
from alliance.rupture.observation import Observation
from alliance.rupture.rules.registry import RULES
from alliance.rupture.shape import shape_of
from benchmarks.detection.cohorts import MAX_SESSIONS, Floats
from benchmarks.detection.plain import plain_scores
from benchmarks.detection.settings import SimulatedPopulation, instrument_of

NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the table.

    Attributes:
        title: Its title in the table.
        name: Name of the detector.
        ours: Whether it is ours; otherwise it is a published rule.
        alerts_on_silence: Whether unanswered check-ins alone may raise alerts.
        is_plain: Whether it is the model in ``plain``, which does not ship.
    """

    title: str
    name: str
    ours: bool = False
    alerts_on_silence: bool = False
    is_plain: bool = False

    @property
    def published_limit(self) -> float | None:
        """The published limit; None if a budget sets the threshold."""
        return None if self.is_plain else RULES[self.name].limit


MAIN = Contestant("hidden Markov (as shipped)", "hidden_markov", ours=True)
SILENCE = replace(MAIN, title="hidden Markov, silence may alert", alerts_on_silence=True)
PLAIN = Contestant("plain hidden Markov model", "plain", ours=True, is_plain=True)
OWN_BASELINE = Contestant("own baseline (pooled SD)", "own_baseline", ours=True)
PUBLISHED = (
    Contestant("OpenFIT: below 36, or down by 1", "openfit"),
    Contestant("SRS manual: at most 36, item below 9", "srs_manual"),
    Contestant("any item below 9", "item_below_9"),
    Contestant("Hunhu: any item below 7.5", "hunhu"),
    Contestant("own mean - 2 own SD", "own_mean_2sd"),
    Contestant("own mean - 1 sample SD", "own_mean_sample_sd"),
    Contestant("own mean - 2 SD, stricter SD", "own_mean_stricter_sd"),
    Contestant("individuals chart", "individuals_chart_3"),
    Contestant("reliable change, last session", "reliable_change"),
    Contestant("self-starting CUSUM", "self_starting_cusum"),
    Contestant("EWMA", "ewma"),
)
EVERYBODY = (MAIN, SILENCE, PLAIN, OWN_BASELINE, *PUBLISHED)


def scores_of(
    contestant: Contestant, setting: SimulatedPopulation, courses: list[list[Observation]]
) -> Floats:
    """Return one score per session, -inf without a verdict, shape (patients, 60)."""
    scorer = _plain_scorer(setting) if contestant.is_plain else _shipped_scorer(contestant, setting)
    scores = np.full((len(courses), MAX_SESSIONS), NEVER)
    for patient, course in enumerate(courses):
        for session, score in enumerate(scorer(course)):
            if score is not None:
                scores[patient, session] = score
    return scores


Scorer = Callable[[list[Observation]], list[float | None]]


def _shipped_scorer(contestant: Contestant, setting: SimulatedPopulation) -> Scorer:
    watch = detector(
        contestant.name,
        instrument=instrument_of(setting),
        settings=DetectionSettings(silence_budget=5 if contestant.alerts_on_silence else None),
    )

    def scores(course: list[Observation]) -> list[float | None]:
        return [
            None if verdict is None or verdict.kind is VerdictKind.DIRECT else verdict.probability
            for verdict in replay_observations(watch, course)[1]
        ]

    return scores


def _plain_scorer(setting: SimulatedPopulation) -> Scorer:
    shape, ratios = shape_of(instrument_of(setting)), LikelihoodRatios()

    def scores(course: list[Observation]) -> list[float | None]:
        rows = [shape.ratings(observation.answers or {}) for observation in course]
        likelihoods = [ratios.ratio_of(observation.direct) for observation in course]
        return plain_scores(rows, likelihoods, shape.kinds, shape.step)

    return scores
