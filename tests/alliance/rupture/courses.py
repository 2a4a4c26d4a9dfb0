"""Words for short courses of Check-in 4, so that a test reads like a file of sessions."""

import re

from alliance.checkins.instruments import Instrument, instrument
from alliance.rupture import Observation

CHECK_IN_4: Instrument = instrument("check_in_4")


def rated(goal: float, task: float, bond: float, overall: float) -> Observation:
    """One answered check-in."""
    return Observation({"goal": goal, "task": task, "bond": bond, "overall": overall})


def flat(value: float) -> Observation:
    """One check-in with the same rating throughout."""
    return rated(value, value, value, value)


USUAL = rated(9, 8, 9, 9)
BOND_GONE = rated(8, 7, 3, 6)


def numbers_in(words: str) -> list[str]:
    """Every number a sentence holds, as it stands there."""
    return re.findall(r"-?\d+(?:\.\d+)?", words)
