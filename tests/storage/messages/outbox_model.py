"""A simple model of the outbox, with which the real one is compared."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

from storage.messages.kinds_and_priorities import MessageKind

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
CODES = ("T-1", "P-1", "P-2")
SUBJECTS = ("one", "two")
WAITING = ("new", "uncertain")

seconds = st.sampled_from([0, 5, 100])  # a lease ends between the last two
codes = st.sampled_from(CODES)
subjects = st.sampled_from(SUBJECTS)
kinds = st.sampled_from(
    [MessageKind.ALERT, MessageKind.PROMPT, MessageKind.REMINDER, MessageKind.LOCK]
)


@dataclass
class ModelMessage:
    """One message in the model."""

    kind: MessageKind
    person: str
    subject: str
    not_before: datetime
    state: str = "new"
    attempts: int = 0
    leased_until: datetime | None = None
    reason: str | None = None


class Crash(Exception):
    """The process dies at this point."""
