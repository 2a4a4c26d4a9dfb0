"""Parts of every course chart: background, runs without gaps, changes of therapist."""

from collections.abc import Callable, Iterator

from alliance.caseload.course import CoursePoint, CourseView
from handlers.app.screen import display_code
from handlers.charts import marks
from handlers.charts.frame import LEFT, Frame
from handlers.charts.marks import GRID, PAPER, SOFT
from handlers.charts.svg import WIDTH, Position, element, group, line, picture, text

TITLE_AT = (12.0, 19.0)
GAP_MARK_OFFSET = 13.0
"""Distance below a plot of the marks for sessions without ratings."""

LEGEND_OFFSET = 58.0
BLANK_HEIGHT = 40.0
LABEL_WIDTH = 96.0
"""Width reserved for the label of a change of therapist."""


def background(height: float) -> str:
    """Draw an opaque background, so that the picture looks the same in light and dark themes."""
    return element(
        "rect",
        x=0.5,
        y=0.5,
        width=WIDTH - 1,
        height=height - 1,
        fill=PAPER,
        stroke=GRID,
    )


def patient_label(course: CourseView, language: str) -> str:
    """Return the patient's code; a test patient's is marked as such."""
    return display_code(course.patient_code, language, is_test=course.is_test)


def blank_svg() -> str:
    """Return an empty strip, to replace a picture that can no longer be deleted."""
    return picture(BLANK_HEIGHT, "", (background(BLANK_HEIGHT),))


def unbroken_runs(
    points: tuple[CoursePoint, ...],
    has_value: Callable[[CoursePoint], bool],
    *,
    over_gaps: bool = False,
) -> Iterator[list[int]]:
    """Yield runs of sessions to be joined by one line: the same therapist, and no gap.

    A session without an answer interrupts the line of the ratings, but not the usual range
    (``over_gaps``).
    """
    run: list[int] = []
    for place, point in enumerate(points):
        is_included = has_value(point)
        if run and (point.has_new_therapist or not (is_included or over_gaps)):
            yield run
            run = []
        if is_included:
            run.append(place)
    if run:
        yield run


def therapist_changes(
    frame: Frame, points: tuple[CoursePoint, ...], label: str | None
) -> Iterator[str]:
    """Draw each change of therapist, with the label if there is one and it fits."""
    free_from = LEFT
    for place, point in enumerate(points):
        if not point.has_new_therapist:
            continue
        x = frame.x(place - 0.5)
        parts = [marks.therapist_change_line((x, frame.top), (x, frame.bottom))]
        is_left = x > WIDTH / 2
        label_start = x - LABEL_WIDTH if is_left else x
        if label is not None and label_start >= free_from:
            at = (x - 4 if is_left else x + 4, frame.bottom - 6)
            anchor = "end" if is_left else "start"
            parts.append(text(at, label, size=10, colour=marks.CHANGE, anchor=anchor, halo=PAPER))
            free_from = label_start + LABEL_WIDTH
        yield group("changed", *parts, data_session=place)


def alert_lines(
    frame: Frame, points: tuple[CoursePoint, ...], last: Frame, *, top: float
) -> Iterator[str]:
    """Draw a thin line from the triangle of each alert down to its rating."""
    for place, point in enumerate(points):
        if point.alert:
            x = frame.x(place)
            ends = last.bottom if point.mean is None else last.y(point.mean)
            start, end = (x, top + 7), (x, ends)
            yield line(start, end, stroke=SOFT, stroke_width=1, stroke_dasharray="1 3")


def gap_mark(at: Position, point: CoursePoint) -> str:
    """Draw the mark below a session without ratings."""
    return marks.unanswered_cross(at) if point.asked else marks.not_asked_dash(at)
