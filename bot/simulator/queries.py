"""Taps on inline buttons, and the bot's answers to them."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.simulator.signals import Signal

ANSWER_DEADLINE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What the person sees when the spinner stops: a toast, or an alert to confirm."""

    text: str = ""
    is_alert: bool = False


@dataclass(slots=True, eq=False)
class Query:
    """One tap. The bot may answer it once, within 15 seconds."""

    id: str
    person_id: int
    message_id: int
    data: str
    at: datetime
    answer: QueryAnswer | None = None
    _answer_signal: Signal = field(default_factory=Signal, repr=False)

    def record_answer(self, answer: QueryAnswer) -> None:
        """Keep the bot's answer and wake the task that waits for it."""
        self.answer = answer
        self._answer_signal.notify()

    async def wait_for_answer(self, seconds: float = 5.0) -> QueryAnswer:
        """Return the bot's answer as soon as there is one.

        Raises:
            AssertionError: There is none when the time is up.
        """
        try:
            async with asyncio.timeout(seconds):
                while self.answer is None:
                    await self._answer_signal.wait()
        except TimeoutError:
            raise AssertionError(f"no answer to the tap {self.data!r} in {seconds} s") from None
        return self.answer
