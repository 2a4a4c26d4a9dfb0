"""Notes inform and never alert."""

from dataclasses import replace

import pytest

from alliance.rupture import UNANSWERED, WITHOUT_CHECKIN, Observation, detector, replay_observations
from alliance.rupture.notes import Note, NoteKind, notes
from tests.alliance.rupture.observations import CHECK_IN_4, USUAL, flat_rating

FULL = flat_rating(10)
EIGHT = flat_rating(8)
ALONE = Observation({"bond": 8})
QUICK = replace(USUAL, seconds=2.9)
UNHURRIED = replace(USUAL, seconds=3.0)


@pytest.mark.parametrize(
    ("course", "found"),
    [
        ([FULL] * 4, []),
        ([FULL] * 5, [Note(NoteKind.CEILING, 5)]),
        ([FULL] * 3 + [UNANSWERED] + [FULL] * 2, [Note(NoteKind.CEILING, 5)]),
        ([FULL] * 4 + [EIGHT], [Note(NoteKind.STRAIGHT, 5)]),
        ([EIGHT] * 4, []),
        ([EIGHT] * 7, [Note(NoteKind.STRAIGHT, 7)]),
        ([EIGHT] * 5 + [USUAL], []),
        ([ALONE] * 6, []),  # one answered item is not a pattern
        ([QUICK], [Note(NoteKind.HASTY, 3)]),
        ([UNHURRIED], []),
        ([USUAL] * 4 + [UNANSWERED], [Note(NoteKind.SILENCE, 1)]),
        ([USUAL] * 4 + [UNANSWERED] * 2, [Note(NoteKind.SILENCE, 2)]),
        ([USUAL] * 3 + [UNANSWERED], []),  # too early to call it regular
        ([USUAL, UNANSWERED] * 4, []),  # never was regular
        ([USUAL] * 4 + [WITHOUT_CHECKIN], []),
    ],
)
def test_a_course_makes_these_notes(course: list[Observation], found: list[Note]) -> None:
    """After the last session."""
    watch = detector(instrument=CHECK_IN_4)
    state, _ = replay_observations(watch, course)

    assert list(notes(state, course[-1])) == found
