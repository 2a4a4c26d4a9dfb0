"""Changes of absences, each with its line in the audit log and its undo function."""

from datetime import date, datetime

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole
from storage.audit.audit_log import AuditEntry
from storage.audit.change import Change
from storage.calendar import absences
from storage.calendar.absences import Absence
from storage.calendar.audit_facts import absence_facts
from storage.database.tx import Tx
from storage.people.people import Person


async def add_absence(
    change: Change, person: Person, *, first_day: date, last_day: date, cover: Person | None
) -> Absence:
    """Record when somebody is away, and who covers for a therapist.

    Raises:
        Refusal: The last day is before the first, or the cover cannot stand in for that person.
    """
    if last_day < first_day:
        raise Refusal("absence.turned_round")
    if cover is not None and (
        person.role != PersonRole.THERAPIST
        or cover.role != PersonRole.THERAPIST
        or cover.id == person.id
    ):
        raise Refusal("absence.no_cover", code=cover.code)
    cover_id = None if cover is None else cover.id
    absence_id = await absences.add(
        change.tx,
        person_id=person.id,
        first_day=first_day,
        last_day=last_day,
        cover_id=cover_id,
        at=change.at,
    )
    absence = Absence(absence_id, person.id, first_day, last_day, cover_id)
    await change.record("absence.added", person.id, after=absence_facts(absence))
    return absence


async def undo_add_absence(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Withdraw an absence that was added; False if it has been withdrawn already."""
    return await absences.withdraw(tx, absence_id=str(entry.facts_after["absence"]), at=at)


async def withdraw_absence(change: Change, absence: Absence) -> bool:
    """Withdraw an absence; False if it has been withdrawn already.

    Sessions within it that have not begun take place again.
    """
    if not await absences.withdraw(change.tx, absence_id=absence.id, at=change.at):
        return False
    await change.record("absence.withdrawn", absence.person_id, before=absence_facts(absence))
    return True


async def undo_withdraw_absence(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Reinstate a withdrawn absence; False if it was not withdrawn."""
    return await absences.reinstate(tx, absence_id=str(entry.facts_before["absence"]), at=at)
