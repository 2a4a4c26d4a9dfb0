"""The legend: the meaning of each shape that is in the picture, two per row."""

from collections.abc import Iterable
from typing import NamedTuple

from alliance.caseload.course import AlertResult, CoursePoint
from handlers.charts import marks
from handlers.charts.marks import INK
from handlers.charts.svg import Position, group, line, text
from handlers.texts import say

ROW = 18.0
COLUMNS = (20.0, 188.0)
SIZE = 11.0
MAX_LABEL_CHARS = 24
"""Longer labels would run into the next column; a test checks every language."""

MEAN_ONLY_KEYS = frozenset({"chart.mean", "chart.band", "chart.addressed", "chart.recovered"})
"""Entries that the picture by item does not have."""


class LegendEntry(NamedTuple):
    """A shape and the key of its label."""

    key: str
    shape: str


def entries(points: Iterable[CoursePoint], at: Position = (0.0, 0.0)) -> list[LegendEntry]:
    """Return the entries for a picture of these sessions, each shape drawn at ``at``."""
    points = tuple(points)
    x, y = at
    shapes = (
        ("mean", any(point.mean is not None for point in points), _line_sample(at)),
        ("band", any(point.usual_low is not None for point in points), _band_sample(at)),
        ("alert", any(point.alert for point in points), marks.alert(at)),
        ("unanswered", any(_is_unanswered(point) for point in points), marks.unanswered_cross(at)),
        ("not_asked", any(not point.asked for point in points), marks.not_asked_dash(at)),
        ("addressed", _has_any(points, AlertResult.ADDRESSED), marks.addressed_bubble(at)),
        ("recovered", _has_any(points, AlertResult.RECOVERED), marks.recovered_tick(at)),
        (
            "changed",
            any(point.has_new_therapist for point in points),
            marks.therapist_change_line((x - 9, y), (x + 9, y)),
        ),
    )
    return [LegendEntry(f"chart.{key}", shape) for key, is_used, shape in shapes if is_used]


def legend(
    points: tuple[CoursePoint, ...],
    *,
    top: float,
    language: str,
    without: frozenset[str] = frozenset(),
) -> tuple[str, float]:
    """Draw the legend below ``top``; also return its height."""
    keys = [entry.key for entry in entries(points) if entry.key not in without]
    parts = []
    for number, key in enumerate(keys):
        row, column = divmod(number, 2)
        x, y = COLUMNS[column], top + ROW * (row + 0.5)
        shape = next(entry.shape for entry in entries(points, (x, y)) if entry.key == key)
        label = text((x + 16, y + 4), say(language, key), size=SIZE, colour=INK)
        parts.append(group(key.partition(".")[2], shape, label))
    return group("legend", *parts), ROW * -(-len(keys) // 2)


def _line_sample(at: Position) -> str:
    x, y = at
    return line((x - 9, y), (x + 9, y), stroke=marks.MEAN, stroke_width=1.8) + marks.mean(at, 3.4)


def _band_sample(at: Position) -> str:
    x, y = at
    return marks.band(((x - 9, y - 5), (x + 9, y - 5)), ((x - 9, y + 5), (x + 9, y + 5)))


def _is_unanswered(point: CoursePoint) -> bool:
    return point.asked and point.mean is None


def _has_any(points: tuple[CoursePoint, ...], result: AlertResult) -> bool:
    return any(result in point.alert_results for point in points)
