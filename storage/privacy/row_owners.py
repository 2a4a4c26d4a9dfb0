"""Which rows are somebody's: one list, from which rows are read out and erased.

In the order in which they can be deleted: what refers to something stands before it. The one
table with Telegram accounts is not in here; only ``people`` knows it.
"""

from collections.abc import Mapping

_CHECKINS = "(SELECT id FROM checkins WHERE patient_id = ?)"
_ALERTS = "(SELECT id FROM alerts WHERE patient_id = ?)"
_PLANS = "(SELECT id FROM plans WHERE patient_id = ?)"

ROWS_OF: Mapping[str, str] = {
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
    "silences": "person_id = ?",
    "heartbeats": "person_id = ?",
    "digests": "person_id = ?",
    "wizards": "person_id = ?",
    "imports": "person_id = ?",
    "showings": "person_id = ?",
    "outbox": "person_id = ?",
    "paces": "person_id = ?",
    "invitations": "person_id = ?",
    "consents": "person_id = ?",
    "people": "id = ?",
}
"""Table to the condition for a patient's rows; every value is the patient's id."""

_ITS_ALERTS = "(SELECT id FROM alerts WHERE checkin_id = ?)"

ROWS_OF_CHECKIN: Mapping[str, str] = {
    "outbox": f"kind <> 'hide' AND (subject_id = ? OR subject_id IN {_ITS_ALERTS})",
    "alert_responses": f"alert_id IN {_ITS_ALERTS}",
    "still_working": f"alert_id IN {_ITS_ALERTS}",
    "episodes": f"id IN {_ITS_ALERTS} OR turned_by = ?",
    "alerts": "checkin_id = ?",
    "verdicts": "checkin_id = ?",
    "answers": "checkin_id = ?",
    "comments": "checkin_id = ?",
    "page_links": "checkin_id = ?",
    "checkin_events": "checkin_id = ?",
    "checkins": "id = ?",
}
"""Likewise for one check-in; every value is its id."""

SUBJECTS = (
    f"subject_id = ? OR subject_id IN {_CHECKINS} OR subject_id IN {_ALERTS}"
    f" OR subject_id IN {_PLANS} OR subject_id IN (SELECT id FROM care WHERE patient_id = ?)"
)
"""The condition for letters to anybody that are about a patient or something of theirs."""


def values(condition: str, wanted: str) -> tuple[str, ...]:
    """Return the values of a condition: the id, as often as it is asked for."""
    return (wanted,) * condition.count("?")
