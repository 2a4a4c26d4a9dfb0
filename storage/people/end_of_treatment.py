"""The end of somebody's part: plans end, open questions close, nothing is asked any more."""

from datetime import datetime

from alliance.checkins.review import ANSWERABLE, CheckinState
from storage.alerts import derive_episodes
from storage.audit.audit_log import Entry, Facts
from storage.calendar import edit_plans
from storage.checkins import checkins
from storage.database.tx import Tx, at_text
from storage.groups import groups
from storage.messages import outbox
from storage.people import invitations, patient_status, unreachable
from storage.people.people import Person

REASON = "treatment ended"
TAKEN_BACK = "the end was taken back"
_OPEN = ANSWERABLE | {CheckinState.PLANNED}


async def end(tx: Tx, *, person: Person, at: datetime) -> Facts:
    """End somebody's part; return what the audit log keeps so that it can be taken back.

    Who looked after a patient stays on record and can still read what was said until now;
    nothing new comes, since nothing is asked.
    """
    ended = await edit_plans.end_plans(tx, patient_id=person.id, at=at)
    left = await tx.all(
        "SELECT id FROM memberships WHERE patient_id = ? AND to_at IS NULL", person.id
    )
    await groups.leave_all(tx, patient_id=person.id, at=at)
    await close_open(tx, person_id=person.id, reason=REASON, at=at)
    link = await invitations.withdraw(tx, person_id=person.id, at=at)
    await unreachable.end(tx, person_id=person.id, at=at)
    await tx.run(
        "UPDATE people SET state = 'ended', paused_until = NULL, ended_at = ? WHERE id = ?",
        at_text(at),
        person.id,
    )
    await derive_episodes.derive_all(tx, patient_id=person.id)
    return {
        "state": "ended",
        "plans": ",".join(plan.id for plan in ended),
        "memberships": ",".join(row["id"] for row in left),
        "invitation": None if link is None else link.id,
    }


async def close_open(
    tx: Tx, *, person_id: str, reason: str, keep: int | None = None, at: datetime
) -> None:
    """End everything somebody could still answer; the questions leave their chat.

    Args:
        tx: An open transaction.
        person_id: Whose.
        reason: Goes to the log of each check-in.
        keep: A message that says something else by now and so stays.
        at: Now.
    """
    for row in await tx.all(
        "SELECT id, message_id FROM checkins WHERE patient_id = ?"
        " AND state IN ('planned', 'due', 'sent', 'opened')",
        person_id,
    ):
        checkin_id, message_id = row["id"], row["message_id"]
        await checkins.move(
            tx,
            checkin_id=checkin_id,
            to=CheckinState.CANCELLED,
            reason=reason,
            at=at,
            only_from=_OPEN,
        )
        await outbox.cancel_about(tx, subject_id=checkin_id, reason=reason)
        if message_id not in (None, keep):
            await outbox.post(
                tx,
                key=f"close:{checkin_id}:{at_text(at)}",
                kind="close",
                person_id=person_id,
                subject_id=checkin_id,
                at=at,
            )


async def undo_end(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let somebody take part again as before; False when they do so already."""
    before, after = entry.facts_before, entry.facts_after
    person_id = str(entry.subject_id)
    back = await tx.run(
        "UPDATE people SET state = ?, paused_until = ?, ended_at = NULL"
        " WHERE id = ? AND state = 'ended' AND ended_at = ?",
        before["state"],
        before["until"],
        person_id,
        at_text(entry.at),
    )
    if not back:
        return False
    for plan_id in _ids(after["plans"]):
        await edit_plans.bring_back(tx, plan_id=plan_id, at=at)
    for membership_id in _ids(after["memberships"]):
        await groups.rejoin(tx, table="memberships", belonging_id=membership_id)
    if after["invitation"] is not None:
        await invitations.work_again(tx, invitation_id=str(after["invitation"]), at=at)
    await unreachable.go_on(tx, person_id=person_id, ended_at=entry.at)
    await derive_episodes.derive_all(tx, patient_id=person_id)
    for row in await tx.all(
        "SELECT k.id, k.message_id FROM checkins k JOIN checkin_events e ON e.checkin_id = k.id"
        " WHERE k.patient_id = ? AND k.state = 'cancelled' AND e.reason = ? AND e.at = ?",
        person_id,
        REASON,
        at_text(entry.at),
    ):
        await _reopen(tx, person_id, row["id"], row["message_id"], at)
    await patient_status.tell(tx, person_id=person_id, at=at)
    return True


async def _reopen(
    tx: Tx, person_id: str, checkin_id: str, message_id: int | None, at: datetime
) -> None:
    """Let a question be open again as it was; one that stood in the chat is shown anew."""
    before = await tx.one(
        "SELECT state FROM checkin_events WHERE checkin_id = ? AND state <> 'cancelled'"
        " ORDER BY at DESC, id DESC LIMIT 1",
        checkin_id,
    )
    if before is None:
        return
    await checkins.move(
        tx,
        checkin_id=checkin_id,
        to=CheckinState(before["state"]),
        reason=TAKEN_BACK,
        at=at,
        only_from=frozenset({CheckinState.CANCELLED}),
    )
    await outbox.cancel_about(tx, subject_id=checkin_id, reason=TAKEN_BACK)
    await outbox.revive(tx, subject_id=checkin_id, reason=REASON)
    if message_id is not None:
        await outbox.post(
            tx,
            key=f"reminder:{checkin_id}:{at_text(at)}",
            kind="reminder",
            person_id=person_id,
            subject_id=checkin_id,
            at=at,
        )


def _ids(facts: str | int | None) -> tuple[str, ...]:
    return tuple(part for part in str(facts or "").split(",") if part)
