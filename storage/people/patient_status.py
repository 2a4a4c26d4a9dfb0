"""The patient's status (active, paused, ended): its audit facts and the patient's notice."""

from datetime import datetime

from alliance.calendar.timing import zone_named
from alliance.people.roles_and_states import PersonState
from storage.audit.audit_log import Facts
from storage.database.tx import Tx, utc_text
from storage.messages import outbox
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.post import post_state
from storage.people.people import Person

NOTIFIED_STATES = frozenset({"active", "paused", "ended"})
"""States that a patient is notified of; in any other, there is nobody to notify."""


def facts(person: Person) -> Facts:
    """Return a person's state for the audit log; the end of a pause also as their local day."""
    until = person.paused_until if person.state == PersonState.PAUSED else None
    if until is None:
        return {"state": person.state, "until": None}
    day = until.astimezone(zone_named(person.zone)).date()
    return {"state": person.state, "until": utc_text(until), "day": day.isoformat()}


async def notify_patient(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Notify a patient of their status; the text is written when the message is sent."""
    await outbox.cancel_by_kind(
        tx, person_id=person_id, kind=MessageKind.STATE, reason="a newer one follows"
    )
    await post_state(tx, patient_id=person_id, at=at)
