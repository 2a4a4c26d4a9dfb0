"""Telegram's send limits: thirty messages a second overall, one a second to each person.

They are kept in the database, so that they hold for all workers together. What counts is when a
message arrives, not when it is sent: one in progress may arrive at any moment, so it counts
until Telegram has answered, and for a second more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.database.tx import Tx, utc_text, utc_time

MAX_PER_SECOND = 30
WINDOW = timedelta(seconds=1)
PER_PERSON_INTERVAL = timedelta(seconds=1)
SHORT_DELAY = timedelta(seconds=0.05)

SKEW = timedelta(seconds=5)
"""Times further in the future were recorded before a clock was set back; they do not count."""

EVERYBODY = ""
CLAIM_LOCK = -1
"""Advisory lock for claiming a message; the locks of chats are their ids, which differ."""


async def time_to_wait(tx: Tx, *, now: datetime) -> timedelta:
    """Return how long until any message may be sent; zero if one may be sent now.

    Other workers wait until this transaction ends.
    """
    await tx.one(f"SELECT {tx.advisory_lock} AS turn", CLAIM_LOCK)
    pause = await tx.one(
        f"SELECT until FROM send_limits WHERE person_id = ? AND {_NOT_IN_FUTURE}",
        EVERYBODY,
        utc_text(now + SKEW),
    )
    if pause is not None and utc_time(pause["until"]) > now:
        return utc_time(pause["until"]) - now
    busy = await tx.one("SELECT COUNT(*) AS number FROM outbox WHERE state = 'sending'")
    just = await tx.one(
        "SELECT COUNT(*) AS number, MIN(left_at) AS first FROM send_limits"
        f" WHERE person_id <> ? AND left_at > ? AND {_NOT_IN_FUTURE}",
        EVERYBODY,
        utc_text(now - WINDOW),
        utc_text(now + SKEW),
    )
    if busy is None or just is None or busy["number"] + just["number"] < MAX_PER_SECOND:
        return timedelta()
    if just["first"] is None:
        return SHORT_DELAY
    return max(SHORT_DELAY, utc_time(just["first"]) + WINDOW - now)


_NOT_IN_FUTURE = "left_at <= ?"


async def blocked_people(tx: Tx, *, now: datetime) -> frozenset[str]:
    """Return who may not be written to now, because they just were or are being written to."""
    rows = await tx.all(
        f"SELECT person_id FROM send_limits WHERE until > ? AND {_NOT_IN_FUTURE}"
        " UNION SELECT person_id FROM outbox WHERE state = 'sending'",
        utc_text(now),
        utc_text(now + SKEW),
    )
    return frozenset(row["person_id"] for row in rows)


async def next_unblocked_at(tx: Tx, *, now: datetime) -> datetime | None:
    """Return when the first of them may be written to again."""
    row = await tx.one(
        f"SELECT MIN(until) AS first FROM send_limits WHERE until > ? AND {_NOT_IN_FUTURE}",
        utc_text(now),
        utc_text(now + SKEW),
    )
    return None if row is None or row["first"] is None else utc_time(row["first"])


async def record_sent(
    tx: Tx, *, person_id: str, at: datetime, pause: timedelta = PER_PERSON_INTERVAL
) -> None:
    """Record that a message to somebody has arrived by now, or may have."""
    await tx.run(
        "INSERT INTO send_limits (person_id, left_at, until)"
        f" SELECT id, ?, ? FROM people WHERE id = ? {_KEEP_LATER_PAUSE}",
        utc_text(at),
        utc_text(at + pause),
        person_id,
    )


async def record_sent_by_workers(tx: Tx, workers: Iterable[int], *, at: datetime) -> None:
    """Likewise for the messages that dead workers were sending: they may just have arrived."""
    dead = tuple(workers)
    if dead:
        marks = ", ".join("?" for _ in dead)
        await tx.run(
            "INSERT INTO send_limits (person_id, left_at, until) SELECT DISTINCT person_id, ?, ?"
            f" FROM outbox WHERE state = 'sending' AND worker IN ({marks}) {_KEEP_LATER_PAUSE}",
            utc_text(at),
            utc_text(at + PER_PERSON_INTERVAL),
            *dead,
        )


_KEEP_LATER_PAUSE = (
    "ON CONFLICT (person_id) DO UPDATE SET left_at = excluded.left_at, until ="
    " CASE WHEN send_limits.until > excluded.until THEN send_limits.until ELSE excluded.until END"
)


async def record_retry_after(tx: Tx, *, person_id: str, seconds: float, at: datetime) -> None:
    """Obey a 429: it pauses its own chat; a second one within a second pauses all chats."""
    await tx.one(f"SELECT {tx.advisory_lock} AS turn", CLAIM_LOCK)
    pause = timedelta(seconds=seconds)
    last = await tx.one("SELECT left_at FROM send_limits WHERE person_id = ?", EVERYBODY)
    is_second = last is not None and abs(at - utc_time(last["left_at"])) < WINDOW
    await tx.run(
        f"INSERT INTO send_limits (person_id, left_at, until) VALUES (?, ?, ?) {_KEEP_LATER_PAUSE}",
        EVERYBODY,
        utc_text(at),
        utc_text(at + pause if is_second else at),
    )
    await record_sent(tx, person_id=person_id, at=at, pause=pause)
