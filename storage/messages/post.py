"""Post messages: one function for each kind, which knows its key, its subject and its payload.

Keys keep their forms across versions: what was posted before an upgrade is not posted again.
Notices of trouble are posted by ``coordinator_notices``, and removals by ``shown_messages``.
"""

from datetime import date, datetime
from typing import Literal

from alliance.alerts.episodes import Stage
from storage.database.tx import Tx, utc_text
from storage.messages import outbox
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import (
    AlertPayload,
    CheckinPayload,
    DigestPayload,
    EpisodePayload,
    HandoverPayload,
    HeartbeatPayload,
    NoPayload,
)


async def post_prompt(
    tx: Tx,
    *,
    checkin_id: str,
    patient_id: str,
    at: datetime,
    not_before: datetime | None = None,
    is_reopened: bool = False,
) -> bool:
    """Ask a check-in's first question: once, and once more each time it was reopened."""
    key = f"prompt:{checkin_id}:{utc_text(at)}" if is_reopened else f"prompt:{checkin_id}"
    return await _post_about_checkin(
        tx, MessageKind.PROMPT, key, checkin_id, patient_id, at=at, not_before=not_before
    )


async def post_again(
    tx: Tx, *, checkin_id: str, patient_id: str, at: datetime, not_before: datetime
) -> bool:
    """Ask an open question again, because the bot was away."""
    key = f"again:{checkin_id}:{at.isoformat()}"
    return await _post_about_checkin(
        tx, MessageKind.AGAIN, key, checkin_id, patient_id, at=at, not_before=not_before
    )


async def post_reminder(
    tx: Tx, *, checkin_id: str, patient_id: str, due_at: datetime, at: datetime
) -> bool:
    """Bring up an unfinished check-in, once for each time at which that was due."""
    key = f"reminder:{checkin_id}:{utc_text(due_at)}"
    return await _post_about_checkin(tx, MessageKind.REMINDER, key, checkin_id, patient_id, at=at)


async def post_close(tx: Tx, *, checkin_id: str, patient_id: str, at: datetime) -> bool:
    """Show in a check-in's message that its time is over."""
    return await _post_about_checkin(
        tx, MessageKind.CLOSE, f"close:{checkin_id}", checkin_id, patient_id, at=at
    )


async def post_refresh(
    tx: Tx,
    *,
    checkin_id: str,
    patient_id: str,
    cause: Literal["close", "place", "page"],
    at: datetime,
) -> bool:
    """Update a check-in's message: it was cancelled, is answered elsewhere, or moved elsewhere."""
    key = f"{cause}:{checkin_id}:{utc_text(at)}"
    return await _post_about_checkin(tx, MessageKind.CLOSE, key, checkin_id, patient_id, at=at)


async def post_lock(
    tx: Tx, *, checkin_id: str, patient_id: str, locks_at: datetime, at: datetime
) -> bool:
    """Update a check-in's message once its answers can no longer be changed."""
    return await _post_about_checkin(
        tx,
        MessageKind.LOCK,
        f"lock:{checkin_id}",
        checkin_id,
        patient_id,
        at=at,
        not_before=locks_at,
    )


async def _post_about_checkin(
    tx: Tx,
    kind: MessageKind,
    key: str,
    checkin_id: str,
    patient_id: str,
    *,
    at: datetime,
    not_before: datetime | None = None,
) -> bool:
    return await outbox.post(
        tx,
        key=key,
        kind=kind,
        person_id=patient_id,
        subject_id=checkin_id,
        payload=CheckinPayload(checkin_id),
        at=at,
        not_before=not_before,
    )


def alert_key(alert_id: str, therapist_id: str) -> str:
    """Return the key of the first notice of an alert."""
    return f"alert:{alert_id}:{therapist_id}"


async def post_alert(
    tx: Tx, *, alert_id: str, therapist_id: str, at: datetime, not_before: datetime
) -> bool:
    """Tell a therapist of an alert."""
    key = alert_key(alert_id, therapist_id)
    return await _post_about_alert(
        tx, MessageKind.ALERT, key, alert_id, therapist_id, at=at, not_before=not_before
    )


async def post_snoozed_alert(
    tx: Tx, *, alert_id: str, number: int, therapist_id: str, until: datetime, at: datetime
) -> bool:
    """Tell a therapist of an alert again that they put off; ``number`` is their response's."""
    key = f"snooze:{alert_id}:{number}"
    return await _post_about_alert(
        tx, MessageKind.SNOOZE, key, alert_id, therapist_id, at=at, not_before=until
    )


async def post_alert_again(
    tx: Tx, *, alert_id: str, therapist_id: str, at: datetime, not_before: datetime
) -> bool:
    """Tell a therapist, once, of an alert that nobody has seen."""
    key = f"again:{alert_id}:{therapist_id}"
    return await _post_about_alert(
        tx, MessageKind.ALERT_AGAIN, key, alert_id, therapist_id, at=at, not_before=not_before
    )


async def post_unseen(
    tx: Tx, *, alert_id: str, coordinator_id: str, at: datetime, not_before: datetime
) -> bool:
    """Tell a coordinator, once, that nobody has seen an alert."""
    key = f"unseen:{alert_id}:{coordinator_id}"
    return await _post_about_alert(
        tx, MessageKind.UNSEEN, key, alert_id, coordinator_id, at=at, not_before=not_before
    )


async def post_seen(tx: Tx, *, alert_id: str, patient_id: str, at: datetime) -> bool:
    """Tell a patient, once, that a therapist has seen what they answered."""
    return await _post_about_alert(
        tx, MessageKind.SEEN, f"seen:{alert_id}", alert_id, patient_id, at=at
    )


async def _post_about_alert(
    tx: Tx,
    kind: MessageKind,
    key: str,
    alert_id: str,
    person_id: str,
    *,
    at: datetime,
    not_before: datetime | None = None,
) -> bool:
    return await outbox.post(
        tx,
        key=key,
        kind=kind,
        person_id=person_id,
        subject_id=alert_id,
        payload=AlertPayload(alert_id),
        at=at,
        not_before=not_before,
    )


async def post_episode(
    tx: Tx,
    *,
    episode_id: str,
    stage: Stage,
    checkin_id: str,
    therapist_id: str,
    at: datetime,
    not_before: datetime,
) -> bool:
    """Tell a therapist that an episode has reached a stage with a check-in."""
    return await outbox.post(
        tx,
        key=f"{stage}:{episode_id}:{checkin_id}:{therapist_id}",
        kind=MessageKind.EPISODE,
        person_id=therapist_id,
        subject_id=episode_id,
        payload=EpisodePayload(episode_id, stage),
        at=at,
        not_before=not_before,
    )


async def post_digest(tx: Tx, *, therapist_id: str, day: date, at: datetime) -> bool:
    """Send a therapist the digest of a local day."""
    return await outbox.post(
        tx,
        key=f"digest:{therapist_id}:{day.isoformat()}",
        kind=MessageKind.DIGEST,
        person_id=therapist_id,
        subject_id=therapist_id,
        payload=DigestPayload(day),
        at=at,
    )


async def post_handover(
    tx: Tx, *, care_id: str, therapist_id: str, occasion: str, at: datetime
) -> bool:
    """Tell a therapist, once for each occasion, that a patient has come, left or come back."""
    return await outbox.post(
        tx,
        key=f"handover:{care_id}:{occasion}",
        kind=MessageKind.HANDOVER,
        person_id=therapist_id,
        subject_id=care_id,
        payload=HandoverPayload(care_id),
        at=at,
    )


async def post_state(tx: Tx, *, patient_id: str, at: datetime) -> bool:
    """Tell a patient whether they are asked at present."""
    return await outbox.post(
        tx,
        key=f"state:{patient_id}:{utc_text(at)}",
        kind=MessageKind.STATE,
        person_id=patient_id,
        subject_id=patient_id,
        payload=NoPayload(),
        at=at,
    )


async def post_restored(tx: Tx, *, therapist_id: str, at: datetime) -> bool:
    """Tell a therapist to look at their open alerts, since a backup was restored."""
    return await outbox.post(
        tx,
        key=f"restored:{therapist_id}:{utc_text(at)}",
        kind=MessageKind.RESTORED,
        person_id=therapist_id,
        subject_id=therapist_id,
        payload=NoPayload(),
        at=at,
    )


async def post_heartbeat(tx: Tx, *, coordinator_id: str, due_at: datetime, at: datetime) -> bool:
    """Send a coordinator the counts of the last day, once for each time at which that was due."""
    return await outbox.post(
        tx,
        key=f"heartbeat:{coordinator_id}:{utc_text(due_at)}",
        kind=MessageKind.HEARTBEAT,
        person_id=coordinator_id,
        subject_id=utc_text(at),
        payload=HeartbeatPayload(until=at),
        at=at,
    )
