"""The sentence claims what the ratings show, and nothing else."""

import re

from alliance.rupture import ENGLISH, detector, in_english, replayed, sentence
from alliance.rupture.sentence import shown
from tests.alliance.rupture.courses import BOND_GONE, CHECK_IN_4, USUAL


def test_a_fall_reads_as_a_sentence() -> None:
    """Item, today's rating, the usual one, the mean and its usual range."""
    watch = detector("own_baseline", instrument=CHECK_IN_4)
    _, verdicts = replayed(watch, [USUAL] * 6 + [BOND_GONE])
    verdict = verdicts[-1]

    assert verdict is not None
    assert re.fullmatch(
        r"The ratings fell: bond 3, usually about 9; mean 6, usually [\d.]+ to [\d.]+\.",
        in_english(verdict, CHECK_IN_4),
    )
    assert sentence(verdict).key == "scores.fell"


def test_no_sentence_claims_a_rupture() -> None:
    """A detector knows ratings, not what happened in the room."""
    assert not [key for key, words in ENGLISH.items() if "rupture" in words.lower()]


def test_amounts_are_shown_as_people_read_them() -> None:
    """One decimal, none where it would be zero, and no minus before a zero."""
    assert [shown(x) for x in (8.0, 7.96, 4.26, -0.04, -0.5, None)] == [
        *("8", "8", "4.3", "0", "-0.5", "–")
    ]
