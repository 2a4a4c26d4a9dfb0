"""All contestants on the same cohorts: thresholds from one cohort, results from another."""

from collections.abc import Sequence
from functools import lru_cache
from multiprocessing import Pool
from typing import NamedTuple, TypedDict

from alliance.rupture import BUDGETS, VerdictKind
from alliance.rupture.observation import Observation
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import threshold
from benchmarks.detection.cohorts import Cohort, simulate
from benchmarks.detection.contestants import Contestant, scores_of
from benchmarks.detection.figures import Figure, average_precision, figures
from benchmarks.detection.judging import GroundTruth, alerts_at, ground_truth_of, threshold_for
from benchmarks.detection.settings import SimulatedPopulation, instrument_of

PROCESSES = 2
TEST_SEED = 1_000_000
"""Added to the seed for the test cohort."""


class Task(NamedTuple):
    """One contestant on one simulated population."""

    setting: SimulatedPopulation
    contestant: Contestant
    patients: int
    seed: int


class ContestResult(TypedDict):
    """The results of one contestant on one simulated population.

    ``at`` has the keys "2", "5", "10", with thresholds from the calibration cohort for that many
    false alarms per 100 ordinary sessions; "published", with the rule's own limit; and "shipped 5",
    with the threshold that ships for a budget of 5.
    """

    setting: str
    title: str
    name: str
    ours: bool
    average_precision: float
    thresholds: dict[str, float]
    at: dict[str, dict[str, Figure]]


def contest(tasks: Sequence[Task]) -> list[ContestResult]:
    """Return the results of all tasks, in order, using two processes."""
    with Pool(PROCESSES) as pool:
        return pool.map(judge, tasks, chunksize=1)


def judge(task: Task) -> ContestResult:
    """Return the results of one contestant on one population."""
    setting, contestant = task.setting, task.contestant
    _, calibration, courses = _prepare(setting, task.patients, task.seed)
    calibration_scores = scores_of(contestant, setting, courses)
    cohort, truth, courses = _prepare(setting, task.patients, task.seed + TEST_SEED)
    scores = scores_of(contestant, setting, courses)
    thresholds = {
        str(budget): threshold_for(calibration_scores, calibration, budget) for budget in BUDGETS
    }
    thresholds |= _published_or_shipped_thresholds(setting, contestant)
    return ContestResult(
        setting=setting.name,
        title=contestant.title,
        name=contestant.name,
        ours=contestant.ours,
        average_precision=average_precision(scores, truth),
        thresholds=thresholds,
        at={
            name: figures(alerts_at(scores, threshold), truth, cohort, seed=task.seed)
            for name, threshold in thresholds.items()
        },
    )


def _published_or_shipped_thresholds(
    setting: SimulatedPopulation, contestant: Contestant
) -> dict[str, float]:
    """Return the published threshold, or the thresholds that ship."""
    if contestant.published_limit is not None:
        return {"published": contestant.published_limit}
    if contestant.alerts_on_silence or contestant.is_plain:
        return {}
    shape = shape_of(instrument_of(setting))
    kind = VerdictKind.SCORES if setting.sensitivity is None else VerdictKind.DIRECT
    return {
        f"shipped {budget}": threshold(contestant.name, shape, budget=budget, kind=kind)
        for budget in BUDGETS
    }


@lru_cache(maxsize=2)
def _prepare(
    setting: SimulatedPopulation, patients: int, seed: int
) -> tuple[Cohort, GroundTruth, list[list[Observation]]]:
    cohort = simulate(setting, patients=patients, seed=seed)
    return cohort, ground_truth_of(cohort), cohort.courses()
