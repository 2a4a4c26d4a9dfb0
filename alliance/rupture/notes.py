"""Notes that are not alerts: what a therapist should know before trusting the ratings."""

from dataclasses import dataclass
from enum import StrEnum

from alliance.rupture.observation import Observation
from alliance.rupture.state import State

CEILING_AFTER = 5
"""Check-ins in a row all at the maximum before they are said to say nothing."""

STRAIGHT_AFTER = 5
"""Check-ins in a row with one and the same rating for all items."""

HASTY_SECONDS = 3.0
"""A whole check-in answered faster than this was hardly read."""

REGULAR = 0.75
"""Share of check-ins answered from which on a patient answers regularly."""

REGULAR_AFTER = 4
"""Check-ins before a silence before anything is called regular."""


class NoteKind(StrEnum):
    """What a note is about."""

    CEILING = "ceiling"  # all at the maximum: it says nothing either way
    STRAIGHT = "straight"  # the same rating throughout, below the maximum
    HASTY = "hasty"  # answered faster than it can be read
    SILENCE = "silence"  # unanswered, after answering regularly


@dataclass(frozen=True, slots=True)
class Note:
    """One note, and the number that makes its sentence.

    Attributes:
        kind: What it is about.
        count: Check-ins in a row for ``ceiling``, ``straight`` and ``silence``; the seconds it
            took, rounded, for ``hasty``.
    """

    kind: NoteKind
    count: int

    @property
    def key(self) -> str:
        """Key of its sentence, one of ``NOTES_IN_ENGLISH``."""
        return f"note.{self.kind}"


NOTES_IN_ENGLISH = {
    "note.ceiling": (
        "The last {count} check-ins were all at the maximum: they say nothing either way."
    ),
    "note.straight": "The last {count} check-ins had the same rating for every question.",
    "note.hasty": "The check-in was answered within {count} seconds.",
    "note.silence": "Unanswered after regular answers, for {count} check-ins in a row.",
}
"""Note key to English wording; a translation has the same keys and the same placeholder."""


def notes(state: State, observation: Observation) -> tuple[Note, ...]:
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


def _was_regular(state: State) -> bool:
    """Say whether the patient answered regularly before the silence that is going on."""
    before = state.sent - state.missed
    answered = before - (state.unanswered - state.missed)
    return before >= REGULAR_AFTER and answered >= REGULAR * before


def note_in_english(note: Note) -> str:
    """Return the note's sentence in English."""
    return NOTES_IN_ENGLISH[note.key].format(count=note.count)
