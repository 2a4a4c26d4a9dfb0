"""Everything about a patient, in plain words, for the patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from storage.database.encryption import Place
from storage.database.tx import Row, Tx
from storage.people import accounts
from storage.people.people import Person

Record = dict[str, Any]
Told = dict[str, Record | list[Record]]
"""Name of a part to what it tells."""


class Seal(NamedTuple):
    """A part's one sealed column: its plain name, what names the row, and where it stands."""

    name: str
    row: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what is known of somebody.

    Attributes:
        table: Whose rows it tells.
        source: What follows FROM; its values are the patient's id.
        columns: What is told, in plain words, to where it stands.
        sealed: Which of it is opened before it is told; None where nothing is sealed.
    """

    table: str
    source: str
    columns: Mapping[str, str]
    sealed: Seal | None = None


PARTS: Mapping[str, Part] = {
    "consents": Part(
        "consents",
        "consents c WHERE c.person_id = ? ORDER BY c.at",
        {"at": "c.at", "decision": "c.decision", "version": "c.version", "language": "c.language"},
    ),
    "who_looks_after_you": Part(
        "care",
        "care c JOIN people t ON t.id = c.therapist_id WHERE c.patient_id = ? ORDER BY c.from_at",
        {"therapist": "t.code", "from": "c.from_at", "until": "c.to_at"},
    ),
    "groups": Part(
        "memberships",
        "memberships m JOIN groups g ON g.id = m.group_id WHERE m.patient_id = ?"
        " ORDER BY m.from_at",
        {"group": "g.code", "from": "m.from_at", "until": "m.to_at"},
    ),
    "invitations": Part(
        "invitations",
        "invitations i WHERE i.person_id = ? ORDER BY i.created_at",
        {
            "made_at": "i.created_at",
            "valid_until": "i.expires_at",
            "used_at": "i.used_at",
            "withdrawn_at": "i.withdrawn_at",
        },
    ),
    "plans": Part(
        "plans",
        "plans l WHERE l.patient_id = ? ORDER BY l.created_at",
        {
            "rhythm": "l.rule",
            "first_day": "l.first_day",
            "time": "l.wall_time",
            "time_zone": "l.zone",
            "minutes": "l.duration_minutes",
            "minutes_until_asked": "l.delay_minutes",
            "questions": "l.instrument",
            "made_at": "l.created_at",
            "ended_at": "l.ended_at",
        },
    ),
    "changes_to_plans": Part(
        "exceptions",
        "exceptions e JOIN plans l ON l.id = e.plan_id WHERE l.patient_id = ? ORDER BY e.at",
        {"at": "e.at", "planned_for": "e.planned_for", "begins": "e.starts_at"},
    ),
    "absences": Part(
        "absences",
        "absences a WHERE a.person_id = ? ORDER BY a.first_day",
        {
            "first_day": "a.first_day",
            "last_day": "a.last_day",
            "noted_at": "a.created_at",
            "withdrawn_at": "a.withdrawn_at",
        },
    ),
    "times_without_contact": Part(
        "silences",
        "silences s WHERE s.person_id = ? ORDER BY s.since",
        {"since": "s.since", "until": "s.over_at", "spoken_about_at": "s.spoken_at"},
    ),
    "sessions": Part(
        "sessions",
        "sessions s WHERE s.patient_id = ? ORDER BY s.starts_at",
        {
            "begins": "s.starts_at",
            "ends": "s.ends_at",
            "time_zone": "s.zone",
            "state": "s.state",
            "reason": "s.reason",
        },
    ),
    "check_ins": Part(
        "checkins",
        "checkins k JOIN sessions s ON s.id = k.session_id WHERE k.patient_id = ?"
        " ORDER BY k.due_at",
        {
            "about_the_session_of": "s.starts_at",
            "questions": "k.instrument",
            "state": "k.state",
            "due_at": "k.due_at",
            "sent_at": "k.sent_at",
            "first_answer_at": "k.opened_at",
            "finished_at": "k.completed_at",
            "total": "k.score",
            "questions_left_out": "k.items_missing",
            "was_something_difficult": "k.direct",
            "is_it_sorted": "k.direct_after",
            "bring_it_up_next_time": "k.wish",
            "version_agreed_to": "k.consent_version",
        },
    ),
    "answers": Part(
        "answers",
        "answers n JOIN checkins k ON k.id = n.checkin_id WHERE n.patient_id = ?"
        " ORDER BY k.due_at, n.item",
        {
            "check_in_due_at": "k.due_at",
            "question": "n.item",
            "answer": "n.value",
            "at": "n.at",
            "version_agreed_to": "n.consent_version",
        },
    ),
    "your_words": Part(
        "comments",
        "comments c JOIN checkins k ON k.id = c.checkin_id WHERE k.patient_id = ?"
        " ORDER BY k.due_at",
        {
            "check_in_due_at": "k.due_at",
            "words": "c.sealed",
            "at": "c.at",
            "version_agreed_to": "c.consent_version",
        },
        Seal("words", "k.id", "comments", "sealed"),
    ),
    "what_happened_to_check_ins": Part(
        "checkin_events",
        "checkin_events e JOIN checkins k ON k.id = e.checkin_id WHERE k.patient_id = ?"
        " ORDER BY e.at, e.id",
        {"check_in_due_at": "k.due_at", "at": "e.at", "state": "e.state", "reason": "e.reason"},
    ),
    "notices_to_therapists": Part(
        "alerts",
        "alerts a JOIN checkins k ON k.id = a.checkin_id LEFT JOIN people t ON t.id = a.seen_by"
        " WHERE a.patient_id = ? ORDER BY a.created_at",
        {
            "check_in_due_at": "k.due_at",
            "made_at": "a.created_at",
            "kind": "a.kind",
            "grounds": "a.evidence",
            "made_by_rule": "a.detector",
            "state": "a.state",
            "seen_at": "a.seen_at",
            "seen_by": "t.code",
        },
    ),
    "what_therapists_said_to_notices": Part(
        "alert_responses",
        "alert_responses r JOIN alerts a ON a.id = r.alert_id"
        " JOIN people t ON t.id = r.therapist_id WHERE a.patient_id = ? ORDER BY r.at",
        {
            "notice_made_at": "a.created_at",
            "at": "r.at",
            "therapist": "t.code",
            "said": "r.kind",
            "until": "r.until",
        },
    ),
    "what_followed_notices": Part(
        "episodes",
        "episodes e WHERE e.patient_id = ? ORDER BY e.began_at",
        {
            "began_at": "e.began_at",
            "questions": "e.instrument",
            "how_it_stands": "e.stage",
            "since": "e.turned_at",
            "was_talked_about": "e.was_addressed",
            "sessions_since": "e.sessions",
        },
    ),
    "therapists_still_working_on_it": Part(
        "still_working",
        "still_working w JOIN alerts a ON a.id = w.alert_id JOIN people t ON t.id = w.therapist_id"
        " WHERE a.patient_id = ? ORDER BY w.at",
        {"notice_made_at": "a.created_at", "at": "w.at", "therapist": "t.code"},
    ),
    "how_check_ins_were_read": Part(
        "verdicts",
        "verdicts v JOIN checkins k ON k.id = v.checkin_id WHERE v.patient_id = ?"
        " ORDER BY k.due_at",
        {
            "check_in_due_at": "k.due_at",
            "read_at": "v.judged_at",
            "by_rule": "v.detector",
            "mean": "v.mean",
            "usually_from": "v.usual_low",
            "usually_to": "v.usual_high",
            "likelihood_of_trouble": "v.probability",
            "was_noticed": "v.raised",
        },
    ),
    "messages_to_you": Part(
        "outbox",
        "outbox o WHERE o.person_id = ? ORDER BY o.created_at",
        {"kind": "o.kind", "state": "o.state", "made_at": "o.created_at", "sent_at": "o.sent_at"},
    ),
    "log": Part(
        "audit",
        "audit a LEFT JOIN people w ON w.id = a.actor_id"
        " WHERE a.subject_id = ? OR a.actor_id = ? ORDER BY a.number",
        {
            "at": "a.at",
            "who": "COALESCE(w.code, 'system')",
            "role": "COALESCE(w.role, 'system')",
            "what": "a.action",
            "before": "a.before",
            "after": "a.after",
        },
    ),
}
"""What is told, by its name in plain words, beside who the patient is."""

LEFT_OUT: Mapping[str, str] = {
    "leaders": "therapists only",
    "heartbeats": "coordinators only",
    "digests": "therapists only",
    "imports": "what a coordinator's file says of somebody is in their plans once it is applied",
    "wizards": "a conversation of a coordinator, gone once it is finished",
    "page_links": "hashes that lead to a check-in while it is open",
    "paces": "for a second, so that nobody is written to too fast; what was sent is in letters",
    "showings": "where a therapist has a notice open for some minutes; the log says who looked",
    "calendar_events": "keyed hashes of entries; what they led to is in plans and absences",
}
"""Tables that refer to people and are not told, with the reason."""

ACCOUNTS = "accounts"
"""The table with Telegram accounts; the account is told with the person."""


async def everything(tx: Tx, patient: Person) -> Told:
    """Return all that is known of a patient, by name."""
    row = await tx.one(
        "SELECT created_at, paused_until, ended_at FROM people WHERE id = ?", patient.id
    )
    if row is None:
        raise LookupError("nobody has that id")
    told: Told = {
        "you": {
            "code": patient.code,
            "role": patient.role,
            "state": patient.state,
            "language": patient.language,
            "time_zone": patient.zone,
            "telegram_account": await accounts.of_person(tx, patient.id),
            "known_since": row["created_at"],
            "paused_until": row["paused_until"],
            "ended_at": row["ended_at"],
            "is_a_test": patient.is_test,
            "answers_on": patient.answers_on,
        }
    }
    for name, part in PARTS.items():
        chosen = ", ".join(f'{place} AS "{word}"' for word, place in part.columns.items())
        values = [patient.id] * part.source.count("?")
        if part.sealed is not None:
            chosen += f", {part.sealed.row} AS row_id"
        rows = await tx.all(f"SELECT {chosen} FROM {part.source}", *values)
        told[name] = [_record(tx, part, row) for row in rows]
    return told


def _record(tx: Tx, part: Part, row: Row) -> Record:
    record: Record = {word: row[word] for word in part.columns}
    if part.sealed is not None:
        name, _, table, column = part.sealed
        record[name] = tx.sealing.opened(record[name], Place(table, column, row["row_id"]))
    return record
