"""A course for display: usual ranges, alerts and their results."""

import pytest

from alliance.alerts.episodes import StatementKind
from alliance.caseload.course import AlertResult
from tests.alliance.caseload.example_course import (
    LOW,
    NO_ANSWER,
    NOT_ASKED,
    T0,
    USUAL,
    WEEK,
    example_course,
)

STEADY = (USUAL,) * 5


def test_each_session_is_one_point_in_order() -> None:
    """Including sessions without an answer or without a check-in."""
    points = example_course(USUAL, NO_ANSWER, NOT_ASKED, USUAL).points

    assert [point.at for point in points] == [T0 + place * WEEK for place in range(4)]
    assert [point.mean for point in points] == [8.75, None, None, 8.75]
    assert [point.asked for point in points] == [True, True, False, True]


def test_the_usual_range_is_the_one_known_then() -> None:
    """There is none at the first check-in, and a drop does not widen its own range."""
    points = example_course(*STEADY, LOW).points
    last = points[-1]

    assert points[0].usual_low is None
    assert last.usual_low is not None
    assert last.usual_high is not None
    assert last.mean is not None
    assert last.mean < last.usual_low < 8.75 < last.usual_high


def test_an_alert_is_the_one_that_was_raised() -> None:
    """Not what the current settings would raise."""
    assert [point.alert for point in example_course(*STEADY, LOW).points] == [False] * 5 + [True]


def test_another_therapist_is_marked_once() -> None:
    """At the first session with the new one, whatever comes between."""
    points = example_course(USUAL, USUAL, NO_ANSWER, USUAL, second_therapist_from=2).points

    assert [point.has_new_therapist for point in points] == [False, False, True, False]


@pytest.mark.parametrize(
    ("after", "responses", "marks"),
    [
        pytest.param((USUAL, USUAL), (), {7: {"recovered"}}, id="back twice"),
        pytest.param((USUAL,), (), {}, id="back once is not yet"),
        pytest.param((LOW, USUAL, LOW), (), {}, id="up and down again"),
        pytest.param(
            (USUAL, USUAL),
            ((5, 5, StatementKind.ADDRESSED),),
            {5: {"addressed"}, 7: {"recovered"}},
            id="talked about, then back",
        ),
        pytest.param(
            (USUAL, USUAL), ((5, 5, StatementKind.NOT_A_RUPTURE),), {}, id="nothing to repair"
        ),
        pytest.param(
            (USUAL, USUAL),
            ((5, 8, StatementKind.NOT_A_RUPTURE),),
            {7: {"recovered"}},
            id="reported too late",
        ),
    ],
)
def test_what_came_of_an_alert(
    after: tuple[tuple[int, ...], ...],
    responses: tuple[tuple[int, int, StatementKind], ...],
    marks: dict[int, set[str]],
) -> None:
    """ADDRESSED is shown at the alert, RECOVERED at the second check-in back to normal."""
    points = example_course(*STEADY, LOW, *after, responses=responses).points
    found = {place: set(map(str, point.alert_results)) for place, point in enumerate(points)}

    assert {place: one for place, one in found.items() if one} == marks


def test_a_change_of_therapist_ends_what_was_to_be_repaired() -> None:
    """Ratings of the new therapist are not a recovery with the old one."""
    points = example_course(*STEADY, LOW, USUAL, USUAL, second_therapist_from=6).points

    assert not [point for point in points if AlertResult.RECOVERED in point.alert_results]
