"""Who is judged: every detector that ships, run through the code that ships, and a plain model."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from alliance.rupture import Kind, Ratios, Settings, detector, replayed
from alliance.rupture.observation import Observation
from alliance.rupture.rules.registry import RULES
from alliance.rupture.shape import shape_of
from benchmarks.detection.cohorts import LONGEST, Floats
from benchmarks.detection.plain import plain_scores
from benchmarks.detection.settings import Setting, instrument_of

NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the table.

    Attributes:
        title: What the table calls it.
        name: Name of the detector.
        ours: Whether it is ours; else it is a published rule.
        hears_silence: Whether unanswered check-ins may alert by themselves.
        is_plain: Whether it is the model of ``plain``, which does not ship.
    """

    title: str
    name: str
    ours: bool = False
    hears_silence: bool = False
    is_plain: bool = False

    @property
    def published_limit(self) -> float | None:
        """The published limit; None where a budget decides."""
        return None if self.is_plain else RULES[self.name].limit


MAIN = Contestant("hidden Markov (as shipped)", "hidden_markov", ours=True)
SILENCE = replace(MAIN, title="hidden Markov, silence may alert", hears_silence=True)
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


def scores_of(contestant: Contestant, setting: Setting, courses: list[list[Observation]]) -> Floats:
    """Return one score per session, -inf where there was no verdict, shape (patients, 60)."""
    scorer = _plain(setting) if contestant.is_plain else _shipped(contestant, setting)
    scores = np.full((len(courses), LONGEST), NEVER)
    for patient, course in enumerate(courses):
        for session, score in enumerate(scorer(course)):
            if score is not None:
                scores[patient, session] = score
    return scores


Scorer = Callable[[list[Observation]], list[float | None]]


def _shipped(contestant: Contestant, setting: Setting) -> Scorer:
    watch = detector(
        contestant.name,
        instrument=instrument_of(setting),
        settings=Settings(silence_budget=5 if contestant.hears_silence else None),
    )

    def scores(course: list[Observation]) -> list[float | None]:
        return [
            None if verdict is None or verdict.kind is Kind.DIRECT else verdict.probability
            for verdict in replayed(watch, course)[1]
        ]

    return scores


def _plain(setting: Setting) -> Scorer:
    shape, ratios = shape_of(instrument_of(setting)), Ratios()

    def scores(course: list[Observation]) -> list[float | None]:
        rows = [shape.ratings(observation.answers or {}) for observation in course]
        told = [ratios.of(observation.direct) for observation in course]
        return plain_scores(rows, told, shape.kinds, shape.step)

    return scores
