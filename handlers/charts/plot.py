"""A course as a picture: the mean of each check-in in front of this patient's usual range."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alliance.caseload.course import Course, Mark, Point
from handlers.charts import marks
from handlers.charts.frame import RIGHT, WIDTH, Frame, dates, scale
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
from handlers.charts.legend import legend
from handlers.charts.marks import INK, MEAN, PAPER
from handlers.charts.svg import group, path, picture, polyline, words
from handlers.texts import decimal, say

TOP, HEIGHT = 62.0, 150.0
BUBBLE_AT, ALERT_AT = 34.0, 48.0


def course_svg(course: Course, *, language: str, zone: ZoneInfo) -> str:
    """Return the picture of a course of at least one session.

    Args:
        course: What happened.
        language: The reader's.
        zone: Where the days are meant.
    """
    asked = course.instrument
    frame = Frame(len(course.points), asked.lowest, asked.highest, TOP, HEIGHT)
    key, key_height = legend(course.points, top=frame.bottom + LEGEND_AFTER, language=language)
    title = say(language, "chart.title", patient=named(course, language))
    height = frame.bottom + LEGEND_AFTER + key_height + 8
    return picture(
        WIDTH,
        height,
        title,
        (
            paper(height),
            words(TITLE_AT, title, size=12.5, colour=INK),
            scale(frame, language),
            *_bands(frame, course.points),
            *changes(frame, course.points, say(language, "chart.changed")),
            *stems(frame, course.points, frame, top=ALERT_AT),
            *_lines(frame, course.points),
            *(_session(frame, place, point, language) for place, point in enumerate(course.points)),
            dates(frame, course, language, zone),
            key,
        ),
    )


def _bands(frame: Frame, points: tuple[Point, ...]) -> Iterator[str]:
    for run in stretches(points, lambda point: point.usual_low is not None, over_gaps=True):
        known: list[tuple[float, float, float]] = [
            (place, point.usual_low, point.usual_high)
            for place in run
            if (point := points[place]).usual_low is not None and point.usual_high is not None
        ]
        if len(known) == 1:  # a single session has no width of its own
            [(place, low, high)] = known
            known = [(place - 0.4, low, high), (place + 0.4, low, high)]
        upper = [(frame.x(place), frame.y(high)) for place, _, high in known]
        lower = [(frame.x(place), frame.y(low)) for place, low, _ in known]
        yield group("band", marks.band(upper, lower), data_sessions=len(run))


def _lines(frame: Frame, points: tuple[Point, ...]) -> Iterator[str]:
    for run in stretches(points, lambda point: point.mean is not None):
        places = [frame.at(place, points[place].mean or 0.0) for place in run]
        if len(places) > 1:
            yield path(polyline(places), fill="none", stroke=MEAN, stroke_width=1.8, class_="line")


def _session(frame: Frame, place: int, point: Point, language: str) -> str:
    """Return what stands at one session."""
    x, parts = frame.x(place), []
    if point.mean is not None:
        at = frame.at(place, point.mean)
        parts.append(marks.mean(at, frame.radius))
        if point.alert:
            said = decimal(point.mean, language)
            anchor = "end" if x > WIDTH - RIGHT - 12 else "middle"
            parts += [
                marks.ring(at, frame.radius),
                words((x, at[1] + 19), said, size=11, colour=INK, anchor=anchor, halo=PAPER),
            ]
    else:
        parts.append(gap((x, frame.bottom + BELOW), point))
    if point.alert:
        parts.append(marks.alert((x, ALERT_AT)))
    if Mark.ADDRESSED in point.marks:
        parts.append(marks.addressed((x, BUBBLE_AT)))
    if Mark.RECOVERED in point.marks:
        parts.append(marks.recovered((x, ALERT_AT)))
    return group(kind_of(point), *parts, data_session=place)


def kind_of(point: Point) -> str:
    """Return what happened at a session, in one or several words of ours."""
    kinds = ["rated" if point.mean is not None else "unanswered" if point.asked else "not_asked"]
    if point.alert:
        kinds.append("alert")
    kinds += sorted(point.marks)
    return " ".join(kinds)
