"""A course as people look at it: what was usual, what raised an alert, what came of it."""

import pytest

from alliance.alerts.episodes import Word
from alliance.caseload.course import Mark
from tests.alliance.histories import LOW, NO_ANSWER, NOT_ASKED, T0, USUAL, WEEK, course_of

STEADY = (USUAL,) * 5


def test_each_session_is_one_point_in_order() -> None:
    """Also those without an answer or without a question."""
    points = course_of(USUAL, NO_ANSWER, NOT_ASKED, USUAL).points

    assert [point.at for point in points] == [T0 + place * WEEK for place in range(4)]
    assert [point.mean for point in points] == [8.75, None, None, 8.75]
    assert [point.asked for point in points] == [True, True, False, True]


def test_the_usual_range_is_the_one_known_then() -> None:
    """There is none at the first check-in, and the fall itself does not widen its own."""
    points = course_of(*STEADY, LOW).points
    last = points[-1]

    assert points[0].usual_low is None
    assert last.usual_low is not None
    assert last.usual_high is not None
    assert last.mean is not None
    assert last.mean < last.usual_low < 8.75 < last.usual_high


def test_an_alert_is_the_one_that_was_raised() -> None:
    """Not what today's settings would raise."""
    assert [point.alert for point in course_of(*STEADY, LOW).points] == [False] * 5 + [True]


def test_another_therapist_is_marked_once() -> None:
    """At the first session with the new one, whatever lies between."""
    points = course_of(USUAL, USUAL, NO_ANSWER, USUAL, second_from=2).points

    assert [point.changed for point in points] == [False, False, True, False]


@pytest.mark.parametrize(
    ("after", "told", "marks"),
    [
        pytest.param((USUAL, USUAL), (), {7: {"recovered"}}, id="back twice"),
        pytest.param((USUAL,), (), {}, id="back once is not yet"),
        pytest.param((LOW, USUAL, LOW), (), {}, id="up and down again"),
        pytest.param(
            (USUAL, USUAL),
            ((5, 5, Word.ADDRESSED),),
            {5: {"addressed"}, 7: {"recovered"}},
            id="talked about, then back",
        ),
        pytest.param((USUAL, USUAL), ((5, 5, Word.NOT_A_RUPTURE),), {}, id="nothing to repair"),
        pytest.param(
            (USUAL, USUAL), ((5, 8, Word.NOT_A_RUPTURE),), {7: {"recovered"}}, id="said too late"
        ),
    ],
)
def test_what_came_of_an_alert(
    after: tuple[tuple[int, ...], ...],
    told: tuple[tuple[int, int, Word], ...],
    marks: dict[int, set[str]],
) -> None:
    """Talked about stands at the alert, recovered at the second check-in that is back."""
    points = course_of(*STEADY, LOW, *after, told=told).points
    found = {place: set(map(str, point.marks)) for place, point in enumerate(points)}

    assert {place: one for place, one in found.items() if one} == marks


def test_a_change_of_therapist_ends_what_was_to_be_repaired() -> None:
    """Ratings under the new one are no recovery from what was with the old one."""
    points = course_of(*STEADY, LOW, USUAL, USUAL, second_from=6).points

    assert not [point for point in points if Mark.RECOVERED in point.marks]
