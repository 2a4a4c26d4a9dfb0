"""A person's time zone: quiet hours, reminders and days of absence follow it."""

from datetime import datetime

from storage.audit.audit_log import AuditEntry
from storage.audit.change import Change
from storage.calendar import plans
from storage.calendar.quiet_hours import site_quiet
from storage.caseload import digests
from storage.checkins import retime
from storage.database.tx import Tx
from storage.messages import heartbeats, outbox
from storage.people import pause_ends
from storage.people.people import Person


async def set_zone(change: Change, person: Person, zone: str) -> bool:
    """Set a person's time zone; what is planned follows. False when nothing changes."""
    if not await _save_zone(change.tx, person.id, zone, change.at):
        return False
    await change.record(
        "person.zone_set", person.id, before={"zone": person.zone}, after={"zone": zone}
    )
    return True


async def undo_set_zone(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Restore a person's earlier time zone; False when it has been changed again since."""
    person_id = str(entry.subject_id)
    row = await tx.one("SELECT zone FROM people WHERE id = ?", person_id)
    if row is None or row["zone"] != entry.facts_after["zone"]:
        return False
    return await _save_zone(tx, person_id, str(entry.facts_before["zone"]), at)


async def _save_zone(tx: Tx, person_id: str, zone: str, at: datetime) -> bool:
    """Save a time zone; everything that goes by the person's clock follows at once."""
    row = await tx.one("SELECT zone FROM people WHERE id = ?", person_id)
    if row is None or row["zone"] == zone:
        return False
    await tx.run("UPDATE people SET zone = ? WHERE id = ?", zone, person_id)
    await plans.replan_affected_by(tx, person_id=person_id, at=at)
    quiet = await site_quiet(tx)
    await pause_ends.follow_zone(tx, person_id=person_id, before=row["zone"], zone=zone, at=at)
    await retime.retime_of_patient(tx, patient_id=person_id, site_quiet=quiet, at=at)
    await heartbeats.retime_of(tx, person_id=person_id, at=at)
    await digests.follow_zone(tx, person_id=person_id, quiet=quiet, at=at)
    await outbox.end_quiet_wait(tx, person_id=person_id, at=at)
    return True
