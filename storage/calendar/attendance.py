"""Who is asked about a session: its patient, or the group's members at the time it began."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.ask_or_not import PatientStatus
from alliance.calendar.timetable import AbsencePeriod, is_away
from storage.calendar import absences
from storage.calendar.sessions import Session
from storage.database.tx import Row, Tx, id_batches, utc_text, utc_time, utc_time_or_none


@dataclass(frozen=True, slots=True)
class Patient:
    """What planning a patient's check-ins needs to know about them.

    Attributes:
        away: Their absences.
    """

    id: str
    code: str
    zone: str
    is_test: bool
    status: PatientStatus
    away: tuple[AbsencePeriod, ...]


@dataclass(frozen=True, slots=True)
class MembershipPeriod:
    """A patient's membership of a group, and how long it lasts."""

    patient: Patient
    from_at: datetime
    to_at: datetime | None

    def includes(self, moment: datetime) -> bool:
        """Say whether the patient was a member at that moment."""
        return self.from_at <= moment and (self.to_at is None or moment < self.to_at)


@dataclass(frozen=True, slots=True)
class Attendance:
    """The patients of several sessions, read together."""

    patients: Mapping[str, Patient]
    memberships: Mapping[str, Sequence[MembershipPeriod]]

    def of(self, session: Session) -> list[Patient]:
        """Return the patients of a session, including those who are absent."""
        if session.patient_id is not None:
            patient = self.patients.get(session.patient_id)
            return [] if patient is None else [patient]
        memberships = self.memberships.get(session.owner_id, ())
        return [one.patient for one in memberships if one.includes(session.starts_at)]


def is_missing(session: Session, patient: Patient) -> bool:
    """Say whether a group meets without this member.

    Never true of a patient's own session: that is not held while they are away.
    """
    return session.group_id is not None and is_away(patient.away, session.starts_at)


_PATIENT = (
    "p.id, p.code, p.zone, p.is_test, p.state, p.paused_until, (SELECT c.decision FROM consents c"
    " WHERE c.person_id = p.id ORDER BY c.at DESC, c.id DESC LIMIT 1) AS decision"
)


async def read_attendance(tx: Tx, sessions: Sequence[Session]) -> Attendance:
    """Return the patients and group members of those sessions."""
    if not sessions:
        return Attendance({}, {})
    away = await absences.by_person_since(tx, since=min(one.starts_at for one in sessions))
    patients: dict[str, Patient] = {}
    single = [one.patient_id for one in sessions if one.patient_id is not None]
    for marks, some in id_batches(single):
        for row in await tx.all(f"SELECT {_PATIENT} FROM people p WHERE p.id IN ({marks})", *some):
            patients[row["id"]] = _patient(row, away)
    memberships: dict[str, list[MembershipPeriod]] = {}
    since = utc_text(min(one.starts_at for one in sessions))
    for group_id in sorted({one.group_id for one in sessions if one.group_id is not None}):
        for row in await tx.all(
            f"SELECT {_PATIENT}, m.from_at, m.to_at FROM memberships m"
            " JOIN people p ON p.id = m.patient_id"
            " WHERE m.group_id = ? AND (m.to_at IS NULL OR m.to_at > ?) ORDER BY p.code",
            group_id,
            since,
        ):
            member = MembershipPeriod(
                _patient(row, away), utc_time(row["from_at"]), utc_time_or_none(row["to_at"])
            )
            memberships.setdefault(group_id, []).append(member)
    return Attendance(patients, memberships)


async def statuses_of(tx: Tx, patient_ids: Iterable[str]) -> Mapping[str, PatientStatus]:
    """Return the status of each of those patients, by id."""
    statuses = {}
    for marks, some in id_batches(patient_ids):
        for row in await tx.all(f"SELECT {_PATIENT} FROM people p WHERE p.id IN ({marks})", *some):
            statuses[row["id"]] = _status(row)
    return statuses


def _status(row: Row) -> PatientStatus:
    until = utc_time_or_none(row["paused_until"])
    return PatientStatus(row["state"], until, row["decision"] == "agreed")


def _patient(row: Row, away: Mapping[str, tuple[AbsencePeriod, ...]]) -> Patient:
    return Patient(
        id=row["id"],
        code=row["code"],
        zone=row["zone"],
        is_test=bool(row["is_test"]),
        status=_status(row),
        away=away.get(row["id"], ()),
    )
