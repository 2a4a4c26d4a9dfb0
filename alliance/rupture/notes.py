"""Notes: caveats a therapist should know before trusting the ratings. They never alert."""

from dataclasses import dataclass
from enum import StrEnum

from alliance.rupture.observation import Observation
from alliance.rupture.state import DetectorState

CEILING_AFTER = 5
"""Consecutive check-ins at the maximum from which they count as uninformative."""

STRAIGHT_AFTER = 5
"""Consecutive check-ins with the same rating for all items from which it is noted."""

HASTY_SECONDS = 3.0
"""A whole check-in answered faster than this was hardly read."""

REGULAR_SHARE = 0.75
"""Share of answered check-ins from which a patient counts as answering regularly."""

REGULAR_AFTER = 4
"""Fewest check-ins for which that can be said."""


class NoteKind(StrEnum):
    """What a note is about."""

    CEILING = "ceiling"  # all ratings at the maximum: uninformative
    STRAIGHT = "straight"  # the same rating throughout, below the maximum
    HASTY = "hasty"  # answered faster than it can be read
    SILENCE = "silence"  # unanswered, after answering regularly


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes:
        kind: What it is about.
        count: Number of consecutive check-ins for ``ceiling``, ``straight`` and ``silence``;
            limit in seconds for ``hasty``.
    """

    kind: NoteKind
    count: int


def notes(state: DetectorState, observation: Observation) -> tuple[Note, ...]:
    """Return the notes after a session.

    Args:
        state: The detector's state after that session.
        observation: The session.
    """
    found = []
    answered = any(value is not None for value in (observation.answers or {}).values())
    if answered:
        if state.at_maximum >= CEILING_AFTER:
            found.append(Note(NoteKind.CEILING, state.at_maximum))
        elif state.straight >= STRAIGHT_AFTER:
            found.append(Note(NoteKind.STRAIGHT, state.straight))
        if observation.seconds is not None and observation.seconds < HASTY_SECONDS:
            found.append(Note(NoteKind.HASTY, round(HASTY_SECONDS)))
    elif observation.asked and observation.direct is None and _was_regular(state):
        found.append(Note(NoteKind.SILENCE, state.missed))
    return tuple(found)


def _was_regular(state: DetectorState) -> bool:
    """Whether the patient answered regularly before the current silence."""
    before = state.sent - state.missed
    answered = before - (state.unanswered - state.missed)
    return before >= REGULAR_AFTER and answered >= REGULAR_SHARE * before
