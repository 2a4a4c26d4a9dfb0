"""How often an alert on ratings is right, from simulation, and such shares in words.

``chances.json`` is made by ``python -m benchmarks.detection.make_chances`` from the committed
results of the benchmark.
"""

import json
from enum import StrEnum
from functools import cache
from pathlib import Path

from alliance.checkins.instruments import Instrument
from alliance.rupture.shape import shape_of

FILE = Path(__file__).with_name("chances.json")

FINE_STEPS = 10
"""From so many steps on, the patients of the fine scale stand for a site's; else the coarse."""


class Share(StrEnum):
    """A share as people say it."""

    HARDLY_ANY = "hardly_any"
    ONE_IN_TEN = "one_in_ten"
    ONE_IN_FIVE = "one_in_five"
    ONE_IN_FOUR = "one_in_four"
    ONE_IN_THREE = "one_in_three"
    TWO_IN_FIVE = "two_in_five"
    HALF = "half"
    THREE_IN_FIVE = "three_in_five"
    TWO_IN_THREE = "two_in_three"
    THREE_IN_FOUR = "three_in_four"
    NEARLY_ALL = "nearly_all"


LIMITS = (
    (0.07, Share.HARDLY_ANY),
    (0.15, Share.ONE_IN_TEN),
    (0.225, Share.ONE_IN_FIVE),
    (0.29, Share.ONE_IN_FOUR),
    (0.36, Share.ONE_IN_THREE),
    (0.45, Share.TWO_IN_FIVE),
    (0.55, Share.HALF),
    (0.63, Share.THREE_IN_FIVE),
    (0.71, Share.TWO_IN_THREE),
    (0.85, Share.THREE_IN_FOUR),
)
"""Shares below the number are called so; all others are nearly all."""


def in_words(share: float) -> Share:
    """Return what people call a share from 0 to 1.

    >>> in_words(0.33), in_words(0.67)
    (<Share.ONE_IN_THREE: 'one_in_three'>, <Share.TWO_IN_THREE: 'two_in_three'>)
    """
    return next((words for limit, words in LIMITS if share < limit), Share.NEARLY_ALL)


def right_share(detector: str, instrument: Instrument, *, budget: int) -> float | None:
    """Return the share of a detector's alerts that met a rupture in simulation, 0 to 1.

    Alerts on ratings alone are meant: where the direct question was answered with "no" as well,
    rather fewer are right than this says; with "a little", rather more.

    Args:
        detector: Name of the detector.
        instrument: What is asked.
        budget: False alarms per 100 ordinary sessions, 2, 5 or 10; rules with a published limit
            have that limit whatever the budget.

    Returns:
        None where it was never simulated.
    """
    people = "fine" if round(1 / shape_of(instrument).step) >= FINE_STEPS else "coarse"
    known = _chances().get(detector, {}).get(people, {})
    return known.get(str(budget), known.get("published"))


@cache
def _chances() -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = json.loads(FILE.read_text("utf-8"))["right"]
    return found
