"""How a handler answers: a few verbs that every channel has. A channel implements ``Reply``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from handlers.app.screen import Screen

MAX_NOTE_CHARS = 200
"""So many characters fit into a note, the answer to a tap."""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message in the sender's conversation.

    Attributes:
        message_id: Its number in the channel.
        sent_at: When it was sent, aware.
    """

    message_id: int
    sent_at: datetime


class Reply(Protocol):
    """Answers one request. Passing failures are retried; a person who cannot be reached is none.

    What is replied is said in the order in which a person's requests came.
    """

    async def show(
        self, screen: Screen, note: str | None = None, *, otherwise: Screen | None = None
    ) -> bool:
        """Answer a tap: show the screen in place of the one that was tapped.

        Args:
            screen: What is shown.
            note: A few words shown for a moment.
            otherwise: What is shown below when the tapped message is gone; None shows the
                screen itself below.

        Returns:
            False when the message is gone, or the person could not be reached.
        """

    async def send(self, screen: Screen, *, to: int | None = None) -> MessageRef | None:
        """Show a screen in a new message, with its picture if it has one.

        Args:
            screen: What is shown.
            to: Another account than the sender's.

        Returns:
            The message; None when the person cannot be reached now.
        """

    async def replace(self, message_id: int, screen: Screen) -> None:
        """Show a screen in place of an earlier message."""

    async def note(self, text: str | None = None, *, must_confirm: bool = False) -> None:
        """Say one sentence where the request came from; None only ends the wait for an answer.

        Args:
            text: A tap gets it as a note that disappears, anything else as a message.
            must_confirm: The note stays until the person closes it.
        """

    async def send_file(
        self,
        name: str,
        content: bytes,
        *,
        caption: str | None = None,
        is_protected: bool = False,
        is_silent: bool = False,
    ) -> None:
        """Send a file.

        Args:
            name: What the file is called.
            content: What is in it.
            caption: Words that come with it.
            is_protected: It cannot be forwarded.
            is_silent: It comes without a sound.
        """

    async def remove(self, message: MessageRef, instead: Screen) -> bool:
        """Remove a message with its picture from the conversation; ``instead`` stays behind.

        Returns:
            False when the person could not be reached; then it is still there.
        """

    async def discard(
        self, message_id: int, emptied: Screen, *, account_id: int | None = None
    ) -> None:
        """Delete a message; one that can no longer be deleted shows ``emptied``.

        Args:
            message_id: The message.
            emptied: What it shows otherwise.
            account_id: Whose message it is, if it is not the sender's.
        """

    async def set_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        """Offer these commands, each with its description."""
