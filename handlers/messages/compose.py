"""Compose a queued message when it is sent, in the recipient's language."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from alliance.people.permissions import Action
from handlers.app import access
from handlers.app.site import Site
from handlers.messages import coordinator_notices, for_patients, for_therapists
from handlers.messages.outgoing import OutgoingMessage, Recipient
from storage.checkins import checkins
from storage.database.tx import Tx
from storage.messages import shown_messages
from storage.messages.delivery import OutboxMessage
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import CheckinPayload, HidePayload
from storage.people import accounts, people

ABOUT_CHECKINS = frozenset({MessageKind.PROMPT, MessageKind.AGAIN, MessageKind.REMINDER})
"""Messages that ask a check-in's question."""

Composer = Callable[[Tx, Any, Recipient, datetime], Awaitable[OutgoingMessage | None]]
"""Takes the payload of its kind; returns None if there is nothing left to say."""

COMPOSERS: Mapping[MessageKind, Composer] = {
    MessageKind.PROMPT: for_patients.compose_question,
    MessageKind.AGAIN: for_patients.compose_question_again,
    MessageKind.REMINDER: for_patients.compose_question,
    MessageKind.CLOSE: for_patients.compose_closed_checkin,
    MessageKind.LOCK: for_patients.compose_closed_checkin,
    MessageKind.SEEN: for_patients.compose_seen_notice,
    MessageKind.STATE: for_patients.compose_status,
    MessageKind.ALERT: for_therapists.compose_alert,
    MessageKind.SNOOZE: for_therapists.compose_alert_again,
    MessageKind.ALERT_AGAIN: for_therapists.compose_alert_again,
    MessageKind.EPISODE: for_therapists.compose_episode,
    MessageKind.DIGEST: for_therapists.compose_digest,
    MessageKind.HANDOVER: for_therapists.compose_handover,
    MessageKind.RESTORED: for_therapists.compose_restored,
    MessageKind.HIDE: for_therapists.compose_removal,
    MessageKind.UNSEEN: coordinator_notices.compose_unseen_alert,
    MessageKind.HEARTBEAT: coordinator_notices.compose_heartbeat,
    MessageKind.TROUBLE: coordinator_notices.compose_trouble,
}

ACTIONS: Mapping[MessageKind, Action] = {
    **dict.fromkeys(ABOUT_CHECKINS, Action.ANSWER),
    MessageKind.SEEN: Action.ANSWER,
    MessageKind.CLOSE: Action.CLEAR_CHAT,
    MessageKind.LOCK: Action.CLEAR_CHAT,
    MessageKind.HIDE: Action.CLEAR_CHAT,
    MessageKind.STATE: Action.GET_STATUS_NOTICES,
    MessageKind.ALERT: Action.SEE_ALERT,
    MessageKind.SNOOZE: Action.SEE_ALERT,
    MessageKind.ALERT_AGAIN: Action.SEE_ALERT,
    MessageKind.EPISODE: Action.SEE_ALERT,
    MessageKind.DIGEST: Action.READ_DIGEST,
    MessageKind.HANDOVER: Action.SEE_HANDOVER,
    MessageKind.RESTORED: Action.GET_RESTORE_NOTICE,
    MessageKind.UNSEEN: Action.GET_COORDINATOR_NOTICES,
    MessageKind.HEARTBEAT: Action.GET_COORDINATOR_NOTICES,
    MessageKind.TROUBLE: Action.GET_COORDINATOR_NOTICES,
}
"""Kind to the action that the recipient must be allowed when the message is sent."""


async def compose_message(
    tx: Tx, message: OutboxMessage, now: datetime, site: Site
) -> OutgoingMessage | None:
    """Return a composed message, or None if there is nothing left to say.

    What happened since it was posted decides: a completed check-in is not asked again, and
    an alert is not sent to a therapist who no longer looks after the patient.
    """
    address = await accounts.address_of(tx, message.person_id)
    if address is None:
        return None
    person = await people.by_id(tx, message.person_id)
    if not access.role_has(ACTIONS[message.kind], person):
        return None
    recipient = Recipient(person, address.account_id, site)
    outgoing = await COMPOSERS[message.kind](tx, message.payload, recipient, now)
    return None if outgoing is None else replace(outgoing, topic_id=address.topic_id)


async def record_delivery(
    tx: Tx, message: OutboxMessage, message_id: int, now: datetime
) -> int | None:
    """Record what a sent message changes in the chat; return an earlier message to delete.

    A question replaces the message that asked it before; a removed message shows nothing any more.
    """
    payload = message.payload
    if isinstance(payload, HidePayload):
        shown = await shown_messages.by_id(tx, payload.shown_message_id)
        if shown is not None:
            await shown_messages.remove(tx, person_id=shown.person_id, message_id=shown.message_id)
    if isinstance(payload, CheckinPayload) and message.kind in ABOUT_CHECKINS:
        return await checkins.record_sent(
            tx, checkin_id=payload.checkin_id, message_id=message_id, at=now
        )
    return None
