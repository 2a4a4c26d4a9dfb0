"""Where things stand in a picture: sessions from left to right, the scale from bottom to top."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alliance.caseload.course import Course
from handlers.charts.marks import GRID, INK, SOFT
from handlers.charts.svg import Place, group, line, words
from handlers.texts import decimal, short_day

WIDTH = 360.0
LEFT, RIGHT = 30.0, 12.0
WIDEST_SLOT = 44.0
BETWEEN_DATES = 44.0
HALF_A_DATE = 20.0
SMALL = 11.0


class Frame(NamedTuple):
    """One plot: how many sessions, what the scale is, and where it stands, in pixels.

    Attributes:
        sessions: How many, at least 1.
        lowest: Lower end of the scale, in instrument units; ``highest`` the upper one.
        top: Distance of the plot's upper border from the picture's.
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
        """Distance of the plot's lower border from the picture's upper one."""
        return self.top + self.height

    @property
    def radius(self) -> float:
        """How large a dot is: smaller where there are many."""
        return min(3.4, max(1.9, self.slot * 0.3))

    def x(self, place: float) -> float:
        """Return where a session stands."""
        return LEFT + self.slot * (place + 0.5)

    def y(self, value: float) -> float:
        """Return where an amount in instrument units stands."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return self.bottom - share * self.height

    def at(self, place: int, value: float) -> Place:
        """Return the place of an amount at a session."""
        return self.x(place), self.y(value)


def scale(frame: Frame, language: str) -> str:
    """Return the scale: its two ends and its middle, with a fine line each."""
    middle = (frame.lowest + frame.highest) / 2
    lines = []
    for amount in (frame.lowest, middle, frame.highest):
        y = frame.y(amount)
        lines.append(line((LEFT, y), (WIDTH - RIGHT, y), stroke=GRID, stroke_width=1))
        label = decimal(amount, language)
        lines.append(words((LEFT - 5, y + 4), label, size=SMALL, colour=INK, anchor="end"))
    return group("scale", *lines)


def dates(frame: Frame, course: Course, language: str, zone: ZoneInfo) -> str:
    """Return the days of as many sessions as can be read, the last one always among them."""
    days = [point.at.astimezone(zone) for point in course.points]
    shown = labelled(len(days), frame.slot)
    parts, year = [], None
    for place in shown:
        day = days[place]
        x, anchor = _inside(frame.x(place))
        tick = frame.x(place)
        parts.append(line((tick, frame.bottom), (tick, frame.bottom + 4), stroke=SOFT))
        said = short_day(day, language)
        below = frame.bottom + 35
        parts.append(words((x, below), said, size=SMALL, colour=INK, anchor=anchor))
        if day.year != year:
            parts.append(words((x, below + 13), _year(day), size=10, colour=SOFT, anchor=anchor))
            year = day.year
    return group("dates", *parts)


def labelled(count: int, slot: float) -> Sequence[int]:
    """Return which sessions get their date: the last, and others far enough apart from it."""
    every = max(1, -(-int(BETWEEN_DATES) // max(1, int(slot))))
    return sorted(range(count - 1, -1, -every))


def _inside(x: float) -> tuple[float, str]:
    """Keep a date within the picture."""
    if x - HALF_A_DATE < 2:
        return 2.0, "start"
    if x + HALF_A_DATE > WIDTH - 2:
        return WIDTH - 4, "end"
    return x, "middle"


def _year(day: datetime) -> str:
    return f"{day.year}"
