"""Make the thresholds behind the budgets, for a grid of shapes of instruments.

python -m benchmarks.detection.make_thresholds [--patients 6000] [--seed 101]

A threshold depends on the people who answer at least as much as on the shape. Coarse scales are
simulated with the people of ``wai7``, scales of ten steps and more with those of ``srs``, as such
scales were met in the literature; what lies between is interpolated. A site with sessions of its
own does better with ``alliance.rupture.calibration``.
"""

import argparse
import json
from dataclasses import asdict, replace
from multiprocessing import Pool
from typing import NamedTuple, TypedDict

from alliance.instruments import ItemKind
from alliance.rupture import BUDGETS
from alliance.rupture.registry import RULES
from alliance.rupture.thresholds import FILE
from benchmarks.detection.cohorts import silent_throughout, simulate
from benchmarks.detection.contest import PROCESSES
from benchmarks.detection.contestants import (
    MAIN,
    NEVER,
    OWN_BASELINE,
    SILENCE,
    Contestant,
    scores_of,
)
from benchmarks.detection.judging import scene_of, threshold_for
from benchmarks.detection.settings import SRS, WAI7, Setting

STEPS = (2, 4, 6, 10, 20, 100)
ITEMS = (1, 2, 4, 8, 12)
FINE = 10
ORDER: tuple[ItemKind, ...] = ("overall", "bond", "goal", "task")
DIGITS = 4


class Shape(NamedTuple):
    """One place on the grid."""

    steps: int
    items: int
    patients: int
    seed: int


class Made(TypedDict):
    """The thresholds of one detector at one place, by budget."""

    steps: int
    items: int
    scores: dict[int, float]
    silence: dict[int, float]


def setting_of(steps: int, items: int) -> Setting:
    """Return the people and the instrument that stand for a shape."""
    people = SRS if steps >= FINE else WAI7
    kinds = tuple(ORDER[place % len(ORDER)] for place in range(items))
    return replace(people, steps=steps, kinds=kinds)


def thresholds_of(shape: Shape) -> dict[str, Made]:
    """Return the thresholds of each detector with a budget, at one place."""
    setting = setting_of(shape.steps, shape.items)
    cohort = simulate(setting, patients=shape.patients, seed=shape.seed)
    scene, courses = scene_of(cohort), cohort.courses()
    silent = silent_throughout(cohort.answers)

    def found(contestant: Contestant, *, of_silence: bool) -> dict[int, float]:
        scores = scores_of(contestant, setting, courses)
        scores[silent != of_silence] = NEVER
        return {budget: round(threshold_for(scores, scene, budget), DIGITS) for budget in BUDGETS}

    own_baseline = found(OWN_BASELINE, of_silence=False)
    return {
        MAIN.name: Made(
            steps=shape.steps,
            items=shape.items,
            scores=found(MAIN, of_silence=False),
            silence=found(SILENCE, of_silence=True),
        ),
        OWN_BASELINE.name: Made(
            steps=shape.steps, items=shape.items, scores=own_baseline, silence={}
        ),
    }


def main() -> None:
    """Simulate the grid and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=6000, help="patients of each shape")
    parser.add_argument("--seed", type=int, default=101)
    options = parser.parse_args()
    grid = [
        Shape(steps, items, options.patients, options.seed) for steps in STEPS for items in ITEMS
    ]
    with Pool(PROCESSES) as pool:
        made = pool.map(thresholds_of, grid, chunksize=1)
    names = (MAIN.name, OWN_BASELINE.name)
    said = {
        "made_by": "python -m benchmarks.detection.make_thresholds",
        "patients": options.patients,
        "seed": options.seed,
        "versions": {name: RULES[name].version for name in names},
        "people": {"ten steps and more": asdict(SRS), "fewer steps": asdict(WAI7)},
        "detectors": {name: [one[name] for one in made] for name in names},
    }
    FILE.write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
