"""The threshold behind a budget of false alarms, from simulation, for any shape of instrument.

``thresholds.json`` is made by ``python -m benchmarks.detection.make_thresholds`` and holds the
settings that made it. Shapes without an entry lie between those that have one.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

from alliance.errors import Undefined
from alliance.rupture.shape import Shape

FILE = Path(__file__).with_name("thresholds.json")


class Entry(NamedTuple):
    """What the simulation found for one shape.

    Attributes:
        steps: Steps on the scale.
        items: Number of items.
        scores: Budget to threshold for the ratings.
        silence: Budget to threshold for unanswered check-ins; empty where a rule has none.
    """

    steps: int
    items: int
    scores: dict[int, float]
    silence: dict[int, float]


def threshold(name: str, shape: Shape, *, budget: int, of_silence: bool = False) -> float:
    """Return the probability from which on a detector raises.

    Between the simulated shapes the log odds are interpolated, linearly in the logarithms of
    steps and items; outside them the nearest stands in.

    Args:
        name: Name of a detector with a budget.
        shape: What the patients answer.
        budget: False alarms per 100 ordinary sessions, 2, 5 or 10.
        of_silence: Whether the threshold of unanswered check-ins is wanted.

    Raises:
        Undefined: No threshold of that detector and budget was simulated.
    """
    entries = _entries().get(name, ())
    found = {
        (entry.steps, entry.items): (entry.silence if of_silence else entry.scores).get(budget)
        for entry in entries
    }
    known = {place: value for place, value in found.items() if value is not None}
    if not known:
        raise Undefined(f"No threshold of {name} for a budget of {budget} was simulated.")
    return _between(known, 1 / shape.step, len(shape.ids))


def _between(known: dict[tuple[int, int], float], steps: float, items: int) -> float:
    """Interpolate on the grid of (steps, items); the grid is complete."""
    columns = sorted({place[0] for place in known})
    rows = sorted({place[1] for place in known})
    (left, right, across), (upper, lower, down) = _bracket(columns, steps), _bracket(rows, items)
    odds = sum(
        weight * math.log(known[place] / (1 - known[place]))
        for place, weight in (
            ((left, upper), (1 - across) * (1 - down)),
            ((right, upper), across * (1 - down)),
            ((left, lower), (1 - across) * down),
            ((right, lower), across * down),
        )
    )
    return 1 / (1 + math.exp(-odds))


def _bracket(places: list[int], wanted: float) -> tuple[int, int, float]:
    """Return the neighbours of a place and how far it lies between them, 0 to 1."""
    wanted = min(max(wanted, places[0]), places[-1])
    right = next(place for place in places if place >= wanted - 1e-9)
    left = max(place for place in places if place <= wanted + 1e-9)
    if left == right:
        return left, right, 0.0
    return left, right, math.log(wanted / left) / math.log(right / left)


@cache
def _entries() -> dict[str, tuple[Entry, ...]]:
    raw = json.loads(FILE.read_text("utf-8"))
    return {
        name: tuple(
            Entry(
                steps=one["steps"],
                items=one["items"],
                scores={int(budget): value for budget, value in one["scores"].items()},
                silence={int(budget): value for budget, value in one["silence"].items()},
            )
            for one in entries
        )
        for name, entries in raw["detectors"].items()
    }
