"""End a patient's treatment or a staff member's work, and undo it.

The plans end, open check-ins are closed, and no more are sent.
"""

from datetime import datetime

from alliance.checkins.review import UNFINISHED, CheckinState
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole, PersonState
from storage.alerts import derive_episodes
from storage.audit.audit_log import AuditEntry, Facts, join_ids, split_ids
from storage.audit.change import Change
from storage.calendar import edit_plans
from storage.checkins import checkins
from storage.checkins.checkins import UNFINISHED_SQL
from storage.database.tx import Tx, utc_text
from storage.groups import groups
from storage.messages import outbox
from storage.messages.post import post_refresh, post_reminder
from storage.people import care, invitations, patient_status, unreachable
from storage.people.people import Person

ENDED = "treatment ended"
REOPENED = "the end was taken back"


async def end(change: Change, person: Person) -> None:
    """End a patient's treatment or a staff member's work; a patient is notified.

    The patient's therapists stay on record and can still read what was answered until now.

    Raises:
        Refusal: It has ended already; this is a therapist with patients or a group; or it is
            the person who makes the change.
    """
    tx = change.tx
    if person.state == PersonState.ENDED:
        raise Refusal("end.already", code=person.code)
    if person.id == change.actor_id:
        raise Refusal("end.oneself")
    if person.role == PersonRole.THERAPIST and (
        await care.caseload_size(tx, person.id) or await care.leads_a_group(tx, person.id)
    ):
        raise Refusal("end.has_patients", code=person.code)
    after = await _end_participation(tx, person, change.at)
    await change.record("person.ended", person.id, before=patient_status.facts(person), after=after)
    if person.role == PersonRole.PATIENT:
        await patient_status.notify_patient(tx, person_id=person.id, at=change.at)


async def _end_participation(tx: Tx, person: Person, at: datetime) -> Facts:
    """End everything that is planned for somebody; return what an undo needs to know."""
    ended = await edit_plans.end_plans(tx, patient_id=person.id, at=at)
    memberships = await tx.all(
        "SELECT id FROM memberships WHERE patient_id = ? AND to_at IS NULL", person.id
    )
    await groups.leave_all(tx, patient_id=person.id, at=at)
    await close_open_checkins(tx, person_id=person.id, reason=ENDED, at=at)
    link = await invitations.withdraw(tx, person_id=person.id, at=at)
    await unreachable.end(tx, person_id=person.id, at=at)
    await tx.run(
        "UPDATE people SET state = 'ended', paused_until = NULL, ended_at = ? WHERE id = ?",
        utc_text(at),
        person.id,
    )
    await derive_episodes.derive_all(tx, patient_id=person.id)
    return {
        "state": "ended",
        "plans": join_ids(plan.id for plan in ended),
        "memberships": join_ids(row["id"] for row in memberships),
        "invitation": None if link is None else link.id,
    }


async def undo_end(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Let somebody take part again as before; False when they do already."""
    before, after = entry.facts_before, entry.facts_after
    person_id = str(entry.subject_id)
    restored = await tx.run(
        "UPDATE people SET state = ?, paused_until = ?, ended_at = NULL"
        " WHERE id = ? AND state = 'ended' AND ended_at = ?",
        before["state"],
        before["until"],
        person_id,
        utc_text(entry.at),
    )
    if not restored:
        return False
    for plan_id in split_ids(after["plans"]):
        await edit_plans.resume_plan(tx, plan_id=plan_id, at=at)
    for membership_id in split_ids(after["memberships"]):
        await groups.rejoin(tx, table="memberships", membership_id=membership_id)
    if after["invitation"] is not None:
        await invitations.reinstate(tx, invitation_id=str(after["invitation"]), at=at)
    await unreachable.reopen(tx, person_id=person_id, ended_at=entry.at)
    await derive_episodes.derive_all(tx, patient_id=person_id)
    await _reopen_checkins(tx, person_id, closed_at=entry.at, at=at)
    await patient_status.notify_patient(tx, person_id=person_id, at=at)
    return True


async def close_open_checkins(
    tx: Tx, *, person_id: str, reason: str, except_message_id: int | None = None, at: datetime
) -> None:
    """Cancel every check-in that a patient could still answer; the questions leave the chat.

    Args:
        tx: An open transaction.
        person_id: The patient.
        reason: Recorded with each check-in.
        except_message_id: A message that shows something else by now and therefore stays.
        at: Now.
    """
    for row in await tx.all(
        f"SELECT id, message_id FROM checkins WHERE patient_id = ? AND state IN ({UNFINISHED_SQL})",
        person_id,
    ):
        checkin_id, message_id = row["id"], row["message_id"]
        await checkins.change_state(
            tx,
            checkin_id=checkin_id,
            to=CheckinState.CANCELLED,
            reason=reason,
            at=at,
            only_from=UNFINISHED,
        )
        await outbox.cancel_by_subject(tx, subject_id=checkin_id, reason=reason)
        if message_id not in (None, except_message_id):
            await post_refresh(
                tx, checkin_id=checkin_id, patient_id=person_id, cause="close", at=at
            )


async def _reopen_checkins(tx: Tx, person_id: str, *, closed_at: datetime, at: datetime) -> None:
    """Reopen the check-ins that the end of treatment closed."""
    for row in await tx.all(
        "SELECT k.id, k.message_id FROM checkins k JOIN checkin_events e ON e.checkin_id = k.id"
        " WHERE k.patient_id = ? AND k.state = 'cancelled' AND e.reason = ? AND e.at = ?",
        person_id,
        ENDED,
        utc_text(closed_at),
    ):
        await _reopen_checkin(tx, person_id, row["id"], row["message_id"], at)


async def _reopen_checkin(
    tx: Tx, person_id: str, checkin_id: str, message_id: int | None, at: datetime
) -> None:
    """Return a check-in to its earlier state; one that was shown in the chat is sent again."""
    before = await tx.one(
        "SELECT state FROM checkin_events WHERE checkin_id = ? AND state <> 'cancelled'"
        " ORDER BY at DESC, id DESC LIMIT 1",
        checkin_id,
    )
    if before is None:
        return
    await checkins.change_state(
        tx,
        checkin_id=checkin_id,
        to=CheckinState(before["state"]),
        reason=REOPENED,
        at=at,
        only_from=frozenset({CheckinState.CANCELLED}),
    )
    await outbox.cancel_by_subject(tx, subject_id=checkin_id, reason=REOPENED)
    await outbox.reinstate(tx, subject_id=checkin_id, reason=ENDED)
    if message_id is not None:
        await post_reminder(tx, checkin_id=checkin_id, patient_id=person_id, due_at=at, at=at)
