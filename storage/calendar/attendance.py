"""Who is asked about a session: its patient, or the members that a group had when it began."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.ask_or_not import Willing
from alliance.calendar.timetable import Away, is_away
from storage.calendar import absences
from storage.calendar.sessions import Session
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none, in_parts


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as far as asking needs to know them.

    Attributes:
        away: When they are absent.
    """

    id: str
    code: str
    zone: str
    is_test: bool
    willing: Willing
    away: tuple[Away, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """One patient's time in a group."""

    patient: Patient
    from_at: datetime
    to_at: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Say whether they belonged to the group then."""
        return self.from_at <= moment and (self.to_at is None or moment < self.to_at)


@dataclass(frozen=True, slots=True)
class Attendance:
    """The patients of some sessions, read once for all of them."""

    patients: Mapping[str, Patient]
    memberships: Mapping[str, Sequence[Membership]]

    def of(self, session: Session) -> list[Patient]:
        """Return who would be asked about a session, the absent included."""
        if session.patient_id is not None:
            patient = self.patients.get(session.patient_id)
            return [] if patient is None else [patient]
        found = self.memberships.get(session.whose, ())
        return [one.patient for one in found if one.holds(session.starts_at)]


def is_missing(session: Session, patient: Patient) -> bool:
    """Say whether a group met without this member; a patient's own session is not held then."""
    return session.group_id is not None and is_away(patient.away, session.starts_at)


_PATIENT = (
    "p.id, p.code, p.zone, p.is_test, p.state, p.paused_until, (SELECT c.decision FROM consents c"
    " WHERE c.person_id = p.id ORDER BY c.at DESC, c.id DESC LIMIT 1) AS decision"
)


async def read_attendance(tx: Tx, sessions: Sequence[Session]) -> Attendance:
    """Return who belongs to those sessions."""
    if not sessions:
        return Attendance({}, {})
    away = await absences.away_since(tx, since=min(one.starts_at for one in sessions))
    patients: dict[str, Patient] = {}
    single = [one.patient_id for one in sessions if one.patient_id is not None]
    for marks, some in in_parts(single):
        for row in await tx.all(f"SELECT {_PATIENT} FROM people p WHERE p.id IN ({marks})", *some):
            patients[row["id"]] = _patient(row, away)
    memberships: dict[str, list[Membership]] = {}
    since = at_text(min(one.starts_at for one in sessions))
    for group_id in sorted({one.group_id for one in sessions if one.group_id is not None}):
        for row in await tx.all(
            f"SELECT {_PATIENT}, m.from_at, m.to_at FROM memberships m"
            " JOIN people p ON p.id = m.patient_id"
            " WHERE m.group_id = ? AND (m.to_at IS NULL OR m.to_at > ?) ORDER BY p.code",
            group_id,
            since,
        ):
            member = Membership(
                _patient(row, away), at_time(row["from_at"]), at_time_or_none(row["to_at"])
            )
            memberships.setdefault(group_id, []).append(member)
    return Attendance(patients, memberships)


async def willing(tx: Tx, patient_ids: Iterable[str]) -> Mapping[str, Willing]:
    """Return whether each of those patients may be asked."""
    found = {}
    for marks, some in in_parts(patient_ids):
        for row in await tx.all(f"SELECT {_PATIENT} FROM people p WHERE p.id IN ({marks})", *some):
            found[row["id"]] = _willing(row)
    return found


def _willing(row: Row) -> Willing:
    until = at_time_or_none(row["paused_until"])
    return Willing(row["state"], until, row["decision"] == "agreed")


def _patient(row: Row, away: Mapping[str, tuple[Away, ...]]) -> Patient:
    return Patient(
        id=row["id"],
        code=row["code"],
        zone=row["zone"],
        is_test=bool(row["is_test"]),
        willing=_willing(row),
        away=away.get(row["id"], ()),
    )
