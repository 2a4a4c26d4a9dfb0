"""Compose the messages that therapists get."""

from datetime import datetime

from handlers.alerts import episode_screens
from handlers.alerts import screens as alert_screens
from handlers.app.screen import Screen
from handlers.caseload import digest_screens, handover_screens
from handlers.messages.after_hiding import placeholder_for, visible_alert
from handlers.messages.outgoing import OutgoingMessage, Recipient
from handlers.texts import say
from storage.alerts import episodes
from storage.database.tx import Tx
from storage.messages import shown_messages
from storage.messages.payloads import (
    AlertPayload,
    DigestPayload,
    EpisodePayload,
    HandoverPayload,
    HidePayload,
    NoPayload,
)
from storage.messages.shown_messages import ShownMessageKind

KINDS_WITH_PICTURE = frozenset({ShownMessageKind.ALERT, ShownMessageKind.COURSE})
"""What is removed from the chat as a whole; other messages get another text."""


async def compose_alert(
    tx: Tx, payload: AlertPayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return the notice of an alert, if the therapist may still see it."""
    alert = await visible_alert(tx, to.person, payload.alert_id, now)
    if alert is None:
        return None
    return OutgoingMessage(to.account_id, alert_screens.notice(to.language, alert.id))


async def compose_alert_again(
    tx: Tx, payload: AlertPayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return the notice of an alert once more, unless somebody has seen it."""
    alert = await visible_alert(tx, to.person, payload.alert_id, now)
    if alert is None or alert.seen_at is not None:
        return None
    return OutgoingMessage(to.account_id, alert_screens.notice(to.language, alert.id))


async def compose_episode(
    tx: Tx, payload: EpisodePayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return the stage of an episode, unless it has changed since with a changed answer."""
    stored = await episodes.by_id(tx, payload.episode_id)
    alert = await visible_alert(tx, to.person, payload.episode_id, now)
    if stored is None or alert is None or stored.episode.stage is not payload.stage:
        return None
    return OutgoingMessage(to.account_id, episode_screens.notice(to.language, stored.id))


async def compose_digest(
    _tx: Tx, payload: DigestPayload, to: Recipient, _now: datetime
) -> OutgoingMessage:
    """Return the notice of a day's digest."""
    return OutgoingMessage(to.account_id, digest_screens.notice(to.language, payload.day))


async def compose_handover(
    _tx: Tx, payload: HandoverPayload, to: Recipient, _now: datetime
) -> OutgoingMessage:
    """Return that a patient has come or left; the notice names nobody."""
    return OutgoingMessage(to.account_id, handover_screens.notice(to.language, payload.care_id))


async def compose_restored(
    _tx: Tx, _payload: NoPayload, to: Recipient, _now: datetime
) -> OutgoingMessage:
    """Return that a backup was restored, so that open alerts must be looked at."""
    return OutgoingMessage(to.account_id, Screen(say(to.language, "restored.therapist")))


async def compose_removal(
    tx: Tx, payload: HidePayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return what is left behind when a message with answers is removed."""
    shown = await shown_messages.by_id(tx, payload.shown_message_id)
    if shown is None:
        return None
    screen = await placeholder_for(tx, shown, to.person, now)
    if shown.kind in KINDS_WITH_PICTURE:
        return OutgoingMessage(to.account_id, screen, removes=shown)
    return OutgoingMessage(to.account_id, screen, replaces=shown.message_id)
