"""Make the thresholds behind the budgets, for instruments that ship and for a grid of shapes.

python -m benchmarks.detection.make_thresholds [--patients 4000] [--shipped 12000] [--seed 101]

A threshold depends on the people who answer at least as much as on the shape. Coarse scales are
simulated with the people of ``wai7``, scales of ten steps and more with those of ``srs``, as such
scales were met in the literature; what lies between is interpolated. A site with sessions of its
own does better with ``alliance.rupture.calibration``.
"""

import argparse
import json
from dataclasses import asdict, replace
from multiprocessing import Pool
from typing import Any, NamedTuple

import numpy as np

from alliance.checkins.instruments import ItemKind, instrument, instrument_ids
from alliance.rupture import BUDGETS, Kind
from alliance.rupture.rules.registry import RULES
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import FILE
from benchmarks.detection.cohorts import Cohort, Floats, silent_throughout, simulate
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
from benchmarks.detection.settings import SENSITIVITY, SRS, WAI7, Setting

STEPS = (2, 4, 6, 10, 20, 100)
ITEMS = (1, 2, 4, 8, 12)
FINE = 10
ORDER: tuple[ItemKind, ...] = ("overall", "bond", "goal", "task")
DIGITS = 4

AIM = 0.97
"""Share of a budget that is aimed at: chance alone shall rarely take other people over it."""


class Place(NamedTuple):
    """What is simulated: an instrument that ships, or a place on the grid."""

    setting: Setting
    ships: bool
    patients: int
    seed: int


def people_of(steps: int, kinds: tuple[ItemKind, ...]) -> Setting:
    """Return the people and the instrument that stand for a shape."""
    return replace(SRS if steps >= FINE else WAI7, steps=steps, kinds=kinds)


def setting_of(steps: int, items: int) -> Setting:
    """Return the people and the instrument that stand for a place on the grid."""
    return people_of(steps, tuple(ORDER[place % len(ORDER)] for place in range(items)))


def shipped(instrument_id: str) -> Setting:
    """Return the people and the instrument that stand for an instrument that ships."""
    shape = shape_of(instrument(instrument_id))
    return people_of(round(1 / shape.step), shape.kinds)


def thresholds_of(place: Place) -> dict[str, dict[str, Any]]:
    """Return an entry of the file for each detector with a budget, at one place."""
    setting = place.setting
    asked = replace(setting, sensitivity=SENSITIVITY)
    unasked, direct = (
        simulate(one, patients=place.patients, seed=place.seed) for one in (setting, asked)
    )
    where: dict[str, Any] = {"steps": setting.steps, "items": len(setting.kinds)}
    if place.ships:
        where["kinds"] = setting.kinds
    heard = _scored(SILENCE, unasked)
    silent = silent_throughout(unasked.answers)
    plain = _found(_scored(OWN_BASELINE, unasked), unasked)
    return {
        MAIN.name: where
        | {
            Kind.SCORES: _found(np.where(silent, NEVER, heard), unasked),
            Kind.DIRECT: _found(_scored(MAIN, direct), direct),
            Kind.SILENCE: _found(np.where(silent, heard, NEVER), unasked),
        },
        OWN_BASELINE.name: where | {Kind.SCORES: plain, Kind.DIRECT: plain, Kind.SILENCE: {}},
    }


def _scored(contestant: Contestant, cohort: Cohort) -> Floats:
    return scores_of(contestant, cohort.setting, cohort.courses())


def _found(scores: Floats, cohort: Cohort) -> dict[int, float]:
    """Return budget to threshold."""
    scene = scene_of(cohort)
    return {budget: round(threshold_for(scores, scene, AIM * budget), DIGITS) for budget in BUDGETS}


def main() -> None:
    """Simulate all places and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=4000, help="of each place on the grid")
    parser.add_argument("--shipped", type=int, default=12000, help="of each instrument that ships")
    parser.add_argument("--seed", type=int, default=101)
    options = parser.parse_args()
    places = [
        Place(shipped(one), True, options.shipped, options.seed) for one in instrument_ids()
    ] + [
        Place(setting_of(steps, items), False, options.patients, options.seed)
        for steps in STEPS
        for items in ITEMS
    ]
    with Pool(PROCESSES) as pool:
        made = pool.map(thresholds_of, places, chunksize=1)
    names = (MAIN.name, OWN_BASELINE.name)
    said = {
        "made_by": "python -m benchmarks.detection.make_thresholds",
        "patients": {"grid": options.patients, "instruments that ship": options.shipped},
        "seed": options.seed,
        "aim": AIM,
        "versions": {name: RULES[name].version for name in names},
        "people": {"ten steps and more": asdict(SRS), "fewer steps": asdict(WAI7)},
        "detectors": {name: [one[name] for one in made] for name in names},
    }
    FILE.write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
