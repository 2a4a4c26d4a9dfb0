"""What the bare bots ask and keep: all in memory, or one commit for each answer.

Standard library only: the aiogram bot runs in an environment without the rest of ours.
"""

import os
import sqlite3

TEXTS = (
    "Today we worked on what matters to me.",
    "The way we worked made sense to me.",
    "I felt taken seriously, and on the same side.",
    "All in all, how well did we work together this time?",
    "Did anything feel off between you today?",
)
THANKS = "Thank you."
Buttons = list[list[tuple[str, str]]]


class Answers:
    """Answers by person, in a dictionary; and in a SQLite file where ``BARE_DATABASE`` names one.

    As most people write it: the handler waits for the disk, with the whole program.
    """

    def __init__(self) -> None:
        self._given: dict[int, list[str]] = {}
        path = os.environ.get("BARE_DATABASE")
        self._file = None if path is None else sqlite3.connect(path)
        if self._file is not None:
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("CREATE TABLE answers (person INTEGER, answer TEXT)")

    def begin(self, person: int) -> None:
        """Forget what somebody answered earlier."""
        self._given[person] = []

    def keep(self, person: int, answer: str) -> int:
        """Keep one answer; return how many there are now."""
        given = self._given.setdefault(person, [])
        given.append(answer)
        if self._file is not None:
            self._file.execute("INSERT INTO answers VALUES (?, ?)", (person, answer))
            self._file.commit()
        return len(given)


def question(place: int) -> tuple[str, Buttons]:
    """Return words and buttons, label and data, of one question."""
    labels = [str(number) for number in range(11)] if place < 4 else ["No", "A little", "Yes"]
    buttons = [(label, f"{place}:{label}") for label in labels]
    rows = [buttons[:6], buttons[6:]] if place < 4 else [buttons]
    return f"{TEXTS[place]}\n\n{place + 1}/5", rows
