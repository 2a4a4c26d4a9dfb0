"""A course as a picture: the mean of each check-in, over the patient's usual range."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alliance.caseload.course import AlertResult, CoursePoint, CourseView
from handlers.charts import marks
from handlers.charts.frame import RIGHT, Frame, dates, scale
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
from handlers.charts.legend import legend
from handlers.charts.marks import INK, MEAN, PAPER
from handlers.charts.svg import WIDTH, group, path, picture, polyline, text
from handlers.texts import decimal, say

TOP, HEIGHT = 62.0, 150.0
BUBBLE_AT, ALERT_AT = 34.0, 48.0


def course_svg(course: CourseView, *, language: str, zone: ZoneInfo) -> str:
    """Draw a course of at least one session.

    Args:
        course: The course.
        language: The reader's language.
        zone: The reader's time zone, for the dates.
    """
    asked = course.instrument
    frame = Frame(len(course.points), asked.lowest, asked.highest, TOP, HEIGHT)
    key, key_height = legend(course.points, top=frame.bottom + LEGEND_OFFSET, language=language)
    title = say(language, "chart.title", patient=patient_label(course, language))
    height = frame.bottom + LEGEND_OFFSET + key_height + 8
    return picture(
        height,
        title,
        (
            background(height),
            text(TITLE_AT, title, size=12.5, colour=INK),
            scale(frame, language),
            *_bands(frame, course.points),
            *therapist_changes(frame, course.points, say(language, "chart.changed")),
            *alert_lines(frame, course.points, frame, top=ALERT_AT),
            *_lines(frame, course.points),
            *(_session(frame, place, point, language) for place, point in enumerate(course.points)),
            dates(frame, course, language, zone),
            key,
        ),
    )


def _bands(frame: Frame, points: tuple[CoursePoint, ...]) -> Iterator[str]:
    for run in unbroken_runs(points, lambda point: point.usual_low is not None, over_gaps=True):
        ranges: list[tuple[float, float, float]] = [
            (place, point.usual_low, point.usual_high)
            for place in run
            if (point := points[place]).usual_low is not None and point.usual_high is not None
        ]
        if len(ranges) == 1:  # give a single session some width
            [(place, low, high)] = ranges
            ranges = [(place - 0.4, low, high), (place + 0.4, low, high)]
        upper = [(frame.x(place), frame.y(high)) for place, _, high in ranges]
        lower = [(frame.x(place), frame.y(low)) for place, low, _ in ranges]
        yield group("band", marks.band(upper, lower), data_sessions=len(run))


def _lines(frame: Frame, points: tuple[CoursePoint, ...]) -> Iterator[str]:
    for run in unbroken_runs(points, lambda point: point.mean is not None):
        places = [frame.at(place, points[place].mean or 0.0) for place in run]
        if len(places) > 1:
            yield path(polyline(places), fill="none", stroke=MEAN, stroke_width=1.8, class_="line")


def _session(frame: Frame, place: int, point: CoursePoint, language: str) -> str:
    """Draw everything at one session."""
    x, parts = frame.x(place), []
    if point.mean is not None:
        at = frame.at(place, point.mean)
        parts.append(marks.mean(at, frame.radius))
        if point.alert:
            label = decimal(point.mean, language)
            anchor = "end" if x > WIDTH - RIGHT - 12 else "middle"
            parts += [
                marks.ring(at, frame.radius),
                text((x, at[1] + 19), label, size=11, colour=INK, anchor=anchor, halo=PAPER),
            ]
    else:
        parts.append(gap_mark((x, frame.bottom + GAP_MARK_OFFSET), point))
    if point.alert:
        parts.append(marks.alert((x, ALERT_AT)))
    if AlertResult.ADDRESSED in point.alert_results:
        parts.append(marks.addressed_bubble((x, BUBBLE_AT)))
    if AlertResult.RECOVERED in point.alert_results:
        parts.append(marks.recovered_tick((x, ALERT_AT)))
    return group(kind_of(point), *parts, data_session=place)


def kind_of(point: CoursePoint) -> str:
    """Return what happened at a session, as the classes of its group in the SVG."""
    kinds = ["rated" if point.mean is not None else "unanswered" if point.asked else "not_asked"]
    if point.alert:
        kinds.append("alert")
    kinds += sorted(point.alert_results)
    return " ".join(kinds)
