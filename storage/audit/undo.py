"""Taking a change back: which changes can be, and how. One line in a table for each action."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alliance.errors import Refusal
from storage.audit import audit_log
from storage.audit.audit_log import Entry
from storage.calendar import undo_calendar
from storage.checkins import answer_channel
from storage.database.tx import Tx
from storage.files import imports
from storage.people import (
    care,
    end_of_treatment,
    invitations,
    patient_status,
    people,
    time_zones,
)
from storage.privacy import erasure

WINDOW = timedelta(minutes=15)
"""How long a change can be taken back by the one who made it."""

Undo = Callable[[Tx, Entry, datetime], Awaitable[bool]]
"""Takes one change back; False when things have moved on since, and then nothing is changed."""

UNDO: dict[str, Undo] = {
    "person.invited": invitations.undo_invite,
    "invitation.withdrawn": invitations.undo_withdraw,
    "care.assigned": care.undo,
    "care.added": care.undo,
    "care.removed": care.undo,
    "person.paused": patient_status.undo,
    "person.resumed": patient_status.undo,
    "person.ended": end_of_treatment.undo_end,
    "person.marked_test": people.undo_test_mark,
    "person.unmarked_test": people.undo_test_mark,
    "person.zone_set": time_zones.undo,
    "person.answers_placed": answer_channel.undo,
    "plan.set": undo_calendar.undo_set,
    "plan.ended": undo_calendar.undo_end,
    "session.added": undo_calendar.undo_added_session,
    "session.moved": undo_calendar.undo_session,
    "session.cancelled": undo_calendar.undo_session,
    "session.restored": undo_calendar.undo_session,
    "absence.added": undo_calendar.undo_added_absence,
    "absence.withdrawn": undo_calendar.undo_withdrawn_absence,
    "group.made": undo_calendar.undo_made_group,
    "group.ended": undo_calendar.undo_ended_group,
    "membership.begun": undo_calendar.undo_joined,
    "membership.ended": undo_calendar.undo_left,
    "lead.begun": undo_calendar.undo_joined,
    "lead.ended": undo_calendar.undo_left,
    "import.applied": imports.undo,
}

NO_CHANGE = frozenset({"heartbeat.set", "links.renewed", "person.spoken_to", "person.erased"})
"""What leaves nothing to take back, or nobody; /undo looks past it."""

UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Step:
    """All that one command changed, newest line first."""

    entries: tuple[Entry, ...]

    @property
    def number(self) -> int:
        """The number that its lines share."""
        return self.entries[-1].step

    @property
    def head(self) -> Entry:
        """The line that says best what was done: the first."""
        return self.entries[-1]

    @property
    def can_be_undone(self) -> bool:
        """Say whether there is a way back for every line that changed something."""
        return all(entry.action in UNDO or entry.action in NO_CHANGE for entry in self.entries)


async def last_step(tx: Tx, *, actor_id: str, now: datetime) -> Step | None:
    """Return somebody's last change of the last 15 minutes that still stands, if any."""
    entries = await audit_log.by_actor(tx, actor_id=actor_id, since=now - WINDOW)
    gone = {entry.undoes for entry in entries if entry.undoes is not None}
    erased = await erasure.tombstones_since(tx, since=now - WINDOW)
    left = [
        one
        for one in entries
        if one.undoes is None and one.number not in gone and one.subject_id not in erased
    ]
    steps = dict.fromkeys(entry.step for entry in left)
    for number in steps:
        step = Step(tuple(entry for entry in left if entry.step == number))
        if any(entry.action not in NO_CHANGE for entry in step.entries):
            return step
    return None


async def take_back(tx: Tx, *, actor_id: str, number: int, at: datetime) -> Step:
    """Take somebody's last change back, all of it or nothing, and note that in the log.

    Args:
        tx: An open transaction; a Refusal must end it.
        actor_id: Whose change.
        number: Of the step they mean, so that a second tap does not take back a second change.
        at: Now.

    Raises:
        Refusal: It is not their last change, too late, gone already, without a way back, or
            somebody has changed the same thing since.
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
    await _note(tx, actor_id=actor_id, entries=step.entries, at=at)
    return step


async def _note(tx: Tx, *, actor_id: str, entries: Sequence[Entry], at: datetime) -> None:
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
