"""A course item by item: one small plot for each, below one another, on one scale."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alliance.caseload.course import Course
from alliance.checkins.instruments import Item
from handlers.charts import marks
from handlers.charts.frame import WIDTH, Frame, dates, scale
from handlers.charts.ground import (
    BELOW,
    LEGEND_AFTER,
    TITLE_AT,
    changes,
    gap,
    named,
    paper,
    stems,
    stretches,
)
from handlers.charts.legend import MEANT_FOR_MEANS, legend
from handlers.charts.marks import INK, MEAN
from handlers.charts.svg import TALL, group, path, picture, polyline, words
from handlers.texts import item_name, say

TOP, ALERT_AT = 62.0, 34.0
HIGH, LOW = 62.0, 44.0
FEW = 6
BETWEEN = 30.0


def items_svg(course: Course, *, language: str, zone: ZoneInfo) -> str:
    """Return the picture of a course of at least one session, item by item.

    Args:
        course: What happened.
        language: The reader's.
        zone: Where the days are meant.
    """
    asked = course.instrument
    tall = HIGH if len(asked.items) <= FEW else LOW
    frames = [
        Frame(len(course.points), asked.lowest, asked.highest, TOP + place * (tall + BETWEEN), tall)
        for place in range(len(asked.items))
    ]
    last = frames[-1]
    title = say(language, "chart.items_title", patient=named(course, language))
    key, key_height = legend(
        course.points, top=last.bottom + LEGEND_AFTER, language=language, without=MEANT_FOR_MEANS
    )
    height = last.bottom + LEGEND_AFTER + key_height + 8
    return picture(
        WIDTH,
        height,
        title,
        (
            paper(height),
            words(TITLE_AT, title, size=12.5, colour=INK),
            *stems(frames[0], course.points, last, top=ALERT_AT),
            *(
                _panel(frame, course, item, language)
                for frame, item in zip(frames, asked.items, strict=True)
            ),
            *_above_and_below(frames[0], last, course),
            dates(last, course, language, zone),
            key,
        ),
        scale=TALL,
    )


def _above_and_below(first: Frame, last: Frame, course: Course) -> Iterator[str]:
    """Yield what is said once for all items: alerts, and check-ins without ratings."""
    for place, point in enumerate(course.points):
        x = first.x(place)
        if point.alert:
            yield group("alert", marks.alert((x, ALERT_AT)), data_session=place)
        if point.mean is None:
            kind = "unanswered" if point.asked else "not_asked"
            yield group(kind, gap((x, last.bottom + BELOW), point), data_session=place)


def _panel(frame: Frame, course: Course, item: Item, language: str) -> str:
    name = item_name(language, course.instrument, item.id)
    return group(
        "item",
        words((12.0, frame.top - 8), name, size=11.5, colour=INK),
        scale(frame, language),
        *changes(frame, course.points, None),
        *_line(frame, course, item.id),
        data_item=item.id,
    )


def _line(frame: Frame, course: Course, item: str) -> Iterator[str]:
    for run in stretches(course.points, lambda point: item in point.answers):
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
