"""Check-ins: one for each patient and session, their states and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.timing import AWAKE_AFTER_SESSION, Timing
from alliance.checkins.instruments import Answers
from alliance.checkins.review import ANSWERABLE, UNFINISHED, CheckinState, GivenAnswers
from storage.calendar.sessions import Session
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_text_or_none, utc_time, utc_time_or_none


@dataclass(frozen=True, slots=True)
class Checkin:
    """One check-in with its answers so far, and what screens need to know about its patient.

    Attributes:
        group_id: The group whose session it is about; None for an individual session.
        message_id: The message in the patient's chat that carries the question.
        locks_at: Until when finished answers may be changed; None before they are finished.
        score: Total in the instrument's units; None before completion or with too few answers.
        wish: Whether to bring the session up next time, one of ``WISHES``; None if not said.
        language: The patient's.
        zone: The patient's time zone.
        answers_on: Where the patient answers, ``chat`` or ``page``; None uses the site default.
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
    given: GivenAnswers
    language: str
    zone: str
    answers_on: str | None

    def is_open(self, now: datetime) -> bool:
        """Say whether it is waiting for answers."""
        return self.state in ANSWERABLE and now < self.closes_at

    def may_change(self, now: datetime) -> bool:
        """Say whether finished answers may still be changed."""
        return self.locks_at is not None and now < self.locks_at


_COLUMNS = (
    "k.id, k.session_id, k.patient_id, k.instrument, k.state, k.due_at, k.closes_at,"
    " k.message_id, k.locks_at, k.score, k.wish, k.direct, k.direct_after, k.revisited,"
    " (SELECT s.group_id FROM sessions s WHERE s.id = k.session_id) AS group_id,"
    " p.language, p.zone, p.answers_on"
)
ANSWERABLE_SQL, UNFINISHED_SQL = (
    ", ".join(f"'{state}'" for state in sorted(states)) for states in (ANSWERABLE, UNFINISHED)
)
"""SQL: these states, to be put behind ``state IN``."""


def _checkin(row: Row, answers: Answers) -> Checkin:
    return Checkin(
        id=row["id"],
        session_id=row["session_id"],
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        instrument=row["instrument"],
        state=CheckinState(row["state"]),
        due_at=utc_time(row["due_at"]),
        closes_at=utc_time(row["closes_at"]),
        message_id=row["message_id"],
        locks_at=utc_time_or_none(row["locks_at"]),
        score=row["score"],
        wish=row["wish"],
        given=GivenAnswers(answers, row["direct"], row["direct_after"], row["revisited"]),
        language=row["language"],
        zone=row["zone"],
        answers_on=row["answers_on"],
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
    """Add the check-in of one session; None when it exists already.

    UNIQUE (session_id, patient_id) makes a second tick, process or restart harmless.
    """
    checkin_id = new_id(at)
    added = await tx.run(
        "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version, state,"
        " due_at, closes_at, remind_at, reminders_left, awake_until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        checkin_id,
        session.id,
        patient_id,
        session.instrument,
        instrument_version,
        state,
        utc_text(timing.due_at),
        utc_text(timing.closes_at),
        utc_text_or_none(timing.remind_at),
        timing.reminders,
        utc_text_or_none(timing.awake_until),
    )
    if not added:
        return None
    await record_event(tx, checkin_id, state, reason, at)
    return checkin_id


async def change_state(
    tx: Tx,
    *,
    checkin_id: str,
    to: CheckinState,
    reason: str,
    at: datetime,
    only_from: frozenset[CheckinState],
) -> bool:
    """Move a check-in to another state and record why; False if it was not in ``only_from``."""
    allowed = ", ".join(f"'{state}'" for state in sorted(only_from))
    moved = await tx.run(
        f"UPDATE checkins SET state = ? WHERE id = ? AND state IN ({allowed})", to, checkin_id
    )
    if moved:
        await record_event(tx, checkin_id, to, reason, at)
    return bool(moved)


async def record_event(
    tx: Tx, checkin_id: str, state: CheckinState, reason: str, at: datetime
) -> None:
    """Add a line to a check-in's history."""
    await tx.run(
        "INSERT INTO checkin_events (id, checkin_id, state, reason, at) VALUES (?, ?, ?, ?, ?)",
        new_id(at),
        checkin_id,
        state,
        reason,
        utc_text(at),
    )


async def by_id(tx: Tx, checkin_id: str) -> Checkin | None:
    """Return a check-in by its id; None if there is none."""
    return await _select_one(tx, "k.id = ?", checkin_id)


async def open_of(tx: Tx, *, patient_id: str, now: datetime) -> Checkin | None:
    """Return the check-in that a patient may answer now; the newest if there are two."""
    return await _select_one(
        tx,
        f"k.patient_id = ? AND k.state IN ({ANSWERABLE_SQL}) AND k.closes_at > ?"
        " ORDER BY k.due_at DESC LIMIT 1",
        patient_id,
        utc_text(now),
    )


async def revisited_of(tx: Tx, *, patient_id: str, revisited: str) -> Checkin | None:
    """Return the latest finished check-in whose patient went back to ``revisited``."""
    return await _select_one(
        tx,
        "k.patient_id = ? AND k.state = 'completed' AND k.revisited = ?"
        " ORDER BY k.due_at DESC LIMIT 1",
        patient_id,
        revisited,
    )


async def _select_one(tx: Tx, condition: str, *values: str | int) -> Checkin | None:
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM checkins k JOIN people p ON p.id = k.patient_id WHERE {condition}",
        *values,
    )
    if row is None:
        return None
    rows = await tx.all("SELECT item, value FROM answers WHERE checkin_id = ?", row["id"])
    answers: Answers = {answer["item"]: answer["value"] for answer in rows}
    return _checkin(row, answers)


async def of_same_session(tx: Tx, checkin_id: str) -> Sequence[Row]:
    """Return id and patient of every check-in about the same session."""
    return await tx.all(
        "SELECT id, patient_id FROM checkins"
        " WHERE session_id = (SELECT session_id FROM checkins WHERE id = ?) ORDER BY patient_id",
        checkin_id,
    )


async def record_sent(tx: Tx, *, checkin_id: str, message_id: int, at: datetime) -> int | None:
    """Record the message that now carries the question; return the earlier one, if different."""
    before = await tx.one("SELECT message_id FROM checkins WHERE id = ?", checkin_id)
    await tx.run(
        "UPDATE checkins SET message_id = ?, sent_at = COALESCE(sent_at, ?) WHERE id = ?",
        message_id,
        utc_text(at),
        checkin_id,
    )
    await change_state(
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
    """Set when the patient is reminded of a check-in.

    Args:
        tx: An open transaction.
        checkin_id: Of the check-in.
        at: When; None for no reminder.
        left: Reminders left, including this one; None leaves the number unchanged.
    """
    await tx.run(
        "UPDATE checkins SET remind_at = ?, reminders_left = COALESCE(?, reminders_left)"
        " WHERE id = ?",
        utc_text_or_none(at),
        left,
        checkin_id,
    )


async def postpone_by_request(tx: Tx, *, checkin_id: str, until: datetime) -> None:
    """Bring a check-in up again when its patient asked for that, even in quiet hours."""
    await tx.run(
        "UPDATE checkins SET remind_at = ?, awake_until = ? WHERE id = ?",
        utc_text(until),
        utc_text(until + AWAKE_AFTER_SESSION),
        checkin_id,
    )


async def close_earlier(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None, at: datetime
) -> None:
    """Close open check-ins about earlier sessions of a patient or a group: a newer one was held."""
    owner_column = "group_id" if patient_id is None else "patient_id"
    await tx.run(
        f"UPDATE checkins SET closes_at = ? WHERE closes_at > ?"
        f" AND state IN ({UNFINISHED_SQL})"
        f" AND session_id IN (SELECT id FROM sessions WHERE {owner_column} = ?)",
        utc_text(at),
        utc_text(at),
        patient_id or group_id,
    )


async def all_answerable(tx: Tx, *, now: datetime) -> Sequence[Row]:
    """Return the id of every check-in that may be answered now, sent or about to be sent."""
    return await tx.all(
        f"SELECT id FROM checkins WHERE state IN ({ANSWERABLE_SQL}) AND closes_at > ?",
        utc_text(now),
    )


async def all_open(tx: Tx, *, now: datetime) -> Sequence[Row]:
    """Return id and patient of every check-in that was sent and is waiting for answers."""
    return await tx.all(
        "SELECT id, patient_id FROM checkins WHERE state IN ('sent', 'opened') AND closes_at > ?",
        utc_text(now),
    )
