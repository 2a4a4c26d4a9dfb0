"""What kinds of messages there are, and which leave first."""

from collections.abc import Mapping
from enum import StrEnum


class MessageKind(StrEnum):
    """What sort of message it is."""

    PROMPT = "prompt"  # a check-in's first question
    AGAIN = "again"  # likewise, after the bot was away
    REMINDER = "reminder"  # likewise, as a reminder
    CLOSE = "close"  # updates a check-in's message
    LOCK = "lock"  # likewise, once answers can no longer be changed
    SEEN = "seen"  # tells a patient that their therapist has seen an answer
    STATE = "state"  # tells a patient that they are paused, active or not enrolled any more
    ALERT = "alert"
    SNOOZE = "snooze"  # an alert that a therapist put off
    ALERT_AGAIN = "alert_again"  # an alert that nobody has seen
    UNSEEN = "unseen"  # tells a coordinator that nobody has seen an alert
    EPISODE = "episode"  # an episode has recovered, or has not in time
    DIGEST = "digest"
    HANDOVER = "handover"  # tells a therapist that a patient has come or left
    RESTORED = "restored"  # tells a therapist to look at open alerts after a restore
    HIDE = "hide"  # removes answers from a therapist's chat
    HEARTBEAT = "heartbeat"  # tells a coordinator, once a day, that the bot works
    TROUBLE = "trouble"  # tells a coordinator that something does not work


class Trouble(StrEnum):
    """What a coordinator is told of; each is the end of a text key, ``trouble.…``."""

    UNREACHABLE = "unreachable"  # somebody cannot be written to
    UNDELIVERED = "undelivered"  # Telegram refused a message
    PLAN_ENDS = "plan_ends"
    LATE = "late"  # the scheduler stood still
    SET_BACK = "set_back"  # the clock was set back
    RESTORED = "restored"  # a backup was restored
    IMPORT_FAILED = "import_failed"
    NO_BACKUP = "no_backup"
    FAILED_LINKS = "guessing"  # somebody tries links that do not exist
    DATABASE_DAMAGE = "damaged"
    POLLING_CONFLICT = "rival"  # another program fetches the bot's updates


PRIORITY: Mapping[MessageKind, int] = {
    **dict.fromkeys(
        (
            MessageKind.ALERT,
            MessageKind.SNOOZE,
            MessageKind.ALERT_AGAIN,
            MessageKind.UNSEEN,
            MessageKind.TROUBLE,
            MessageKind.RESTORED,
        ),
        0,
    ),
    **dict.fromkeys(
        (
            MessageKind.PROMPT,
            MessageKind.AGAIN,
            MessageKind.REMINDER,
            MessageKind.SEEN,
            MessageKind.STATE,
            MessageKind.HANDOVER,
        ),
        1,
    ),
    **dict.fromkeys(
        (
            MessageKind.CLOSE,
            MessageKind.LOCK,
            MessageKind.HIDE,
            MessageKind.EPISODE,
            MessageKind.DIGEST,
            MessageKind.HEARTBEAT,
        ),
        2,
    ),
}
"""Kind to priority. Lower numbers leave first: alerts, then patients' messages, then the rest."""
