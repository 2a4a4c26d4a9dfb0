"""Undo: a table of the audit actions that can be undone, each with its undo function."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alliance.errors import Refusal
from storage.audit import audit_log
from storage.audit.audit_log import AuditEntry
from storage.calendar import change_absences, change_plans, change_sessions
from storage.checkins import answer_channel
from storage.database.tx import Tx
from storage.files import imports
from storage.groups import change_groups
from storage.people import change_care, change_status, end_of_treatment, invite, time_zones
from storage.privacy import erasure

WINDOW = timedelta(minutes=15)
"""How long a person can undo their own change."""

Undo = Callable[[Tx, AuditEntry, datetime], Awaitable[bool]]
"""Undoes one change; False, with nothing changed, if something else has changed since."""

UNDO: dict[str, Undo] = {
    "person.invited": invite.undo_invite,
    "invitation.withdrawn": invite.undo_withdraw,
    "care.assigned": change_care.undo_care_change,
    "care.added": change_care.undo_care_change,
    "care.removed": change_care.undo_care_change,
    "person.paused": change_status.undo_status_change,
    "person.resumed": change_status.undo_status_change,
    "person.ended": end_of_treatment.undo_end,
    "person.marked_test": change_status.undo_mark_test,
    "person.unmarked_test": change_status.undo_mark_test,
    "person.zone_set": time_zones.undo_set_zone,
    "person.answers_placed": answer_channel.undo_set_answer_channel,
    "plan.set": change_plans.undo_set_plan,
    "plan.ended": change_plans.undo_end_plan,
    "session.added": change_plans.undo_add_session,
    "session.moved": change_sessions.undo_session_change,
    "session.cancelled": change_sessions.undo_session_change,
    "session.restored": change_sessions.undo_session_change,
    "absence.added": change_absences.undo_add_absence,
    "absence.withdrawn": change_absences.undo_withdraw_absence,
    "group.made": change_groups.undo_make,
    "group.ended": change_groups.undo_end,
    "membership.begun": change_groups.undo_join,
    "membership.ended": change_groups.undo_leave,
    "lead.begun": change_groups.undo_join,
    "lead.ended": change_groups.undo_leave,
    "import.applied": imports.undo_apply,
}

NO_CHANGE = frozenset({"heartbeat.set", "links.renewed", "person.spoken_to", "person.erased"})
"""Actions with nothing to undo, or about a person who is gone; /undo skips them."""

UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class UndoStep:
    """The audit lines of one command, newest first."""

    entries: tuple[AuditEntry, ...]

    @property
    def number(self) -> int:
        """The number shared by its lines."""
        return self.entries[-1].step

    @property
    def first_entry(self) -> AuditEntry:
        """The first line, which best describes the command."""
        return self.entries[-1]

    @property
    def can_be_undone(self) -> bool:
        """Whether every line that changed something can be undone."""
        return all(entry.action in UNDO or entry.action in NO_CHANGE for entry in self.entries)


async def last_step(tx: Tx, *, actor_id: str, now: datetime) -> UndoStep | None:
    """Return a person's latest change in the last 15 minutes that has not been undone, if any."""
    entries = await audit_log.by_actor(tx, actor_id=actor_id, since=now - WINDOW)
    undone = {entry.undoes for entry in entries if entry.undoes is not None}
    erased = await erasure.tombstones_since(tx, since=now - WINDOW)
    remaining = [
        one
        for one in entries
        if one.undoes is None and one.number not in undone and one.subject_id not in erased
    ]
    for number in dict.fromkeys(entry.step for entry in remaining):
        step = UndoStep(tuple(entry for entry in remaining if entry.step == number))
        if any(entry.action not in NO_CHANGE for entry in step.entries):
            return step
    return None


async def undo_last_step(tx: Tx, *, actor_id: str, number: int, at: datetime) -> UndoStep:
    """Undo a person's latest change, completely or not at all, and record that in the log.

    Args:
        tx: An open transaction; the caller must roll it back on a Refusal.
        actor_id: Who made the change.
        number: Number of the step, so that a second tap does not undo a second change.
        at: Now.

    Raises:
        Refusal: It is not their latest change, is too old, was undone already or cannot be
            undone, or somebody has changed the same thing since.
    """
    if await audit_log.is_undone(tx, number):
        raise Refusal("undo.already")
    step = await last_step(tx, actor_id=actor_id, now=at)
    if step is None or step.number != number:
        raise Refusal("undo.not_last" if step is not None else "undo.nothing")
    if not step.can_be_undone:
        raise Refusal("undo.impossible")
    for entry in step.entries:
        undo = UNDO.get(entry.action)
        if undo is not None and not await undo(tx, entry, at):
            raise Refusal("undo.moved_on")
    await _record_undo(tx, actor_id=actor_id, entries=step.entries, at=at)
    return step


async def _record_undo(
    tx: Tx, *, actor_id: str, entries: Sequence[AuditEntry], at: datetime
) -> None:
    first = None
    for entry in reversed(entries):
        number = await audit_log.record(
            tx,
            actor_id=actor_id,
            action=UNDONE,
            subject_id=entry.subject_id,
            before=entry.after,
            after=entry.before,
            part_of=first,
            undoes=entry.number,
            at=at,
        )
        first = first or number
