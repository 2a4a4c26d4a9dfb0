"""How fast we may speak: thirty messages a second overall, one a second to each person.

It stands in the database, so that it holds for all workers together. What counts is when
messages arrive, not when they leave: one that is under way may arrive at any moment, so it
counts until Telegram has answered, and a second longer.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.database.tx import Tx, at_text, at_time

OVERALL = 30
WINDOW = timedelta(seconds=1)
BETWEEN = timedelta(seconds=1)
A_MOMENT = timedelta(seconds=0.05)

SKEW = timedelta(seconds=5)
"""What is noted further in the future was noted before a clock was set back."""

EVERYBODY = ""
CLAIMING = -1
"""The turn of who claims a letter; the turns of chats are their numbers, which are others."""


async def wait(tx: Tx, *, now: datetime) -> timedelta:
    """Return how long until anything may leave; zero when it may now.

    Until this transaction is over no other worker is told anything.
    """
    await tx.one(f"SELECT {tx.turn} AS turn", CLAIMING)
    pause = await tx.one(
        f"SELECT until FROM paces WHERE person_id = ? AND {_SANE}", EVERYBODY, at_text(now + SKEW)
    )
    if pause is not None and at_time(pause["until"]) > now:
        return at_time(pause["until"]) - now
    busy = await tx.one("SELECT COUNT(*) AS number FROM outbox WHERE state = 'sending'")
    just = await tx.one(
        "SELECT COUNT(*) AS number, MIN(left_at) AS first FROM paces"
        f" WHERE person_id <> ? AND left_at > ? AND {_SANE}",
        EVERYBODY,
        at_text(now - WINDOW),
        at_text(now + SKEW),
    )
    if busy is None or just is None or busy["number"] + just["number"] < OVERALL:
        return timedelta()
    if just["first"] is None:
        return A_MOMENT
    return max(A_MOMENT, at_time(just["first"]) + WINDOW - now)


_SANE = "left_at <= ?"


async def resting(tx: Tx, *, now: datetime) -> frozenset[str]:
    """Return who is not to be written to now: they just were, or are being written to."""
    rows = await tx.all(
        f"SELECT person_id FROM paces WHERE until > ? AND {_SANE}"
        " UNION SELECT person_id FROM outbox WHERE state = 'sending'",
        at_text(now),
        at_text(now + SKEW),
    )
    return frozenset(row["person_id"] for row in rows)


async def next_rested(tx: Tx, *, now: datetime) -> datetime | None:
    """Return when the first of the resting may be written to again."""
    row = await tx.one(
        f"SELECT MIN(until) AS first FROM paces WHERE until > ? AND {_SANE}",
        at_text(now),
        at_text(now + SKEW),
    )
    return None if row is None or row["first"] is None else at_time(row["first"])


async def spent(tx: Tx, *, person_id: str, at: datetime, rest: timedelta = BETWEEN) -> None:
    """Note that a message to somebody has arrived by now, or may have."""
    await tx.run(
        "INSERT INTO paces (person_id, left_at, until) SELECT id, ?, ? FROM people WHERE id = ?"
        f" {_LATER}",
        at_text(at),
        at_text(at + rest),
        person_id,
    )


async def spent_by(tx: Tx, workers: Iterable[int], *, at: datetime) -> None:
    """Note likewise what workers had in hand who have gone: it may just have arrived."""
    gone = tuple(workers)
    if gone:
        marks = ", ".join("?" for _ in gone)
        await tx.run(
            "INSERT INTO paces (person_id, left_at, until) SELECT DISTINCT person_id, ?, ?"
            f" FROM outbox WHERE state = 'sending' AND worker IN ({marks}) {_LATER}",
            at_text(at),
            at_text(at + BETWEEN),
            *gone,
        )


_LATER = (
    "ON CONFLICT (person_id) DO UPDATE SET left_at = excluded.left_at, until ="
    " CASE WHEN paces.until > excluded.until THEN paces.until ELSE excluded.until END"
)


async def told(tx: Tx, *, person_id: str, seconds: float, at: datetime) -> None:
    """Heed a 429: it stops its own chat; a second one within a second stops all."""
    await tx.one(f"SELECT {tx.turn} AS turn", CLAIMING)
    pause = timedelta(seconds=seconds)
    last = await tx.one("SELECT left_at FROM paces WHERE person_id = ?", EVERYBODY)
    is_second = last is not None and abs(at - at_time(last["left_at"])) < WINDOW
    await tx.run(
        f"INSERT INTO paces (person_id, left_at, until) VALUES (?, ?, ?) {_LATER}",
        EVERYBODY,
        at_text(at),
        at_text(at + pause if is_second else at),
    )
    await spent(tx, person_id=person_id, at=at, rest=pause)
