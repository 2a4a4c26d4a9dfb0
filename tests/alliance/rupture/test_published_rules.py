"""Published rules at their boundaries, on totals of four items from 0 to 10."""

from typing import NamedTuple

import pytest

from alliance.rupture import (
    UNANSWERED,
    DetectionSettings,
    Observation,
    Verdict,
    VerdictKind,
    detector,
    detector_names,
    replay_observations,
)
from alliance.rupture.rules.registry import RULES
from tests.alliance.rupture.observations import CHECK_IN_4, flat_rating, rating


class Course(NamedTuple):
    """A rule's name, the check-ins in order, and whether the last one raises."""

    rule: str
    check_ins: list[Observation]
    raised: bool


BOUNDARIES = [
    Course("openfit", [flat_rating(9), flat_rating(9)], False),
    Course("openfit", [rating(9, 9, 9, 8)], True),  # 35
    Course("openfit", [rating(9, 9, 9, 9)], False),  # 36, the cut-off itself
    Course("openfit", [flat_rating(10), rating(10, 10, 10, 9)], True),  # down by one
    Course("openfit", [flat_rating(9), rating(9, 10, 10, 9)], False),
    Course("openfit", [flat_rating(10), rating(10, 10, 10, 9.5)], False),  # down by half a point
    Course("openfit", [Observation({"goal": 1, "task": 1})], False),  # two of four: no total
    Course("openfit", [Observation({"goal": 8, "task": 9, "bond": 9})], True),
    Course("srs_manual", [rating(9, 9, 9, 9)], True),  # at 36
    Course("srs_manual", [rating(10, 9, 9, 9)], False),
    Course("srs_manual", [rating(10, 10, 10, 8)], True),
    Course("item_below_9", [flat_rating(9)], False),
    Course("item_below_9", [rating(10, 10, 10, 8)], True),
    Course("item_below_9", [Observation({"goal": 8})], True),
    Course("hunhu", [rating(10, 10, 10, 8)], False),
    Course("hunhu", [rating(10, 10, 10, 7.5)], False),
    Course("hunhu", [rating(10, 10, 10, 7)], True),
    # Totals 8, 9, 10: mean 9, SD 1, sigma 1/1.128.
    Course(
        "own_mean_2sd", [flat_rating(8), flat_rating(9), flat_rating(10), flat_rating(7.1)], False
    ),
    Course(
        "own_mean_2sd", [flat_rating(8), flat_rating(9), flat_rating(10), flat_rating(6.9)], True
    ),
    Course(
        "own_mean_2sd", [flat_rating(8), flat_rating(9), flat_rating(2)], False
    ),  # two earlier totals only
    Course(
        "own_mean_2sd", [flat_rating(9), flat_rating(9), flat_rating(9), flat_rating(8)], True
    ),  # an SD of zero
    Course("own_mean_sample_sd", [flat_rating(9), flat_rating(8.1)], False),
    Course("own_mean_sample_sd", [flat_rating(9), flat_rating(7.9)], True),
    Course(
        "own_mean_stricter_sd",
        [flat_rating(9), flat_rating(9), flat_rating(9), flat_rating(7.1)],
        False,
    ),
    Course(
        "own_mean_stricter_sd",
        [flat_rating(9), flat_rating(9), flat_rating(9), flat_rating(6.9)],
        True,
    ),
    Course(
        "individuals_chart_3",
        [flat_rating(8), flat_rating(9), flat_rating(10), flat_rating(6.4)],
        False,
    ),
    Course(
        "individuals_chart_3",
        [flat_rating(8), flat_rating(9), flat_rating(10), flat_rating(6.3)],
        True,
    ),
    Course(
        "individuals_chart_2",
        [flat_rating(8), flat_rating(9), flat_rating(10), flat_rating(7.3)],
        False,
    ),
    Course(
        "individuals_chart_2",
        [flat_rating(8), flat_rating(9), flat_rating(10), flat_rating(7.2)],
        True,
    ),
    # 1.96 x 1 x sqrt(2 x 0.38) = 1.71 points an item.
    Course("reliable_change", [flat_rating(9), flat_rating(7.3)], False),
    Course("reliable_change", [flat_rating(9), flat_rating(7.2)], True),
    Course(
        "self_starting_cusum",
        [flat_rating(8), flat_rating(9), flat_rating(8), flat_rating(9), flat_rating(8)],
        False,
    ),
    Course(
        "self_starting_cusum",
        [*([flat_rating(8), flat_rating(9)] * 4), flat_rating(4), flat_rating(4)],
        True,
    ),
    Course("ewma", [*([flat_rating(8), flat_rating(9)] * 4), flat_rating(8)], False),
    Course(
        "ewma",
        [*([flat_rating(8), flat_rating(9)] * 4), flat_rating(4), flat_rating(4), flat_rating(4)],
        True,
    ),
]


def last_verdict(course: Course) -> Verdict | None:
    """Return the rule's verdict on the last check-in of the course."""
    watch = detector(course.rule, instrument=CHECK_IN_4)
    return replay_observations(watch, course.check_ins)[1][-1]


@pytest.mark.parametrize("course", BOUNDARIES, ids=lambda course: course.rule)
def test_a_rule_fires_where_it_was_published_to(course: Course) -> None:
    """At the limit and on either side of it."""
    verdict = last_verdict(course)

    assert (verdict is not None and verdict.raised) is course.raised


@pytest.mark.parametrize(
    ("wanted", "missed", "raised"), [(1, 1, True), (2, 1, False), (2, 2, True), (3, 2, False)]
)
def test_missed_in_a_row_counts_to_the_number_set(wanted: int, missed: int, raised: bool) -> None:
    """An answer in between restarts the count."""
    watch = detector(
        "missed_in_a_row", instrument=CHECK_IN_4, settings=DetectionSettings(missed_in_a_row=wanted)
    )

    _, verdicts = replay_observations(
        watch, [flat_rating(9), UNANSWERED, flat_rating(9), *[UNANSWERED] * missed]
    )
    verdict = verdicts[-1]

    assert verdict is not None
    assert verdict.kind is VerdictKind.SILENCE
    assert verdict.raised is raised
    assert verdict.missed == missed


@pytest.mark.parametrize("name", detector_names())
def test_every_rule_says_in_its_docstring_where_it_comes_from(name: str) -> None:
    """The source of each rule is documented next to its code."""
    documentation = RULES[name].__doc__ or ""

    assert name in {"hidden_markov", "own_baseline"} or "source" in documentation.lower()
