"""Helpers for short courses of Check-in 4."""

import re

from alliance.checkins.instruments import Instrument, instrument
from alliance.rupture import Observation

CHECK_IN_4: Instrument = instrument("check_in_4")


def rating(goal: float, task: float, bond: float, overall: float) -> Observation:
    """Return one answered check-in."""
    return Observation({"goal": goal, "task": task, "bond": bond, "overall": overall})


def flat_rating(value: float) -> Observation:
    """Return one check-in with the same rating throughout."""
    return rating(value, value, value, value)


USUAL = rating(9, 8, 9, 9)
BOND_DROP = rating(8, 7, 3, 6)


def numbers_in(words: str) -> list[str]:
    """Return every number in a sentence, as written."""
    return re.findall(r"-?\d+(?:\.\d+)?", words)
