"""The survey of the bare bots, with answers in memory, or one commit per answer.

It only uses the standard library, as the aiogram bot runs in a separate environment.
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
    """Answers by person, in a dictionary; also in the SQLite file ``BARE_DATABASE``, if set.

    The handler blocks the event loop while it waits for the disk, as in most bots.
    """

    def __init__(self) -> None:
        self._given: dict[int, list[str]] = {}
        path = os.environ.get("BARE_DATABASE")
        self._database = None if path is None else sqlite3.connect(path)
        if self._database is not None:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("CREATE TABLE answers (person INTEGER, answer TEXT)")

    def begin(self, person: int) -> None:
        """Delete a person's earlier answers."""
        self._given[person] = []

    def add(self, person: int, answer: str) -> int:
        """Save one answer and return the number of answers."""
        given = self._given.setdefault(person, [])
        given.append(answer)
        if self._database is not None:
            self._database.execute("INSERT INTO answers VALUES (?, ?)", (person, answer))
            self._database.commit()
        return len(given)


def question(place: int) -> tuple[str, Buttons]:
    """Return the text and the buttons, as label and data, of one question."""
    labels = [str(number) for number in range(11)] if place < 4 else ["No", "A little", "Yes"]
    buttons = [(label, f"{place}:{label}") for label in labels]
    rows = [buttons[:6], buttons[6:]] if place < 4 else [buttons]
    return f"{TEXTS[place]}\n\n{place + 1}/5", rows
