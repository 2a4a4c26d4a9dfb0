"""The threshold behind a budget of false alarms, from simulation, for any shape of instrument.

``thresholds.json`` is made by ``python -m benchmarks.detection.make_thresholds`` and holds the
settings that made it. Instruments that ship were simulated as they are; other shapes lie between
those of a grid.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from alliance.errors import Undefined
from alliance.rupture.shape import Shape
from alliance.rupture.verdict import Kind

FILE = Path(__file__).with_name("thresholds.json")


class Entry(NamedTuple):
    """What the simulation found for one shape.

    Attributes:
        steps: Steps on the scale.
        items: Number of items.
        kinds: Their kinds in order, where an instrument that ships was simulated; None on the
            grid.
        by_kind: What a verdict rests on to budget to threshold. ``scores`` is for ratings alone,
            ``direct`` for ratings beside an answer to the direct question, ``silence`` for
            unanswered check-ins; budgets are missing where a rule has no threshold.
    """

    steps: int
    items: int
    kinds: tuple[str, ...] | None
    by_kind: dict[Kind, dict[int, float]]


def threshold(name: str, shape: Shape, *, budget: int, kind: Kind = Kind.SCORES) -> float:
    """Return the probability from which on a detector raises.

    Between the shapes of the grid the log odds are interpolated, linearly in the logarithms of
    steps and items; outside them the nearest stands in.

    Args:
        name: Name of a detector with a budget.
        shape: What the patients answer.
        budget: False alarms per 100 ordinary sessions, 2, 5 or 10.
        kind: What the verdict rests on, see ``Entry.by_kind``.

    Raises:
        Undefined: No threshold of that detector and budget was simulated.
    """
    steps = 1 / shape.step
    known = {}
    for entry in _entries().get(name, ()):
        value = entry.by_kind[kind].get(budget)
        if value is None:
            continue
        if entry.kinds is None:
            known[entry.steps, entry.items] = value
        elif entry.kinds == shape.kinds and math.isclose(entry.steps, steps):
            return value
    if not known:
        raise Undefined(f"No threshold of {name} for a budget of {budget} was simulated.")
    return _between(known, steps, len(shape.ids))


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
    return {name: tuple(map(_entry, entries)) for name, entries in raw["detectors"].items()}


def _entry(raw: dict[str, Any]) -> Entry:
    return Entry(
        steps=raw["steps"],
        items=raw["items"],
        kinds=tuple(raw["kinds"]) if "kinds" in raw else None,
        by_kind={
            kind: {int(budget): value for budget, value in raw[kind.value].items()} for kind in Kind
        },
    )
