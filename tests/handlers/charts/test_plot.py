"""The picture of a course shows what happened, each thing by a shape of its own."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from alliance.alerts.episodes import Word
from alliance.caseload.course import Course, Point
from handlers.charts import course_svg, items_svg
from handlers.charts.frame import WIDTH
from handlers.texts import languages, say, short_day
from tests.alliance.histories import LOW, NO_ANSWER, NOT_ASKED, USUAL, course_of

SVG = "{http://www.w3.org/2000/svg}"
BERLIN = ZoneInfo("Europe/Berlin")
STEADY = (USUAL,) * 5


class Picture:
    """A picture read back from its text."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)  # noqa: S314 - drawn by ourselves

    def groups(self, kind: str) -> list[ElementTree.Element]:
        """Return what is of that kind, in the order drawn."""
        return [one for one in self.root.iter(f"{SVG}g") if kind in one.get("class", "").split()]

    def sessions(self, kind: str) -> list[int]:
        """Return at which sessions something of that kind stands."""
        found = [one.get("data-session") for one in self.groups(kind)]
        return [int(place) for place in found if place is not None]

    def words(self, kind: str | None = None) -> list[str]:
        """Return all words, or those of one kind of group."""
        roots = [self.root] if kind is None else self.groups(kind)
        return ["".join(one.itertext()) for root in roots for one in root.iter(f"{SVG}text")]

    def places(self) -> Iterator[tuple[float, float]]:
        """Yield where every circle and word stands."""
        for one in self.root.iter():
            if one.tag == f"{SVG}circle":
                yield float(one.get("cx", "nan")), float(one.get("cy", "nan"))
            if one.tag == f"{SVG}text":
                yield float(one.get("x", "nan")), float(one.get("y", "nan"))


def pictured(course: Course, language: str = "en") -> Picture:
    """Return the picture of a course."""
    return Picture(course_svg(course, language=language, zone=BERLIN))


A_COURSE = course_of(
    *STEADY,
    NO_ANSWER,
    NOT_ASKED,
    LOW,
    USUAL,
    USUAL,
    told=((7, 7, Word.ADDRESSED),),
    second_from=3,
)


def test_every_session_stands_where_it_belongs() -> None:
    """From left to right: dots for ratings, crosses for silence, dashes where nobody asked."""
    picture = pictured(A_COURSE)

    assert picture.sessions("rated") == [0, 1, 2, 3, 4, 7, 8, 9]
    assert picture.sessions("unanswered") == [5]
    assert picture.sessions("not_asked") == [6]
    dots = [one.find(f"{SVG}circle") for one in picture.groups("rated")]
    across = [float(one.get("cx", "nan")) for one in dots if one is not None]
    assert across == sorted(across)


def test_a_higher_mean_stands_higher() -> None:
    """And the two ends of the scale lie on its lines."""
    picture = pictured(course_of((10, 10, 10, 10), (5, 5, 5, 5), (0, 0, 0, 0)))
    dots = [one.find(f"{SVG}circle") for one in picture.groups("rated")]
    heights = [float(one.get("cy", "nan")) for one in dots if one is not None]
    labels = {
        one.text: float(one.get("y", "nan")) - 4
        for one in picture.groups("scale")[0].iter(f"{SVG}text")
    }

    assert heights == [labels["10"], labels["5"], labels["0"]]


def test_alert_repair_and_change_are_marked() -> None:
    """At their sessions; the alert tells its mean in figures."""
    picture = pictured(A_COURSE)

    assert picture.sessions("alert") == [7]
    assert picture.sessions("addressed") == [7]
    assert picture.sessions("recovered") == [9]
    assert picture.sessions("changed") == [3]
    assert picture.words("changed")[0] == say("en", "chart.changed")
    assert "5.2" in picture.words("alert")


def test_the_usual_range_stops_at_a_change_and_spans_a_gap() -> None:
    """One therapist, one band; a missed check-in does not tear it."""
    bands = [one.get("data-sessions") for one in pictured(A_COURSE).groups("band")]

    assert bands[:-1] == ["2", "4"]
    assert bands[-1] is None  # the legend's


def test_lines_never_cross_a_gap() -> None:
    """A line is drawn only between neighbours with the same therapist."""
    picture = pictured(A_COURSE)
    lines = [one.get("d", "") for one in picture.root.iter(f"{SVG}path") if one.get("class")]

    assert [line.count("L") + 1 for line in lines] == [3, 2, 3]


def test_the_legend_has_what_the_picture_has() -> None:
    """No less, and no more."""
    everything = pictured(A_COURSE).words("legend")
    little = pictured(course_of(USUAL)).words("legend")

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
    assert little == [say("en", "chart.mean")]


@pytest.mark.parametrize("language", languages())
def test_dates_are_the_readers_own(language: str) -> None:
    """In the reader's language; the last day always, and the year where it begins."""
    said = pictured(A_COURSE, language).words("dates")
    last = A_COURSE.points[-1].at

    assert short_day(last, language) in said
    assert "2025" in said


def test_a_day_is_meant_where_the_reader_is() -> None:
    """Noon in UTC is the next day in Auckland."""
    there = course_svg(course_of(USUAL), language="en", zone=ZoneInfo("Pacific/Kiritimati"))

    assert "22 Oct" in Picture(there).words("dates")
    assert "21 Oct" in pictured(course_of(USUAL)).words("dates")


@pytest.mark.parametrize("count", [1, 2, 7, 24, 60])
def test_any_number_of_sessions_fits(count: int) -> None:
    """Everything stands inside the picture, and dates keep their distance."""
    rows = [LOW if place % 9 == 8 else USUAL for place in range(count)]
    for draw in (course_svg, items_svg):
        picture = Picture(draw(course_of(*rows), language="en", zone=BERLIN))
        height = float(picture.root.get("viewBox", "").split()[3])

        assert all(0 <= x <= WIDTH and 0 <= y <= height for x, y in picture.places())
        assert len(picture.words("dates")) <= 2 * 8
        dates = [
            float(one.get("x", "nan"))
            for one in picture.groups("dates")[0].iter(f"{SVG}text")
            if not (one.text or "").isdigit()
        ]
        apart = [right - left for left, right in pairwise(dates)]
        assert all(gap >= 36 for gap in apart)


def test_items_have_a_plot_each() -> None:
    """With the name that therapists know, its own answers, and the alert through all."""
    picture = Picture(items_svg(A_COURSE, language="en", zone=BERLIN))
    plots = picture.groups("item")

    assert [one.get("data-item") for one in plots] == ["goal", "task", "bond", "overall"]
    for plot, name in zip(plots, ("goal", "task", "bond", "overall"), strict=True):
        assert say("en", f"item.{name}") in ["".join(one.itertext()) for one in plot]
        assert len([one for one in plot.iter(f"{SVG}circle") if one.get("fill") != "none"]) == 8
    assert picture.sessions("unanswered") == [5]
    assert 7 in picture.sessions("alert")


def test_a_skipped_item_is_a_gap_in_its_own_plot_only() -> None:
    """The others go on."""
    course = course_of(USUAL, USUAL, USUAL, asked="check_in_4")
    answers = {**course.points[1].answers}
    del answers["bond"]
    changed = (course.points[0], _with(course, answers), course.points[2])
    picture = Picture(items_svg(replace(course, points=changed), language="en", zone=BERLIN))
    dots = {
        plot.get("data-item"): len(list(plot.iter(f"{SVG}circle")))
        for plot in picture.groups("item")
    }

    assert dots == {"goal": 3, "task": 3, "bond": 2, "overall": 3}


def _with(course: Course, answers: dict[str, float]) -> Point:
    return replace(course.points[1], answers=answers)


def test_the_title_names_the_patient_by_code() -> None:
    """So that two pictures are not mixed up; it is the title for those who hear it, too."""
    picture = pictured(A_COURSE)
    title = picture.root.find(f"{SVG}title")

    assert title is not None
    assert title.text == picture.words()[0]
    assert "P-017" in picture.words()[0]
