"""What each kind of message is about, as it is saved with the message: JSON, one shape a kind."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from alliance.alerts.episodes import Stage
from storage.messages.kinds_and_priorities import MessageKind, Trouble


@dataclass(frozen=True, slots=True)
class NoPayload:
    """All that counts is who gets it."""


@dataclass(frozen=True, slots=True)
class CheckinPayload:
    """A check-in."""

    checkin_id: str


@dataclass(frozen=True, slots=True)
class AlertPayload:
    """An alert."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class EpisodePayload:
    """An episode, and the stage that it has reached."""

    episode_id: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class DigestPayload:
    """The local day of a digest."""

    day: date


@dataclass(frozen=True, slots=True)
class HandoverPayload:
    """Who looks after whom: a row of ``care`` that has begun or ended."""

    care_id: str


@dataclass(frozen=True, slots=True)
class HidePayload:
    """A message that shows answers."""

    shown_message_id: str


@dataclass(frozen=True, slots=True)
class HeartbeatPayload:
    """The end of the day that is counted."""

    until: datetime


@dataclass(frozen=True, slots=True)
class TroublePayload:
    """What does not work.

    Attributes:
        person_id: Whom it is about, if anybody.
        plan_id: Which plan it is about, if any.
        audit_number: The line of the audit log that has the figures, if one has.
    """

    trouble: Trouble
    person_id: str | None = None
    plan_id: str | None = None
    audit_number: int | None = None


Payload = (
    NoPayload
    | CheckinPayload
    | AlertPayload
    | EpisodePayload
    | DigestPayload
    | HandoverPayload
    | HidePayload
    | HeartbeatPayload
    | TroublePayload
)

PAYLOADS: Mapping[MessageKind, type[Payload]] = {
    MessageKind.PROMPT: CheckinPayload,
    MessageKind.AGAIN: CheckinPayload,
    MessageKind.REMINDER: CheckinPayload,
    MessageKind.CLOSE: CheckinPayload,
    MessageKind.LOCK: CheckinPayload,
    MessageKind.SEEN: AlertPayload,
    MessageKind.STATE: NoPayload,
    MessageKind.ALERT: AlertPayload,
    MessageKind.SNOOZE: AlertPayload,
    MessageKind.ALERT_AGAIN: AlertPayload,
    MessageKind.UNSEEN: AlertPayload,
    MessageKind.EPISODE: EpisodePayload,
    MessageKind.DIGEST: DigestPayload,
    MessageKind.HANDOVER: HandoverPayload,
    MessageKind.RESTORED: NoPayload,
    MessageKind.HIDE: HidePayload,
    MessageKind.HEARTBEAT: HeartbeatPayload,
    MessageKind.TROUBLE: TroublePayload,
}
"""Kind to the shape of its payload."""

_PARSE_FIELD: Mapping[str, Callable[[str], object]] = {
    "day": date.fromisoformat,
    "until": datetime.fromisoformat,
    "stage": Stage,
    "trouble": Trouble,
}
"""Field to what its JSON text becomes; others are what JSON has them as."""


def payload_to_json(payload: Payload) -> str:
    """Return a payload as JSON, without the fields that are None."""
    fields = {name: value for name, value in asdict(payload).items() if value is not None}
    return json.dumps(fields, default=_isoformat, sort_keys=True)


def payload_from_json(kind: MessageKind, text: str) -> Payload:
    """Return what ``payload_to_json`` wrote.

    Raises:
        ValueError: The text is no payload of that kind.
    """
    fields: dict[str, Any] = json.loads(text)
    parsed = {
        name: _PARSE_FIELD[name](value) if name in _PARSE_FIELD else value
        for name, value in fields.items()
    }
    build: Callable[..., Payload] = PAYLOADS[kind]
    try:
        return build(**parsed)
    except TypeError:
        raise ValueError(f"this is no payload of a message of kind {kind}") from None


def _isoformat(value: date) -> str:
    return value.isoformat()
