"""A course item by item: one small plot for each item, one below the other, on one scale."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alliance.caseload.course import CourseView
from alliance.checkins.instruments import Item
from handlers.charts import marks
from handlers.charts.frame import Frame, dates, scale
from handlers.charts.ground import (
    GAP_MARK_OFFSET,
    LEGEND_OFFSET,
    TITLE_AT,
    alert_lines,
    background,
    gap_mark,
    patient_label,
    therapist_changes,
    unbroken_runs,
)
from handlers.charts.legend import MEAN_ONLY_KEYS, legend
from handlers.charts.marks import INK, MEAN
from handlers.charts.svg import TALL_SCALE, group, path, picture, polyline, text
from handlers.texts import item_name, say

TOP, ALERT_AT = 62.0, 34.0
TALL_PANEL, SHORT_PANEL = 62.0, 44.0
MAX_TALL_ITEMS = 6
PANEL_GAP = 30.0


def items_svg(course: CourseView, *, language: str, zone: ZoneInfo) -> str:
    """Draw a course of at least one session, item by item.

    Args:
        course: The course.
        language: The reader's language.
        zone: The reader's time zone, for the dates.
    """
    asked = course.instrument
    tall = TALL_PANEL if len(asked.items) <= MAX_TALL_ITEMS else SHORT_PANEL
    frames = [
        Frame(
            len(course.points), asked.lowest, asked.highest, TOP + place * (tall + PANEL_GAP), tall
        )
        for place in range(len(asked.items))
    ]
    last = frames[-1]
    title = say(language, "chart.items_title", patient=patient_label(course, language))
    key, key_height = legend(
        course.points, top=last.bottom + LEGEND_OFFSET, language=language, without=MEAN_ONLY_KEYS
    )
    height = last.bottom + LEGEND_OFFSET + key_height + 8
    return picture(
        height,
        title,
        (
            background(height),
            text(TITLE_AT, title, size=12.5, colour=INK),
            *alert_lines(frames[0], course.points, last, top=ALERT_AT),
            *(
                _panel(frame, course, item, language)
                for frame, item in zip(frames, asked.items, strict=True)
            ),
            *_above_and_below(frames[0], last, course),
            dates(last, course, language, zone),
            key,
        ),
        scale=TALL_SCALE,
    )


def _above_and_below(first: Frame, last: Frame, course: CourseView) -> Iterator[str]:
    """Draw the marks shared by all items: alerts, and sessions without ratings."""
    for place, point in enumerate(course.points):
        x = first.x(place)
        if point.alert:
            yield group("alert", marks.alert((x, ALERT_AT)), data_session=place)
        if point.mean is None:
            kind = "unanswered" if point.asked else "not_asked"
            yield group(
                kind, gap_mark((x, last.bottom + GAP_MARK_OFFSET), point), data_session=place
            )


def _panel(frame: Frame, course: CourseView, item: Item, language: str) -> str:
    name = item_name(language, course.instrument, item.id)
    return group(
        "item",
        text((12.0, frame.top - 8), name, size=11.5, colour=INK),
        scale(frame, language),
        *therapist_changes(frame, course.points, None),
        *_line(frame, course, item.id),
        data_item=item.id,
    )


def _line(frame: Frame, course: CourseView, item: str) -> Iterator[str]:
    for run in unbroken_runs(course.points, lambda point: item in point.answers):
        places = [frame.at(place, course.points[place].answers[item]) for place in run]
        if len(places) > 1:
            yield path(polyline(places), fill="none", stroke=MEAN, stroke_width=1.6, class_="line")
    for place, point in enumerate(course.points):
        if item not in point.answers:
            continue
        at = frame.at(place, point.answers[item])
        shapes = [marks.mean(at, frame.radius)]
        if point.alert:
            shapes.append(marks.ring(at, frame.radius))
        yield group("rated alert" if point.alert else "rated", *shapes, data_session=place)
