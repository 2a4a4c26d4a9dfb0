"""Check-ins: one for each patient and session, their states and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alliance.calendar.timing import Timing
from alliance.checkins.instruments import Answers
from alliance.checkins.review import ANSWERABLE, CheckinState, Given
from storage.calendar.sessions import Session
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none


@dataclass(frozen=True, slots=True)
class Checkin:
    """One check-in with what it holds so far.

    Attributes:
        message_id: The message in the patient's chat that carries the question.
        locks_at: Until when finished answers may be changed; None before they are finished.
        score: Total in the instrument's units; None before completion or with too few answers.
        group_id: Whose session it is about; None for one of the patient's own.
        wish: Whether the session is to be brought up next time, one of ``WISHES``; None unsaid.
    """

    id: str
    session_id: str
    patient_id: str
    group_id: str | None
    instrument: str
    state: CheckinState
    due_at: datetime
    closes_at: datetime
    message_id: int | None
    locks_at: datetime | None
    score: float | None
    wish: str | None
    given: Given

    def is_open(self, now: datetime) -> bool:
        """Say whether it waits for its patient."""
        return self.state in ANSWERABLE and now < self.closes_at

    def may_change(self, now: datetime) -> bool:
        """Say whether finished answers may still be changed."""
        return self.locks_at is not None and now < self.locks_at


@dataclass(frozen=True, slots=True)
class Holder:
    """A check-in and the person it belongs to, as far as a screen needs to know them.

    Attributes:
        answers_on: Where that person answers, ``chat`` or ``page``; None is as the site has it.
    """

    checkin: Checkin
    language: str
    zone: str
    answers_on: str | None = None


_COLUMNS = (
    "k.id, k.session_id, k.patient_id, k.instrument, k.state, k.due_at, k.closes_at,"
    " k.message_id, k.locks_at, k.score, k.wish, k.direct, k.direct_after, k.revisited,"
    " (SELECT s.group_id FROM sessions s WHERE s.id = k.session_id) AS group_id"
)
_ANSWERABLE = ", ".join(f"'{state}'" for state in sorted(ANSWERABLE))


def _checkin(row: Row, answers: Answers) -> Checkin:
    return Checkin(
        id=row["id"],
        session_id=row["session_id"],
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        instrument=row["instrument"],
        state=CheckinState(row["state"]),
        due_at=at_time(row["due_at"]),
        closes_at=at_time(row["closes_at"]),
        message_id=row["message_id"],
        locks_at=at_time_or_none(row["locks_at"]),
        score=row["score"],
        wish=row["wish"],
        given=Given(answers, row["direct"], row["direct_after"], row["revisited"]),
    )


async def add(
    tx: Tx,
    *,
    session: Session,
    patient_id: str,
    instrument_version: int,
    timing: Timing,
    state: CheckinState = CheckinState.PLANNED,
    reason: str = "session over",
    at: datetime,
) -> str | None:
    """Add the check-in of one session; None when there is one already.

    UNIQUE (session_id, patient_id) makes a second tick, process or restart harmless.
    """
    checkin_id = new_id(at)
    added = await tx.run(
        "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version, state,"
        " due_at, closes_at, remind_at, reminders_left)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        checkin_id,
        session.id,
        patient_id,
        session.instrument,
        instrument_version,
        state,
        at_text(timing.due_at),
        at_text(timing.closes_at),
        None if timing.remind_at is None else at_text(timing.remind_at),
        timing.reminders,
    )
    if not added:
        return None
    await note(tx, checkin_id, state, reason, at)
    return checkin_id


async def move(
    tx: Tx,
    *,
    checkin_id: str,
    to: CheckinState,
    reason: str,
    at: datetime,
    only_from: frozenset[CheckinState],
) -> bool:
    """Move a check-in to another state and note why; False when it was elsewhere."""
    allowed = ", ".join(f"'{state}'" for state in sorted(only_from))
    moved = await tx.run(
        f"UPDATE checkins SET state = ? WHERE id = ? AND state IN ({allowed})", to, checkin_id
    )
    if moved:
        await note(tx, checkin_id, to, reason, at)
    return bool(moved)


async def note(tx: Tx, checkin_id: str, state: CheckinState, reason: str, at: datetime) -> None:
    """Add to the log of what happened to a check-in."""
    await tx.run(
        "INSERT INTO checkin_events (id, checkin_id, state, reason, at) VALUES (?, ?, ?, ?, ?)",
        new_id(at),
        checkin_id,
        state,
        reason,
        at_text(at),
    )


async def by_id(tx: Tx, checkin_id: str) -> Holder | None:
    """Return a check-in by its id."""
    return await _holder(tx, "k.id = ?", checkin_id)


async def open_of(tx: Tx, *, patient_id: str, now: datetime) -> Holder | None:
    """Return the check-in that a patient may answer now, the newest if there are two."""
    return await _holder(
        tx,
        f"k.patient_id = ? AND k.state IN ({_ANSWERABLE}) AND k.closes_at > ?"
        " ORDER BY k.due_at DESC LIMIT 1",
        patient_id,
        at_text(now),
    )


async def awaiting(tx: Tx, *, patient_id: str, revisited: str) -> Holder | None:
    """Return the finished check-in whose patient went back to something; the newest of several."""
    return await _holder(
        tx,
        "k.patient_id = ? AND k.state = 'completed' AND k.revisited = ?"
        " ORDER BY k.due_at DESC LIMIT 1",
        patient_id,
        revisited,
    )


async def _holder(tx: Tx, condition: str, *values: str | int) -> Holder | None:
    row = await tx.one(
        f"SELECT {_COLUMNS}, p.language, p.zone, p.answers_on FROM checkins k"
        f" JOIN people p ON p.id = k.patient_id WHERE {condition}",
        *values,
    )
    if row is None:
        return None
    rows = await tx.all("SELECT item, value FROM answers WHERE checkin_id = ?", row["id"])
    answers: Answers = {answer["item"]: answer["value"] for answer in rows}
    return Holder(_checkin(row, answers), row["language"], row["zone"], row["answers_on"])


async def of_same_session(tx: Tx, checkin_id: str) -> Sequence[Row]:
    """Return id and patient of every check-in about the session of this one."""
    return await tx.all(
        "SELECT id, patient_id FROM checkins"
        " WHERE session_id = (SELECT session_id FROM checkins WHERE id = ?) ORDER BY patient_id",
        checkin_id,
    )


async def sent(tx: Tx, *, checkin_id: str, message_id: int, at: datetime) -> int | None:
    """Note the message that now carries the question; return the one before, if another."""
    before = await tx.one("SELECT message_id FROM checkins WHERE id = ?", checkin_id)
    await tx.run(
        "UPDATE checkins SET message_id = ?, sent_at = COALESCE(sent_at, ?) WHERE id = ?",
        message_id,
        at_text(at),
        checkin_id,
    )
    await move(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.SENT,
        reason="delivered",
        at=at,
        only_from=frozenset({CheckinState.DUE}),
    )
    old = None if before is None else before["message_id"]
    return None if old == message_id else old


async def set_reminder(
    tx: Tx, *, checkin_id: str, at: datetime | None, left: int | None = None
) -> None:
    """Set when a check-in is brought up again; None is never.

    Args:
        tx: An open transaction.
        checkin_id: Which.
        at: When.
        left: How many reminders it may still have, this one included; None leaves it.
    """
    await tx.run(
        "UPDATE checkins SET remind_at = ?, reminders_left = COALESCE(?, reminders_left)"
        " WHERE id = ?",
        None if at is None else at_text(at),
        left,
        checkin_id,
    )


async def close_earlier(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None, at: datetime
) -> None:
    """Let what is open about a patient's own, or a group's, sessions end: a newer one was held."""
    whose = "group_id" if patient_id is None else "patient_id"
    await tx.run(
        f"UPDATE checkins SET closes_at = ? WHERE closes_at > ?"
        f" AND state IN ('planned', {_ANSWERABLE})"
        f" AND session_id IN (SELECT id FROM sessions WHERE {whose} = ?)",
        at_text(at),
        at_text(at),
        patient_id or group_id,
    )


async def all_waiting(tx: Tx, *, now: datetime) -> Sequence[Row]:
    """Return the id of every check-in that may be answered now, sent or about to be."""
    return await tx.all(
        f"SELECT id FROM checkins WHERE state IN ({_ANSWERABLE}) AND closes_at > ?", at_text(now)
    )


async def all_open(tx: Tx, *, now: datetime) -> Sequence[Row]:
    """Return id and patient of every check-in that waits for its patient."""
    return await tx.all(
        "SELECT id, patient_id FROM checkins WHERE state IN ('sent', 'opened') AND closes_at > ?",
        at_text(now),
    )


async def overview(tx: Tx) -> list[dict[str, Any]]:
    """Return every check-in with its answers, oldest first; no personal data."""
    rows = await tx.all(
        "SELECT k.id, p.code, k.state, k.due_at, k.score, k.direct, k.direct_after"
        " FROM checkins k JOIN people p ON p.id = k.patient_id ORDER BY k.due_at, k.id"
    )
    answers: dict[str, dict[str, float | None]] = {}
    for answer in await tx.all("SELECT checkin_id, item, value FROM answers"):
        answers.setdefault(answer["checkin_id"], {})[answer["item"]] = _plain(answer["value"])
    return [
        {
            "id": row["id"],
            "patient": row["code"],
            "state": row["state"],
            "due_at": row["due_at"],
            "answers": answers.get(row["id"], {}),
            "direct": row["direct"],
            "direct_after": row["direct_after"],
            "score": _plain(row["score"]),
        }
        for row in rows
    ]


def _plain(value: float | None) -> float | None:
    """Return 8 for 8.0: that is what the patient tapped."""
    return int(value) if value is not None and value == int(value) else value
