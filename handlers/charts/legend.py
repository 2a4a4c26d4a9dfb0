"""The legend: what each shape means, two in a row, and only those that the picture has."""

from collections.abc import Iterable
from typing import NamedTuple

from alliance.caseload.course import Mark, Point
from handlers.charts import marks
from handlers.charts.marks import INK
from handlers.charts.svg import Place, group, line, words
from handlers.texts import say

ROW = 18.0
COLUMNS = (20.0, 188.0)
SIZE = 11.0
MOST_LETTERS = 24
"""Longer words would run into the next column; a test holds every language to it."""

MEANT_FOR_MEANS = frozenset({"chart.mean", "chart.band", "chart.addressed", "chart.recovered"})
"""What the picture of single items does not have."""


class Entry(NamedTuple):
    """One shape and the key of its words."""

    key: str
    shape: str


def entries(points: Iterable[Point], at: Place = (0.0, 0.0)) -> list[Entry]:
    """Return what stands in the picture of these sessions, each shape drawn at a place."""
    points = tuple(points)
    x, y = at
    shapes = (
        ("mean", any(point.mean is not None for point in points), _dotted(at)),
        ("band", any(point.usual_low is not None for point in points), _strip(at)),
        ("alert", any(point.alert for point in points), marks.alert(at)),
        ("unanswered", any(_is_silent(point) for point in points), marks.unanswered(at)),
        ("not_asked", any(not point.asked for point in points), marks.not_asked(at)),
        ("addressed", _have(points, Mark.ADDRESSED), marks.addressed(at)),
        ("recovered", _have(points, Mark.RECOVERED), marks.recovered(at)),
        (
            "changed",
            any(point.changed for point in points),
            marks.changed((x - 9, y), (x + 9, y)),
        ),
    )
    return [Entry(f"chart.{key}", shape) for key, is_there, shape in shapes if is_there]


def legend(
    points: tuple[Point, ...],
    *,
    top: float,
    language: str,
    without: frozenset[str] = frozenset(),
) -> tuple[str, float]:
    """Return the legend below ``top``, and how high it is."""
    keys = [entry.key for entry in entries(points) if entry.key not in without]
    parts = []
    for number, key in enumerate(keys):
        row, column = divmod(number, 2)
        x, y = COLUMNS[column], top + ROW * (row + 0.5)
        shape = next(entry.shape for entry in entries(points, (x, y)) if entry.key == key)
        label = words((x + 16, y + 4), say(language, key), size=SIZE, colour=INK)
        parts.append(group(key.partition(".")[2], shape, label))
    return group("legend", *parts), ROW * -(-len(keys) // 2)


def _dotted(at: Place) -> str:
    x, y = at
    return line((x - 9, y), (x + 9, y), stroke=marks.MEAN, stroke_width=1.8) + marks.mean(at, 3.4)


def _strip(at: Place) -> str:
    x, y = at
    return marks.band(((x - 9, y - 5), (x + 9, y - 5)), ((x - 9, y + 5), (x + 9, y + 5)))


def _is_silent(point: Point) -> bool:
    return point.asked and point.mean is None


def _have(points: tuple[Point, ...], mark: Mark) -> bool:
    return any(mark in point.marks for point in points)
