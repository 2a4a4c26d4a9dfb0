"""The shapes with a meaning, for both the picture and its legend.

They differ in shape or dashes, so that no meaning depends on colour alone.
"""

from collections.abc import Sequence

from handlers.charts.svg import Position, circle, line, path, polyline

PAPER = "#fffdf8"
INK = "#1f2328"
SOFT = "#50555b"
GRID = "#dcd9d1"
BAND = "#cadcec"
EDGE = "#4b6f8e"
MEAN = "#0b3c5d"
ALERT = "#a93800"
CHANGE = "#4a3d78"


def mean(at: Position, radius: float) -> str:
    """A rated check-in: a dot."""
    return circle(at, radius, fill=MEAN)


def alert(at: Position) -> str:
    """An alert: a triangle pointing down."""
    x, y = at
    corners = ((x - 5, y - 4), (x + 5, y - 4), (x, y + 5))
    return path(polyline(corners) + "Z", fill=ALERT)


def ring(at: Position, radius: float) -> str:
    """The ring around the dot of an alert."""
    return circle(at, radius + 3.5, fill="none", stroke=ALERT, stroke_width=1.8)


def unanswered_cross(at: Position) -> str:
    """A check-in without an answer: a cross."""
    x, y = at
    arms = polyline(((x - 3, y - 3), (x + 3, y + 3))) + polyline(((x - 3, y + 3), (x + 3, y - 3)))
    return path(arms, stroke=INK, stroke_width=1.6, fill="none")


def not_asked_dash(at: Position) -> str:
    """A session without a check-in: a short dash."""
    x, y = at
    return line((x - 3, y), (x + 3, y), stroke=SOFT, stroke_width=1.6)


def addressed_bubble(at: Position) -> str:
    """An alert that was talked about: a speech bubble."""
    x, y = at
    bubble = f"M{x - 6:g} {y - 4:g}h12v7h-7l-3 3v-3h-2z"
    return path(bubble, fill=PAPER, stroke=INK, stroke_width=1.3, stroke_linejoin="round")


def recovered_tick(at: Position) -> str:
    """Ratings back in the usual range: a tick."""
    x, y = at
    steps = polyline(((x - 4, y), (x - 1, y + 3.5), (x + 5, y - 4)))
    return path(steps, fill="none", stroke=INK, stroke_width=2.2, stroke_linecap="round")


def therapist_change_line(top: Position, bottom: Position) -> str:
    """A change of therapist: a line with long dashes."""
    return line(top, bottom, stroke=CHANGE, stroke_width=1.6, stroke_dasharray="7 3")


def band(upper: Sequence[Position], lower: Sequence[Position]) -> str:
    """The usual range: a pale strip with short dashes along its borders."""
    around = (*upper, *reversed(lower))
    return path(polyline(around) + "Z", fill=BAND) + _border(upper) + _border(lower)


def _border(places: Sequence[Position]) -> str:
    return path(polyline(places), fill="none", stroke=EDGE, stroke_width=1, stroke_dasharray="3 2")
