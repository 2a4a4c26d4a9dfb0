"""What the data export contains, part by part, and which tables it omits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class EncryptedField(NamedTuple):
    """A part's one encrypted column: its plain name, the column with the row's id, its address."""

    name: str
    id_column: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One part of the export.

    Attributes:
        table: The table it comes from.
        source: SQL after FROM; every ``?`` is the patient's id.
        columns: Plain name of a field to its SQL expression.
        encrypted_field: The field that has to be decrypted; None if there is none.
    """

    table: str
    source: str
    columns: Mapping[str, str]
    encrypted_field: EncryptedField | None = None


PARTS: Mapping[str, ExportPart] = {
    "consents": ExportPart(
        "consents",
        "consents c WHERE c.person_id = ? ORDER BY c.at",
        {"at": "c.at", "decision": "c.decision", "version": "c.version", "language": "c.language"},
    ),
    "who_looks_after_you": ExportPart(
        "care",
        "care c JOIN people t ON t.id = c.therapist_id WHERE c.patient_id = ? ORDER BY c.from_at",
        {"therapist": "t.code", "from": "c.from_at", "until": "c.to_at"},
    ),
    "groups": ExportPart(
        "memberships",
        "memberships m JOIN groups g ON g.id = m.group_id WHERE m.patient_id = ?"
        " ORDER BY m.from_at",
        {"group": "g.code", "from": "m.from_at", "until": "m.to_at"},
    ),
    "invitations": ExportPart(
        "invitations",
        "invitations i WHERE i.person_id = ? ORDER BY i.created_at",
        {
            "made_at": "i.created_at",
            "valid_until": "i.expires_at",
            "used_at": "i.used_at",
            "withdrawn_at": "i.withdrawn_at",
        },
    ),
    "plans": ExportPart(
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
    "changes_to_plans": ExportPart(
        "exceptions",
        "exceptions e JOIN plans l ON l.id = e.plan_id WHERE l.patient_id = ? ORDER BY e.at",
        {"at": "e.at", "planned_for": "e.planned_for", "begins": "e.starts_at"},
    ),
    "absences": ExportPart(
        "absences",
        "absences a WHERE a.person_id = ? ORDER BY a.first_day",
        {
            "first_day": "a.first_day",
            "last_day": "a.last_day",
            "noted_at": "a.created_at",
            "withdrawn_at": "a.withdrawn_at",
        },
    ),
    "times_without_contact": ExportPart(
        "unreachable_periods",
        "unreachable_periods s WHERE s.person_id = ? ORDER BY s.since",
        {"since": "s.since", "until": "s.over_at", "spoken_about_at": "s.spoken_at"},
    ),
    "sessions": ExportPart(
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
    "check_ins": ExportPart(
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
    "answers": ExportPart(
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
    "your_words": ExportPart(
        "comments",
        "comments c JOIN checkins k ON k.id = c.checkin_id WHERE k.patient_id = ?"
        " ORDER BY k.due_at",
        {
            "check_in_due_at": "k.due_at",
            "words": "c.sealed",
            "at": "c.at",
            "version_agreed_to": "c.consent_version",
        },
        EncryptedField("words", "k.id", "comments", "sealed"),
    ),
    "what_happened_to_check_ins": ExportPart(
        "checkin_events",
        "checkin_events e JOIN checkins k ON k.id = e.checkin_id WHERE k.patient_id = ?"
        " ORDER BY e.at, e.id",
        {"check_in_due_at": "k.due_at", "at": "e.at", "state": "e.state", "reason": "e.reason"},
    ),
    "notices_to_therapists": ExportPart(
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
    "what_therapists_said_to_notices": ExportPart(
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
    "what_followed_notices": ExportPart(
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
    "therapists_still_working_on_it": ExportPart(
        "still_working",
        "still_working w JOIN alerts a ON a.id = w.alert_id JOIN people t ON t.id = w.therapist_id"
        " WHERE a.patient_id = ? ORDER BY w.at",
        {"notice_made_at": "a.created_at", "at": "w.at", "therapist": "t.code"},
    ),
    "how_check_ins_were_read": ExportPart(
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
    "messages_to_you": ExportPart(
        "outbox",
        "outbox o WHERE o.person_id = ? ORDER BY o.created_at",
        {"kind": "o.kind", "state": "o.state", "made_at": "o.created_at", "sent_at": "o.sent_at"},
    ),
    "log": ExportPart(
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
"""The parts by their plain names; who the patient is comes before them."""

OMITTED_TABLES: Mapping[str, str] = {
    "accounts": "the patient's account is exported with the patient",
    "leaders": "therapists only",
    "heartbeats": "coordinators only",
    "digests": "therapists only",
    "imports": "once a coordinator's file is applied, what it says is in plans and absences",
    "conversations": "a coordinator's conversation, deleted once it is finished",
    "page_links": "hashes of links to open check-ins",
    "send_limits": "kept for a second, as a limit; messages_to_you has what was sent",
    "visible_answers": "which notice a therapist has open now; the log has who looked",
    "calendar_events": "keyed hashes of calendar entries; their effect is in plans and absences",
}
"""Tables that refer to people but are not exported, and why."""
