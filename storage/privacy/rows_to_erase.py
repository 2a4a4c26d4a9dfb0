"""Which rows belong to a patient or a check-in: the one list by which they are deleted.

The tables are in the order in which their rows can be deleted: a table comes before those it
refers to. The table of Telegram accounts is not listed; only ``storage.people.accounts`` uses it.
"""

from collections.abc import Mapping

_CHECKINS = "(SELECT id FROM checkins WHERE patient_id = ?)"
_ALERTS = "(SELECT id FROM alerts WHERE patient_id = ?)"
_PLANS = "(SELECT id FROM plans WHERE patient_id = ?)"

ROWS_OF_PATIENT: Mapping[str, str] = {
    "alert_responses": f"alert_id IN {_ALERTS}",
    "still_working": f"alert_id IN {_ALERTS}",
    "episodes": "patient_id = ?",
    "alerts": "patient_id = ?",
    "verdicts": "patient_id = ?",
    "answers": "patient_id = ?",
    "comments": f"checkin_id IN {_CHECKINS}",
    "page_links": f"checkin_id IN {_CHECKINS}",
    "checkin_events": f"checkin_id IN {_CHECKINS}",
    "checkins": "patient_id = ?",
    "sessions": "patient_id = ?",
    "exceptions": f"plan_id IN {_PLANS}",
    "plans": "patient_id = ?",
    "memberships": "patient_id = ?",
    "care": "patient_id = ?",
    "calendar_events": "person_id = ?",
    "absences": "person_id = ?",
    "unreachable_periods": "person_id = ?",
    "heartbeats": "person_id = ?",
    "digests": "person_id = ?",
    "conversations": "person_id = ?",
    "imports": "person_id = ?",
    "visible_answers": "person_id = ?",
    "outbox": "person_id = ?",
    "send_limits": "person_id = ?",
    "invitations": "person_id = ?",
    "consents": "person_id = ?",
    "people": "id = ?",
}
"""Table to the condition for a patient's rows; every ``?`` is the patient's id."""

_ALERTS_OF_CHECKIN = "(SELECT id FROM alerts WHERE checkin_id = ?)"

ROWS_OF_CHECKIN: Mapping[str, str] = {
    "outbox": f"kind <> 'hide' AND (subject_id = ? OR subject_id IN {_ALERTS_OF_CHECKIN})",
    "alert_responses": f"alert_id IN {_ALERTS_OF_CHECKIN}",
    "still_working": f"alert_id IN {_ALERTS_OF_CHECKIN}",
    "episodes": f"id IN {_ALERTS_OF_CHECKIN} OR turned_by = ?",
    "alerts": "checkin_id = ?",
    "verdicts": "checkin_id = ?",
    "answers": "checkin_id = ?",
    "comments": "checkin_id = ?",
    "page_links": "checkin_id = ?",
    "checkin_events": "checkin_id = ?",
    "checkins": "id = ?",
}
"""The same for one check-in; every ``?`` is its id."""

ABOUT_PATIENT = (
    f"subject_id = ? OR subject_id IN {_CHECKINS} OR subject_id IN {_ALERTS}"
    f" OR subject_id IN {_PLANS} OR subject_id IN (SELECT id FROM care WHERE patient_id = ?)"
)
"""The condition for messages to anybody about a patient or something of theirs."""


def bind_values(condition: str, row_id: str) -> tuple[str, ...]:
    """Return the values for a condition: the id once for each ``?``."""
    return (row_id,) * condition.count("?")
