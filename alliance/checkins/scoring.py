"""Scoring: the total of a check-in."""

from dataclasses import dataclass

from alliance.checkins.instruments import Answers, Instrument

MIN_ANSWERED_SHARE = 0.75
"""A total needs at least three quarters of the items."""


@dataclass(frozen=True, slots=True)
class Score:
    """The total of one check-in.

    Attributes:
        total: Sum of the items in the instrument's units, with missing items replaced by the
            mean of the answered ones; None if fewer than three quarters were answered.
        missing: Number of items without an answer.
    """

    total: float | None
    missing: int


def score(instrument: Instrument, answers: Answers) -> Score:
    """Return the total: mean of the answered items times the number of items.

    Args:
        instrument: The instrument that was answered.
        answers: Item id to value; skipped (None) and absent items count as missing.

    >>> from alliance.checkins.instruments import instrument as load
    >>> score(load("check_in_4"), {"goal": 8, "task": 7, "bond": 9})
    Score(total=32.0, missing=1)
    """
    given = [value for item in instrument.items if (value := answers.get(item.id)) is not None]
    missing = len(instrument.items) - len(given)
    if not given or len(given) < MIN_ANSWERED_SHARE * len(instrument.items):
        return Score(None, missing)
    return Score(sum(given) / len(given) * len(instrument.items), missing)
