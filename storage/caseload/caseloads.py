"""Caseloads: what is known of each patient, in a handful of statements for any number of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import ASKED_FOR
from alliance.caseload.caseload import Facts, Line, level
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.rupture.group import GroupNote, in_group
from storage.alerts import verdicts
from storage.calendar import absences
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none, in_parts
from storage.groups import groups
from storage.groups.groups import Group

SHOWN = 8
"""Check-ins that a trend shows."""

OVER = "('completed', 'expired', 'skipped')"
"""States of check-ins that were asked and are over: answered, or not."""


@dataclass
class _Known:
    """What the statements found of one patient, the newest first."""

    checkins: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    episode: Row | None = None
    answered: int = 0
    asked: int = 0
    stayed_away: bool = False


async def of_therapist(tx: Tx, *, therapist_id: str, at: datetime) -> list[Line]:
    """Return the patients that a therapist looks after now, or for one who is away, by code.

    Of each only what was answered about the patient's own sessions: what a group's members
    answer is their leaders' to read.
    """
    carers = [therapist_id, *await absences.covered_by(tx, therapist_id=therapist_id, at=at)]
    marks = ", ".join("?" for _ in carers)
    rows = await tx.all(
        f"SELECT DISTINCT patient_id FROM care WHERE to_at IS NULL AND therapist_id IN ({marks})",
        *carers,
    )
    found = await lines(tx, [row["patient_id"] for row in rows], group_id=None, at=at)
    return [line for line in found if line.facts.state != "ended"]


async def groups_of(tx: Tx, *, therapist_id: str, at: datetime) -> list[Group]:
    """Return the groups that a therapist leads now, or for one who is away today, by code."""
    leaders = [therapist_id, *await absences.covered_by(tx, therapist_id=therapist_id, at=at)]
    found = {group.id: group for one in leaders for group in await groups.led_by(tx, one)}
    return sorted(found.values(), key=lambda group: group.code)


async def of_group(tx: Tx, *, group_id: str, at: datetime) -> list[Line]:
    """Return the members of a group, with what they answered about its sessions only."""
    rows = await tx.all(
        "SELECT DISTINCT patient_id FROM memberships WHERE group_id = ? AND to_at IS NULL",
        group_id,
    )
    return await lines(tx, [row["patient_id"] for row in rows], group_id=group_id, at=at)


async def last_of_group(tx: Tx, group_id: str) -> tuple[datetime | None, GroupNote]:
    """Return when a group's last session with an answer began, and how its members rated it."""
    rows = await tx.all(
        f"SELECT k.patient_id, s.starts_at, {verdicts.COLUMNS} FROM sessions s"
        " JOIN checkins k ON k.session_id = s.id JOIN verdicts v ON v.checkin_id = k.id"
        " WHERE s.id = (SELECT s2.id FROM sessions s2 JOIN checkins k2 ON k2.session_id = s2.id"
        "  WHERE s2.group_id = ? AND k2.state = 'completed'"
        "  ORDER BY s2.starts_at DESC, s2.id DESC LIMIT 1)",
        group_id,
    )
    said = {row["patient_id"]: verdicts.judgement(row) for row in rows}
    return (at_time(rows[0]["starts_at"]) if rows else None), in_group(said)


async def lines(
    tx: Tx, patient_ids: Iterable[str], *, group_id: str | None, at: datetime
) -> list[Line]:
    """Return one line for each of those patients, by code.

    Args:
        tx: An open transaction.
        patient_ids: Whose.
        group_id: Only what is about this group's sessions; None for the patients' own.
        at: The time, aware.
    """
    found: list[Line] = []
    for marks, some in in_parts(patient_ids):
        known = {patient_id: _Known() for patient_id in some}
        await _read_checkins(tx, known, marks, some, group_id)
        await _read_alerts(tx, known, marks, some, group_id)
        await _read_sessions(tx, known, marks, some, group_id, at)
        people = await tx.all(
            "SELECT p.id, p.code, p.state, p.is_test, (SELECT c.decision FROM consents c"
            "  WHERE c.person_id = p.id ORDER BY c.at DESC, c.id DESC LIMIT 1) AS decision"
            f" FROM people p WHERE p.id IN ({marks})",
            *some,
        )
        found += [_line(row, known[row["id"]]) for row in people]
    return sorted(found, key=lambda line: line.code)


async def _read_checkins(
    tx: Tx, known: Mapping[str, _Known], marks: str, some: Sequence[str], group_id: str | None
) -> None:
    """Read the newest check-ins of each, and how many there are; each is looked up only once."""
    for row in await tx.all(
        "SELECT newest.*, v.mean, v.usual_low FROM (SELECT * FROM (SELECT k.id, k.patient_id,"
        " k.instrument, k.state, k.score, k.completed_at, ROW_NUMBER() OVER"
        "  (PARTITION BY k.patient_id ORDER BY s.starts_at DESC, k.id DESC) AS place,"
        " COUNT(*) OVER (PARTITION BY k.patient_id) AS asked,"
        " SUM(CASE WHEN k.state = 'completed' THEN 1 ELSE 0 END)"
        "  OVER (PARTITION BY k.patient_id) AS answered"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        f" WHERE k.patient_id IN ({marks}) AND COALESCE(s.group_id, '') = ? AND k.state IN {OVER}"
        " AND (s.state IN ('planned', 'held') OR k.state = 'completed')) numbered"
        " WHERE place <= ?) newest LEFT JOIN verdicts v ON v.checkin_id = newest.id"
        " ORDER BY newest.patient_id, newest.place",
        *some,
        group_id or "",
        SHOWN,
    ):
        one = known[row["patient_id"]]
        one.checkins.append(row)
        one.asked, one.answered = int(row["asked"]), int(row["answered"])


async def _read_alerts(
    tx: Tx, known: Mapping[str, _Known], marks: str, some: Sequence[str], group_id: str | None
) -> None:
    about = (
        "FROM alerts a JOIN checkins k ON k.id = a.checkin_id"
        " JOIN sessions s ON s.id = k.session_id"
    )
    for row in await tx.all(
        f"SELECT a.patient_id, a.kind, k.wish, a.created_at {about}"
        f" WHERE a.state = 'open' AND a.patient_id IN ({marks}) AND COALESCE(s.group_id, '') = ?"
        " ORDER BY a.created_at",
        *some,
        group_id or "",
    ):
        known[row["patient_id"]].alerts.append(row)
    for row in await tx.all(
        "SELECT e.patient_id, e.stage, e.began_at, e.turned_by FROM episodes e"
        f" WHERE e.patient_id IN ({marks}) AND COALESCE(e.group_id, '') = ? ORDER BY e.began_at",
        *some,
        group_id or "",
    ):
        known[row["patient_id"]].episode = row


async def _read_sessions(
    tx: Tx,
    known: Mapping[str, _Known],
    marks: str,
    some: Sequence[str],
    group_id: str | None,
    at: datetime,
) -> None:
    """Note who did not come to their last session; a group does not note it of its members."""
    if group_id is not None:
        return
    for row in await tx.all(
        "SELECT patient_id, state FROM (SELECT s.patient_id, s.state, ROW_NUMBER() OVER"
        "  (PARTITION BY s.patient_id ORDER BY s.starts_at DESC, s.id DESC) AS place"
        f" FROM sessions s WHERE s.patient_id IN ({marks}) AND s.starts_at <= ?"
        " AND s.state IN ('held', 'no_show')) numbered WHERE place = 1",
        *some,
        at_text(at),
    ):
        known[row["patient_id"]].stayed_away = row["state"] == "no_show"


def _line(person: Row, known: _Known) -> Line:
    last = known.checkins[0] if known.checkins else None
    answered = [row for row in known.checkins if row["state"] == CheckinState.COMPLETED]
    episode = known.episode
    since = known.alerts[0]["created_at"] if known.alerts else None
    if since is None and episode is not None:
        since = episode["began_at"]
    return Line(
        patient_id=person["id"],
        code=person["code"],
        is_test=bool(person["is_test"]),
        facts=Facts(
            state=person["state"],
            agrees=person["decision"] == "agreed",
            requests=sum(row["kind"] in ASKED_FOR or row["wish"] == "yes" for row in known.alerts),
            alerts=len(known.alerts),
            stage=None if episode is None else Stage(episode["stage"]),
            is_recent=episode is not None
            and last is not None
            and episode["turned_by"] == last["id"],
            missed=_missed(known.checkins),
            stayed_away=known.stayed_away,
            is_down=last is not None and _is_down(last),
        ),
        levels=tuple(
            level(row["score"], instrument(row["instrument"])) for row in reversed(known.checkins)
        ),
        last_at=at_time_or_none(answered[0]["completed_at"]) if answered else None,
        answered=known.answered,
        asked=known.asked,
        since=None if since is None else at_time(since),
    )


def _missed(newest_first: Sequence[Row]) -> int:
    """Return how many of the last check-ins in a row went unanswered."""
    for count, row in enumerate(newest_first):
        if row["state"] == CheckinState.COMPLETED:
            return count
    return len(newest_first)


def _is_down(row: Row) -> bool:
    return (
        row["mean"] is not None and row["usual_low"] is not None and row["mean"] < row["usual_low"]
    )
