"""The chart of a course shows each kind of event with its own shape."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from alliance.alerts.episodes import StatementKind
from alliance.caseload.course import CourseView
from handlers.charts import course_svg, items_svg
from handlers.charts.svg import WIDTH
from handlers.texts import languages, say, short_day
from tests.alliance.caseload.example_course import LOW, NO_ANSWER, NOT_ASKED, USUAL, example_course

SVG = "{http://www.w3.org/2000/svg}"
BERLIN = ZoneInfo("Europe/Berlin")
STEADY = (USUAL,) * 5


class Picture:
    """A picture parsed from its SVG."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)  # noqa: S314 - our own SVG

    def groups(self, kind: str) -> list[ElementTree.Element]:
        """Return the groups of that kind, in drawing order."""
        return [one for one in self.root.iter(f"{SVG}g") if kind in one.get("class", "").split()]

    def sessions(self, kind: str) -> list[int]:
        """Return the sessions with a group of that kind."""
        places = [one.get("data-session") for one in self.groups(kind)]
        return [int(place) for place in places if place is not None]

    def words(self, kind: str | None = None) -> list[str]:
        """Return all text, or the text in one kind of group."""
        roots = [self.root] if kind is None else self.groups(kind)
        return ["".join(one.itertext()) for root in roots for one in root.iter(f"{SVG}text")]

    def positions(self) -> Iterator[tuple[float, float]]:
        """Yield the position of every circle and text."""
        for one in self.root.iter():
            if one.tag == f"{SVG}circle":
                yield float(one.get("cx", "nan")), float(one.get("cy", "nan"))
            if one.tag == f"{SVG}text":
                yield float(one.get("x", "nan")), float(one.get("y", "nan"))


def draw_course(course: CourseView, language: str = "en") -> Picture:
    """Return the picture of a course."""
    return Picture(course_svg(course, language=language, zone=BERLIN))


A_COURSE = example_course(
    *STEADY,
    NO_ANSWER,
    NOT_ASKED,
    LOW,
    USUAL,
    USUAL,
    responses=((7, 7, StatementKind.ADDRESSED),),
    second_therapist_from=3,
)


def test_sessions_are_in_order() -> None:
    """From left to right: dots for ratings, crosses for silence, dashes without a check-in."""
    picture = draw_course(A_COURSE)

    assert picture.sessions("rated") == [0, 1, 2, 3, 4, 7, 8, 9]
    assert picture.sessions("unanswered") == [5]
    assert picture.sessions("not_asked") == [6]
    dots = [one.find(f"{SVG}circle") for one in picture.groups("rated")]
    xs = [float(one.get("cx", "nan")) for one in dots if one is not None]
    assert xs == sorted(xs)


def test_means_are_drawn_to_scale() -> None:
    """The ends of the scale lie on its lines."""
    picture = draw_course(example_course((10, 10, 10, 10), (5, 5, 5, 5), (0, 0, 0, 0)))
    dots = [one.find(f"{SVG}circle") for one in picture.groups("rated")]
    heights = [float(one.get("cy", "nan")) for one in dots if one is not None]
    labels = {
        one.text: float(one.get("y", "nan")) - 4
        for one in picture.groups("scale")[0].iter(f"{SVG}text")
    }

    assert heights == [labels["10"], labels["5"], labels["0"]]


def test_alert_repair_and_change_are_marked() -> None:
    """Each at its session; an alert also shows its mean as a number."""
    picture = draw_course(A_COURSE)

    assert picture.sessions("alert") == [7]
    assert picture.sessions("addressed") == [7]
    assert picture.sessions("recovered") == [9]
    assert picture.sessions("changed") == [3]
    assert picture.words("changed")[0] == say("en", "chart.changed")
    assert "5.2" in picture.words("alert")


def test_the_usual_range_stops_at_a_change_and_spans_a_gap() -> None:
    """There is one band per therapist; a missed check-in does not interrupt it."""
    bands = [one.get("data-sessions") for one in draw_course(A_COURSE).groups("band")]

    assert bands[:-1] == ["2", "4"]
    assert bands[-1] is None  # the legend's


def test_lines_never_cross_a_gap() -> None:
    """Lines join only adjacent sessions with the same therapist."""
    picture = draw_course(A_COURSE)
    lines = [one.get("d", "") for one in picture.root.iter(f"{SVG}path") if one.get("class")]

    assert [line.count("L") + 1 for line in lines] == [3, 2, 3]


def test_the_legend_has_exactly_what_the_picture_has() -> None:
    """An entry for each shape in the picture, and no others."""
    everything = draw_course(A_COURSE).words("legend")
    minimal = draw_course(example_course(USUAL)).words("legend")

    assert everything == [
        say("en", f"chart.{key}")
        for key in (
            "mean",
            "band",
            "alert",
            "unanswered",
            "not_asked",
            "addressed",
            "recovered",
            "changed",
        )
    ]
    assert minimal == [say("en", "chart.mean")]


@pytest.mark.parametrize("language", languages())
def test_dates_are_in_the_readers_language(language: str) -> None:
    """The last date is always shown, and the year at its first date."""
    dates = draw_course(A_COURSE, language).words("dates")
    last = A_COURSE.points[-1].at

    assert short_day(last, language) in dates
    assert "2025" in dates


def test_dates_are_in_the_readers_time_zone() -> None:
    """Noon in UTC is already the next day in Kiritimati."""
    svg = course_svg(example_course(USUAL), language="en", zone=ZoneInfo("Pacific/Kiritimati"))

    assert "22 Oct" in Picture(svg).words("dates")
    assert "21 Oct" in draw_course(example_course(USUAL)).words("dates")


@pytest.mark.parametrize("count", [1, 2, 7, 24, 60])
def test_any_number_of_sessions_fits(count: int) -> None:
    """Everything is inside the picture, and dates do not overlap."""
    rows = [LOW if place % 9 == 8 else USUAL for place in range(count)]
    for draw in (course_svg, items_svg):
        picture = Picture(draw(example_course(*rows), language="en", zone=BERLIN))
        height = float(picture.root.get("viewBox", "").split()[3])

        assert all(0 <= x <= WIDTH and 0 <= y <= height for x, y in picture.positions())
        assert len(picture.words("dates")) <= 2 * 8
        dates = [
            float(one.get("x", "nan"))
            for one in picture.groups("dates")[0].iter(f"{SVG}text")
            if not (one.text or "").isdigit()
        ]
        assert all(right - left >= 36 for left, right in pairwise(dates))


def test_items_have_a_plot_each() -> None:
    """Each has the item's name and answers; the alert is shown once for all."""
    picture = Picture(items_svg(A_COURSE, language="en", zone=BERLIN))
    plots = picture.groups("item")

    assert [one.get("data-item") for one in plots] == ["goal", "task", "bond", "overall"]
    for plot, name in zip(plots, ("goal", "task", "bond", "overall"), strict=True):
        assert say("en", f"item.{name}") in ["".join(one.itertext()) for one in plot]
        assert len([one for one in plot.iter(f"{SVG}circle") if one.get("fill") != "none"]) == 8
    assert picture.sessions("unanswered") == [5]
    assert 7 in picture.sessions("alert")


def test_a_skipped_item_is_a_gap_in_its_own_plot_only() -> None:
    """The lines of the other items continue."""
    course = example_course(USUAL, USUAL, USUAL, instrument_id="check_in_4")
    answers = {**course.points[1].answers}
    del answers["bond"]
    points = (course.points[0], replace(course.points[1], answers=answers), course.points[2])
    picture = Picture(items_svg(replace(course, points=points), language="en", zone=BERLIN))
    dots = {
        plot.get("data-item"): len(list(plot.iter(f"{SVG}circle")))
        for plot in picture.groups("item")
    }

    assert dots == {"goal": 3, "task": 3, "bond": 2, "overall": 3}


def test_the_title_names_the_patient_by_code() -> None:
    """So that pictures are not mixed up; screen readers read the same title."""
    picture = draw_course(A_COURSE)
    title = picture.root.find(f"{SVG}title")

    assert title is not None
    assert title.text == picture.words()[0]
    assert "P-017" in picture.words()[0]
