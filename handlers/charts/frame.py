"""Layout of a plot: sessions from left to right, the scale from bottom to top."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alliance.caseload.course import CourseView
from handlers.charts.marks import GRID, INK, SOFT
from handlers.charts.svg import WIDTH, Position, group, line, text
from handlers.texts import decimal, short_day

LEFT, RIGHT = 30.0, 12.0
WIDEST_SLOT = 44.0
DATE_SPACING = 44.0
HALF_DATE_WIDTH = 20.0
SMALL = 11.0


class Frame(NamedTuple):
    """One plot: its number of sessions, its scale and its position, in pixels.

    Attributes:
        sessions: Number of sessions, at least 1.
        lowest: Lower end of the scale, in instrument units.
        highest: Upper end of the scale.
        top: Distance of the plot's top from the top of the picture.
        height: Height of the plot.
    """

    sessions: int
    lowest: float
    highest: float
    top: float
    height: float

    @property
    def slot(self) -> float:
        """The width of one session."""
        return min(WIDEST_SLOT, (WIDTH - LEFT - RIGHT) / max(self.sessions, 1))

    @property
    def bottom(self) -> float:
        """Distance of the plot's bottom from the top of the picture."""
        return self.top + self.height

    @property
    def radius(self) -> float:
        """The radius of a dot: smaller if there are many sessions."""
        return min(3.4, max(1.9, self.slot * 0.3))

    def x(self, place: float) -> float:
        """Return the x position of a session."""
        return LEFT + self.slot * (place + 0.5)

    def y(self, value: float) -> float:
        """Return the y position of a value in instrument units."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return self.bottom - share * self.height

    def at(self, place: int, value: float) -> Position:
        """Return the position of a value at a session."""
        return self.x(place), self.y(value)


def scale(frame: Frame, language: str) -> str:
    """Draw the scale: its ends and its middle, each with a thin line."""
    middle = (frame.lowest + frame.highest) / 2
    lines = []
    for value in (frame.lowest, middle, frame.highest):
        y = frame.y(value)
        lines.append(line((LEFT, y), (WIDTH - RIGHT, y), stroke=GRID, stroke_width=1))
        label = decimal(value, language)
        lines.append(text((LEFT - 5, y + 4), label, size=SMALL, colour=INK, anchor="end"))
    return group("scale", *lines)


def dates(frame: Frame, course: CourseView, language: str, zone: ZoneInfo) -> str:
    """Draw the dates of the sessions, as many as are legible; the last one always."""
    days = [point.at.astimezone(zone) for point in course.points]
    shown = sessions_with_date(len(days), frame.slot)
    parts, year = [], None
    for place in shown:
        day = days[place]
        x, anchor = _inside(frame.x(place))
        tick = frame.x(place)
        parts.append(line((tick, frame.bottom), (tick, frame.bottom + 4), stroke=SOFT))
        label = short_day(day, language)
        below = frame.bottom + 35
        parts.append(text((x, below), label, size=SMALL, colour=INK, anchor=anchor))
        if day.year != year:
            parts.append(text((x, below + 13), _year(day), size=10, colour=SOFT, anchor=anchor))
            year = day.year
    return group("dates", *parts)


def sessions_with_date(count: int, slot: float) -> Sequence[int]:
    """Return the sessions that get a date: the last, and others at a legible distance."""
    every = max(1, -(-int(DATE_SPACING) // max(1, int(slot))))
    return sorted(range(count - 1, -1, -every))


def _inside(x: float) -> tuple[float, str]:
    """Return the x position and anchor that keep a date within the picture."""
    if x - HALF_DATE_WIDTH < 2:
        return 2.0, "start"
    if x + HALF_DATE_WIDTH > WIDTH - 2:
        return WIDTH - 4, "end"
    return x, "middle"


def _year(day: datetime) -> str:
    return f"{day.year}"
