"""Who is judged: every detector that ships, run through the code that ships."""

from dataclasses import dataclass, replace

import numpy as np

from alliance.rupture import Kind, Settings, detector
from alliance.rupture.observation import Observation
from alliance.rupture.registry import RULES
from alliance.rupture.state import State
from benchmarks.detection.cohorts import LONGEST, Floats
from benchmarks.detection.settings import Setting, instrument_of

NEVER = -np.inf
CERTAIN = 1e12
"""So much weight behind the assumed item error that a patient's own never counts."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the table.

    Attributes:
        title: What the table calls it.
        name: Name of the detector.
        ours: Whether it is ours; else it is a published rule.
        hears_silence: Whether unanswered check-ins may alert by themselves.
        same_error_for_all: Whether the item error is that of everybody, as in the reference
            model, instead of the patient's own.
    """

    title: str
    name: str
    ours: bool = False
    hears_silence: bool = False
    same_error_for_all: bool = False

    @property
    def published_limit(self) -> float | None:
        """The published limit; None where a budget decides."""
        return RULES[self.name].limit


MAIN = Contestant("hidden Markov (as shipped)", "hidden_markov", ours=True)
SILENCE = replace(MAIN, title="hidden Markov, silence may alert", hears_silence=True)
REFERENCE = replace(MAIN, title="hidden Markov, same item error", same_error_for_all=True)
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
EVERYBODY = (MAIN, SILENCE, REFERENCE, OWN_BASELINE, *PUBLISHED)


def scores_of(contestant: Contestant, setting: Setting, courses: list[list[Observation]]) -> Floats:
    """Return one score per session, -inf where there was no verdict, shape (patients, 60)."""
    silence_budget = 5 if contestant.hears_silence else None
    watch = detector(
        contestant.name,
        instrument=instrument_of(setting),
        settings=Settings(silence_budget=silence_budget),
    )
    first = watch.begin()
    if contestant.same_error_for_all:
        first = certain_of_error(first)
    scores = np.full((len(courses), LONGEST), NEVER)
    for patient, course in enumerate(courses):
        state = first
        for session, observation in enumerate(course):
            state, verdict = watch.step(state, observation)
            if verdict is not None and verdict.kind is not Kind.DIRECT:
                scores[patient, session] = verdict.probability
    return scores


def certain_of_error(state: State) -> State:
    """Return the state of somebody whose item error is held to be that of everybody."""
    baseline = state.baseline._replace(noise_weight=CERTAIN, noise_squares=CERTAIN)
    return state._replace(baseline=baseline)
