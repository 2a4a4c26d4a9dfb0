"""All contestants on the same cohorts: thresholds on one cohort, judged on another."""

from collections.abc import Sequence
from functools import lru_cache
from multiprocessing import Pool
from typing import NamedTuple, TypedDict

from alliance.rupture import BUDGETS, Kind
from alliance.rupture.observation import Observation
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import threshold
from benchmarks.detection.cohorts import Cohort, simulate
from benchmarks.detection.contestants import Contestant, scores_of
from benchmarks.detection.figures import Figure, average_precision, figures
from benchmarks.detection.judging import Scene, alerts_at, scene_of, threshold_for
from benchmarks.detection.settings import Setting, instrument_of

PROCESSES = 2
TEST_SEED = 1_000_000
"""Added to a seed for the cohort that is judged."""


class Task(NamedTuple):
    """One contestant on one setting."""

    setting: Setting
    contestant: Contestant
    patients: int
    seed: int


class Result(TypedDict):
    """How one contestant did on one setting.

    ``at`` has "2", "5", "10": threshold set on the calibration cohort to that many false alarms
    per 100 ordinary sessions. "published" is the rule's own limit, "shipped 5" the threshold
    that ships for a budget of 5.
    """

    setting: str
    title: str
    name: str
    ours: bool
    average_precision: float
    thresholds: dict[str, float]
    at: dict[str, dict[str, Figure]]


def contest(tasks: Sequence[Task]) -> list[Result]:
    """Return the results of all tasks, in order; two processes share the work."""
    with Pool(PROCESSES) as pool:
        return pool.map(judged, tasks, chunksize=1)


def judged(task: Task) -> Result:
    """Return how one contestant does on one setting."""
    setting, contestant = task.setting, task.contestant
    _, calibration, courses = _prepared(setting, task.patients, task.seed)
    learned = scores_of(contestant, setting, courses)
    cohort, scene, courses = _prepared(setting, task.patients, task.seed + TEST_SEED)
    scores = scores_of(contestant, setting, courses)
    thresholds = {str(budget): threshold_for(learned, calibration, budget) for budget in BUDGETS}
    thresholds |= _given_thresholds(setting, contestant)
    return Result(
        setting=setting.name,
        title=contestant.title,
        name=contestant.name,
        ours=contestant.ours,
        average_precision=average_precision(scores, scene),
        thresholds=thresholds,
        at={
            name: figures(alerts_at(scores, threshold), scene, cohort, seed=task.seed)
            for name, threshold in thresholds.items()
        },
    )


def _given_thresholds(setting: Setting, contestant: Contestant) -> dict[str, float]:
    """Return the threshold that was published, or those that ship."""
    if contestant.published_limit is not None:
        return {"published": contestant.published_limit}
    if contestant.hears_silence or contestant.is_plain:
        return {}
    shape = shape_of(instrument_of(setting))
    kind = Kind.SCORES if setting.sensitivity is None else Kind.DIRECT
    return {
        f"shipped {budget}": threshold(contestant.name, shape, budget=budget, kind=kind)
        for budget in BUDGETS
    }


@lru_cache(maxsize=2)
def _prepared(
    setting: Setting, patients: int, seed: int
) -> tuple[Cohort, Scene, list[list[Observation]]]:
    cohort = simulate(setting, patients=patients, seed=seed)
    return cohort, scene_of(cohort), cohort.courses()
