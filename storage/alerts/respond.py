"""What therapists do with alerts and episodes, each with its line in the audit log.

A response cannot be undone: it is corrected by another response.
"""

from collections.abc import Mapping
from datetime import datetime

from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import AlertKind
from alliance.alerts.responses import Response
from storage.alerts import alerts, derive_episodes, responses
from storage.alerts.alerts import Alert
from storage.alerts.episodes import StoredEpisode
from storage.audit.change import Change
from storage.database.tx import utc_text
from storage.messages import outbox
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.post import post_seen, post_snoozed_alert

EPISODE_ANSWERS: Mapping[str, Response | None] = {
    "working": None,
    "talked": Response.TALKED,
    "none": Response.NOT_RUPTURE,
}
"""Answers when the ratings did not recover, and the response to the first alert that each is."""


async def respond(change: Change, alert: Alert, response: Response) -> bool:
    """Save a therapist's response to an alert; False when it is the current one already.

    The patient is told once, without a sound, that the alert was seen; not after an alert for
    silence, because there is no answer that was seen.
    """
    if not await _save(change, alert.id, response):
        return False
    facts = {"alert": alert.id, "response": response}
    await change.record("alert.answered", alert.patient_id, after=facts)
    await outbox.cancel_by_kind(
        change.tx, subject_id=alert.id, kind=MessageKind.SNOOZE, reason="answered"
    )
    is_first = await alerts.acknowledge(
        change.tx, alert_id=alert.id, therapist_id=str(change.actor_id), at=change.at
    )
    if is_first and alert.kind is not AlertKind.SILENCE:
        await post_seen(change.tx, alert_id=alert.id, patient_id=alert.patient_id, at=change.at)
    return True


async def _save(change: Change, alert_id: str, response: Response) -> bool:
    """Save a response unless it is the current one, and update the episode."""
    current = await responses.latest(change.tx, alert_id)
    if current is not None and current.response is response:
        return False
    await responses.add(
        change.tx,
        alert_id=alert_id,
        therapist_id=str(change.actor_id),
        response=response,
        at=change.at,
    )
    await derive_episodes.derive_for_alert(change.tx, alert_id=alert_id)
    return True


async def snooze(change: Change, alert: Alert, *, until: datetime) -> None:
    """Snooze an alert: its notice is sent to the therapist again, once."""
    tx, therapist_id = change.tx, str(change.actor_id)
    await outbox.cancel_by_kind(
        tx,
        subject_id=alert.id,
        kind=MessageKind.SNOOZE,
        reason="put off anew",
        person_id=therapist_id,
    )
    number = await responses.snooze(
        tx, alert_id=alert.id, therapist_id=therapist_id, until=until, at=change.at
    )
    facts = {"alert": alert.id, "until": utc_text(until)}
    await change.record("alert.snoozed", alert.patient_id, after=facts)
    await post_snoozed_alert(
        tx,
        alert_id=alert.id,
        number=number,
        therapist_id=therapist_id,
        until=until,
        at=change.at,
    )


async def answer_episode(change: Change, stored: StoredEpisode, answer: str) -> None:
    """Save the answer to whether the work goes on; repeating it changes nothing.

    Args:
        change: The change.
        stored: The episode.
        answer: One of ``EPISODE_ANSWERS``.
    """
    response = EPISODE_ANSWERS[answer]
    if response is not None:
        if not await _save(change, stored.id, response):
            return
    elif stored.episode.stage is Stage.UNREPAIRED:
        await derive_episodes.record_still_working(
            change.tx, episode_id=stored.id, therapist_id=str(change.actor_id), at=change.at
        )
    else:
        return
    await change.record("episode.answered", stored.id, after={"answer": answer})
