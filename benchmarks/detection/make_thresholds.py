"""Make the thresholds of the budgets, for shipped instruments and for a grid of shapes.

python -m benchmarks.detection.make_thresholds [--patients 4000] [--shipped 12000] [--seed 101]

A threshold depends on the population at least as much as on the shape. Coarse scales are simulated
with the population ``wai7``, scales of ten steps and more with ``srs``, as in the literature;
values in between are interpolated. A site with its own sessions does better with
``alliance.rupture.calibration``.
"""

import argparse
import json
from dataclasses import asdict, replace
from multiprocessing import Pool
from typing import Any, NamedTuple

import numpy as np

from alliance.checkins.instruments import ItemKind, instrument, instrument_ids
from alliance.rupture import BUDGETS, VerdictKind
from alliance.rupture.rules.registry import RULES
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import FILE
from benchmarks.detection.cohorts import Cohort, Floats, simulate, unanswered_sessions
from benchmarks.detection.contest import PROCESSES
from benchmarks.detection.contestants import (
    MAIN,
    NEVER,
    OWN_BASELINE,
    SILENCE,
    Contestant,
    scores_of,
)
from benchmarks.detection.judging import ground_truth_of, threshold_for
from benchmarks.detection.settings import SENSITIVITY, SRS, WAI7, SimulatedPopulation

STEPS = (2, 4, 6, 10, 20, 100)
ITEMS = (1, 2, 4, 8, 12)
FINE_STEPS = 10
ORDER: tuple[ItemKind, ...] = ("overall", "bond", "goal", "task")
DIGITS = 4

BUDGET_SHARE = 0.97
"""Share of the budget to aim at, so that another population rarely exceeds it by chance."""


class SimulatedShape(NamedTuple):
    """What is simulated: a shipped instrument, or a point of the grid."""

    setting: SimulatedPopulation
    ships: bool
    patients: int
    seed: int


def population_for(steps: int, kinds: tuple[ItemKind, ...]) -> SimulatedPopulation:
    """Return the population and instrument that represent a shape."""
    return replace(SRS if steps >= FINE_STEPS else WAI7, steps=steps, kinds=kinds)


def grid_population(steps: int, items: int) -> SimulatedPopulation:
    """Return the population and instrument that represent a point of the grid."""
    return population_for(steps, tuple(ORDER[place % len(ORDER)] for place in range(items)))


def shipped_population(instrument_id: str) -> SimulatedPopulation:
    """Return the population and instrument that represent a shipped instrument."""
    shape = shape_of(instrument(instrument_id))
    return population_for(round(1 / shape.step), shape.kinds)


def thresholds_of(shape: SimulatedShape) -> dict[str, dict[str, Any]]:
    """Return the entry of the file for each detector with a budget, for one shape."""
    setting = shape.setting
    with_question = replace(setting, sensitivity=SENSITIVITY)
    without, direct = (
        simulate(one, patients=shape.patients, seed=shape.seed) for one in (setting, with_question)
    )
    described: dict[str, Any] = {"steps": setting.steps, "items": len(setting.kinds)}
    if shape.ships:
        described["kinds"] = setting.kinds
    scores = _scores(SILENCE, without)
    silent = unanswered_sessions(without.answers)
    plain = _thresholds_by_budget(_scores(OWN_BASELINE, without), without)
    return {
        MAIN.name: described
        | {
            VerdictKind.SCORES: _thresholds_by_budget(np.where(silent, NEVER, scores), without),
            VerdictKind.DIRECT: _thresholds_by_budget(_scores(MAIN, direct), direct),
            VerdictKind.SILENCE: _thresholds_by_budget(np.where(silent, scores, NEVER), without),
        },
        OWN_BASELINE.name: described
        | {VerdictKind.SCORES: plain, VerdictKind.DIRECT: plain, VerdictKind.SILENCE: {}},
    }


def _scores(contestant: Contestant, cohort: Cohort) -> Floats:
    return scores_of(contestant, cohort.setting, cohort.courses())


def _thresholds_by_budget(scores: Floats, cohort: Cohort) -> dict[int, float]:
    """Return the threshold for each budget."""
    truth = ground_truth_of(cohort)
    return {
        budget: round(threshold_for(scores, truth, BUDGET_SHARE * budget), DIGITS)
        for budget in BUDGETS
    }


def main() -> None:
    """Simulate all shapes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=4000, help="for each point of the grid")
    parser.add_argument("--shipped", type=int, default=12000, help="for each shipped instrument")
    parser.add_argument("--seed", type=int, default=101)
    options = parser.parse_args()
    shapes = [
        SimulatedShape(shipped_population(one), True, options.shipped, options.seed)
        for one in instrument_ids()
    ] + [
        SimulatedShape(grid_population(steps, items), False, options.patients, options.seed)
        for steps in STEPS
        for items in ITEMS
    ]
    with Pool(PROCESSES) as pool:
        entries = pool.map(thresholds_of, shapes, chunksize=1)
    names = (MAIN.name, OWN_BASELINE.name)
    content = {
        "made_by": "python -m benchmarks.detection.make_thresholds",
        "patients": {"grid": options.patients, "instruments that ship": options.shipped},
        "seed": options.seed,
        "aim": BUDGET_SHARE,
        "versions": {name: RULES[name].version for name in names},
        "people": {"ten steps and more": asdict(SRS), "fewer steps": asdict(WAI7)},
        "detectors": {name: [one[name] for one in entries] for name in names},
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
