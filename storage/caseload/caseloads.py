"""Caseloads: the row of each patient, read in a few statements for any number of patients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import PATIENT_REQUEST_KINDS
from alliance.caseload.caseload import CaseloadFacts, CaseloadRow, scaled_total
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.people.roles_and_states import PersonState
from alliance.rupture.group import GroupNote, assess_group
from storage.alerts import verdicts
from storage.calendar import absences
from storage.database.tx import Row, Tx, id_batches, utc_text, utc_time, utc_time_or_none
from storage.groups import groups
from storage.groups.groups import Group

TREND_LENGTH = 8
"""Number of check-ins in a trend."""

ENDED_STATES = "('completed', 'expired', 'skipped')"
"""States of check-ins that reached the patient and are over, answered or not."""


@dataclass
class _PatientRecords:
    """What was read about one patient, newest first."""

    checkins: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    episode: Row | None = None
    answered: int = 0
    asked: int = 0
    was_no_show: bool = False


async def of_therapist(tx: Tx, *, therapist_id: str, at: datetime) -> list[CaseloadRow]:
    """Return the patients of a therapist, and of absent colleagues they cover for, by code.

    Only check-ins about individual sessions count: check-ins about a group's sessions are for its
    leaders.
    """
    therapists = [therapist_id, *await absences.covered_by(tx, therapist_id=therapist_id, at=at)]
    marks = ", ".join("?" for _ in therapists)
    rows = await tx.all(
        f"SELECT DISTINCT patient_id FROM care WHERE to_at IS NULL AND therapist_id IN ({marks})",
        *therapists,
    )
    patients = await caseload_rows(tx, [row["patient_id"] for row in rows], group_id=None, at=at)
    return [row for row in patients if row.facts.state != PersonState.ENDED]


async def groups_of(tx: Tx, *, therapist_id: str, at: datetime) -> list[Group]:
    """Return the groups led by a therapist, or by absent colleagues they cover for, by code."""
    leaders = [therapist_id, *await absences.covered_by(tx, therapist_id=therapist_id, at=at)]
    led = {group.id: group for one in leaders for group in await groups.led_by(tx, one)}
    return sorted(led.values(), key=lambda group: group.code)


async def of_group(tx: Tx, *, group_id: str, at: datetime) -> list[CaseloadRow]:
    """Return the members of a group, with check-ins about its sessions only."""
    rows = await tx.all(
        "SELECT DISTINCT patient_id FROM memberships WHERE group_id = ? AND to_at IS NULL",
        group_id,
    )
    return await caseload_rows(tx, [row["patient_id"] for row in rows], group_id=group_id, at=at)


async def last_group_session(tx: Tx, group_id: str) -> tuple[datetime | None, GroupNote]:
    """Return when a group's last rated session began, and how the members rated it."""
    rows = await tx.all(
        f"SELECT k.patient_id, s.starts_at, {verdicts.COLUMNS} FROM sessions s"
        " JOIN checkins k ON k.session_id = s.id JOIN verdicts v ON v.checkin_id = k.id"
        " WHERE s.id = (SELECT s2.id FROM sessions s2 JOIN checkins k2 ON k2.session_id = s2.id"
        "  WHERE s2.group_id = ? AND k2.state = 'completed'"
        "  ORDER BY s2.starts_at DESC, s2.id DESC LIMIT 1)",
        group_id,
    )
    by_patient = {row["patient_id"]: verdicts.verdict_of_row(row) for row in rows}
    return (utc_time(rows[0]["starts_at"]) if rows else None), assess_group(by_patient)


async def caseload_rows(
    tx: Tx, patient_ids: Iterable[str], *, group_id: str | None, at: datetime
) -> list[CaseloadRow]:
    """Return one row for each of the patients, by code.

    Args:
        tx: An open transaction.
        patient_ids: The patients.
        group_id: Read check-ins about this group's sessions; None for individual sessions.
        at: The time, aware.
    """
    caseload: list[CaseloadRow] = []
    for marks, batch in id_batches(patient_ids):
        records = {patient_id: _PatientRecords() for patient_id in batch}
        await _read_checkins(tx, records, marks, group_id)
        await _read_alerts(tx, records, marks, group_id)
        await _read_sessions(tx, records, marks, group_id, at)
        people = await tx.all(
            "SELECT p.id, p.code, p.state, p.is_test, (SELECT c.decision FROM consents c"
            "  WHERE c.person_id = p.id ORDER BY c.at DESC, c.id DESC LIMIT 1) AS decision"
            f" FROM people p WHERE p.id IN ({marks})",
            *batch,
        )
        caseload += [_caseload_row(row, records[row["id"]]) for row in people]
    return sorted(caseload, key=lambda row: row.code)


async def _read_checkins(
    tx: Tx,
    records: Mapping[str, _PatientRecords],
    marks: str,
    group_id: str | None,
) -> None:
    """Read each patient's newest check-ins, and how many there are, in one statement."""
    for row in await tx.all(
        "SELECT newest.*, v.mean, v.usual_low FROM (SELECT * FROM (SELECT k.id, k.patient_id,"
        " k.instrument, k.state, k.score, k.completed_at, ROW_NUMBER() OVER"
        "  (PARTITION BY k.patient_id ORDER BY s.starts_at DESC, k.id DESC) AS place,"
        " COUNT(*) OVER (PARTITION BY k.patient_id) AS asked,"
        " SUM(CASE WHEN k.state = 'completed' THEN 1 ELSE 0 END)"
        "  OVER (PARTITION BY k.patient_id) AS answered"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        f" WHERE k.patient_id IN ({marks}) AND COALESCE(s.group_id, '') = ?"
        f" AND k.state IN {ENDED_STATES}"
        " AND (s.state IN ('planned', 'held') OR k.state = 'completed')) numbered"
        " WHERE place <= ?) newest LEFT JOIN verdicts v ON v.checkin_id = newest.id"
        " ORDER BY newest.patient_id, newest.place",
        *records,
        group_id or "",
        TREND_LENGTH,
    ):
        patient = records[row["patient_id"]]
        patient.checkins.append(row)
        patient.asked, patient.answered = int(row["asked"]), int(row["answered"])


async def _read_alerts(
    tx: Tx,
    records: Mapping[str, _PatientRecords],
    marks: str,
    group_id: str | None,
) -> None:
    about = (
        "FROM alerts a JOIN checkins k ON k.id = a.checkin_id"
        " JOIN sessions s ON s.id = k.session_id"
    )
    for row in await tx.all(
        f"SELECT a.patient_id, a.kind, k.wish, a.created_at {about}"
        f" WHERE a.state = 'open' AND a.patient_id IN ({marks}) AND COALESCE(s.group_id, '') = ?"
        " ORDER BY a.created_at",
        *records,
        group_id or "",
    ):
        records[row["patient_id"]].alerts.append(row)
    for row in await tx.all(
        "SELECT e.patient_id, e.stage, e.began_at, e.turned_by FROM episodes e"
        f" WHERE e.patient_id IN ({marks}) AND COALESCE(e.group_id, '') = ? ORDER BY e.began_at",
        *records,
        group_id or "",
    ):
        records[row["patient_id"]].episode = row


async def _read_sessions(
    tx: Tx,
    records: Mapping[str, _PatientRecords],
    marks: str,
    group_id: str | None,
    at: datetime,
) -> None:
    """Read whose last session was a no-show; for group sessions this is not recorded."""
    if group_id is not None:
        return
    for row in await tx.all(
        "SELECT patient_id, state FROM (SELECT s.patient_id, s.state, ROW_NUMBER() OVER"
        "  (PARTITION BY s.patient_id ORDER BY s.starts_at DESC, s.id DESC) AS place"
        f" FROM sessions s WHERE s.patient_id IN ({marks}) AND s.starts_at <= ?"
        " AND s.state IN ('held', 'no_show')) numbered WHERE place = 1",
        *records,
        utc_text(at),
    ):
        records[row["patient_id"]].was_no_show = row["state"] == "no_show"


def _caseload_row(person: Row, records: _PatientRecords) -> CaseloadRow:
    last = records.checkins[0] if records.checkins else None
    answered = [row for row in records.checkins if row["state"] == CheckinState.COMPLETED]
    episode = records.episode
    since = records.alerts[0]["created_at"] if records.alerts else None
    if since is None and episode is not None:
        since = episode["began_at"]
    return CaseloadRow(
        patient_id=person["id"],
        code=person["code"],
        is_test=bool(person["is_test"]),
        facts=CaseloadFacts(
            state=person["state"],
            has_consented=person["decision"] == "agreed",
            requests=sum(
                row["kind"] in PATIENT_REQUEST_KINDS or row["wish"] == "yes"
                for row in records.alerts
            ),
            alerts=len(records.alerts),
            stage=None if episode is None else Stage(episode["stage"]),
            is_recent=episode is not None
            and last is not None
            and episode["turned_by"] == last["id"],
            missed=_missed_in_a_row(records.checkins),
            was_no_show=records.was_no_show,
            is_down=last is not None and _is_below_usual(last),
        ),
        levels=tuple(
            scaled_total(row["score"], instrument(row["instrument"]))
            for row in reversed(records.checkins)
        ),
        last_at=utc_time_or_none(answered[0]["completed_at"]) if answered else None,
        answered=records.answered,
        asked=records.asked,
        since=None if since is None else utc_time(since),
    )


def _missed_in_a_row(newest_first: Sequence[Row]) -> int:
    """Return how many of the latest check-ins in a row were not answered."""
    for count, row in enumerate(newest_first):
        if row["state"] == CheckinState.COMPLETED:
            return count
    return len(newest_first)


def _is_below_usual(row: Row) -> bool:
    return (
        row["mean"] is not None and row["usual_low"] is not None and row["mean"] < row["usual_low"]
    )
