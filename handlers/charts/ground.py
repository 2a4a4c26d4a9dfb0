"""What every picture of a course has: its paper, stretches without a gap, changes of therapist."""

from collections.abc import Callable, Iterator

from alliance.caseload.course import Course, Point
from handlers.app.screen import coded
from handlers.charts import marks
from handlers.charts.frame import LEFT, WIDTH, Frame
from handlers.charts.marks import GRID, PAPER, SOFT
from handlers.charts.svg import Place, element, group, line, picture, words

TITLE_AT = (12.0, 19.0)
BELOW = 13.0
"""How far below a plot the check-ins without ratings are marked."""

LEGEND_AFTER = 58.0
BLANK_HEIGHT = 40.0
LABEL = 96.0
"""Room for the words beside a change of therapist."""


def paper(height: float) -> str:
    """Return the ground: its own, so that the picture reads alike in light and dark themes."""
    return element(
        "rect",
        x=0.5,
        y=0.5,
        width=WIDTH - 1,
        height=height - 1,
        fill=PAPER,
        stroke=GRID,
    )


def named(course: Course, language: str) -> str:
    """Return whose course it is, a test patient marked as such."""
    return coded(course.patient_code, language, is_test=course.is_test)


def blank_svg() -> str:
    """Return an empty strip: what stands in place of a picture that can no longer be deleted."""
    return picture(WIDTH, BLANK_HEIGHT, "", (paper(BLANK_HEIGHT),))


def stretches(
    points: tuple[Point, ...], is_there: Callable[[Point], bool], *, over_gaps: bool = False
) -> Iterator[list[int]]:
    """Yield runs of sessions that belong on one line: one therapist, and no gap.

    A session without an answer cuts the line of the ratings; the usual range goes on over it.
    """
    run: list[int] = []
    for place, point in enumerate(points):
        there = is_there(point)
        if run and (point.changed or not (there or over_gaps)):
            yield run
            run = []
        if there:
            run.append(place)
    if run:
        yield run


def changes(frame: Frame, points: tuple[Point, ...], said: str | None) -> Iterator[str]:
    """Yield each change of therapist; labelled, where words are given and have room."""
    free_from = LEFT
    for place, point in enumerate(points):
        if not point.changed:
            continue
        x = frame.x(place - 0.5)
        parts = [marks.changed((x, frame.top), (x, frame.bottom))]
        at_left = x > WIDTH / 2
        begins = x - LABEL if at_left else x
        if said is not None and begins >= free_from:
            at = (x - 4 if at_left else x + 4, frame.bottom - 6)
            anchor = "end" if at_left else "start"
            parts.append(words(at, said, size=10, colour=marks.CHANGE, anchor=anchor, halo=PAPER))
            free_from = begins + LABEL
        yield group("changed", *parts, data_session=place)


def stems(frame: Frame, points: tuple[Point, ...], last: Frame, *, top: float) -> Iterator[str]:
    """Yield a fine line from the triangle of each alert down to what it is about."""
    for place, point in enumerate(points):
        if point.alert:
            x = frame.x(place)
            ends = last.bottom if point.mean is None else last.y(point.mean)
            start, end = (x, top + 7), (x, ends)
            yield line(start, end, stroke=SOFT, stroke_width=1, stroke_dasharray="1 3")


def gap(at: Place, point: Point) -> str:
    """Return what stands below a session without ratings."""
    return marks.unanswered(at) if point.asked else marks.not_asked(at)
