"""By whose clocks somebody lives: their quiet hours and reminders go by them."""

from datetime import datetime

from storage.audit.audit_log import Entry
from storage.calendar import plans
from storage.database.tx import Tx


async def set_zone(tx: Tx, *, person_id: str, zone: str, at: datetime) -> bool:
    """Keep where somebody's clocks are; False when it was so. What is planned follows."""
    changed = await tx.run(
        "UPDATE people SET zone = ? WHERE id = ? AND zone <> ?", zone, person_id, zone
    )
    if changed:
        await plans.plan_anew_around(tx, person_id=person_id, at=at)
    return bool(changed)


async def undo(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Take a change of clocks back; False when they have been changed again."""
    person_id = str(entry.subject_id)
    now = await tx.one("SELECT zone FROM people WHERE id = ?", person_id)
    if now is None or now["zone"] != entry.facts_after["zone"]:
        return False
    return await set_zone(tx, person_id=person_id, zone=str(entry.facts_before["zone"]), at=at)
