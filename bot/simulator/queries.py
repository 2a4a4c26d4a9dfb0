"""Taps on inline buttons, from the thumb to the bot's answer."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.simulator.signals import Signal

ANSWERABLE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person saw when the spinner stopped."""

    text: str = ""
    is_alert: bool = False
    url: str | None = None


@dataclass(slots=True, eq=False)
class Query:
    """One tap. The bot may answer it once, within 15 seconds."""

    id: str
    person_id: int
    message_id: int
    data: str
    at: datetime
    answer: Answer | None = None
    _answered: Signal = field(default_factory=Signal, repr=False)

    def keep(self, answer: Answer) -> None:
        """Keep the bot's answer and wake those who wait for it."""
        self.answer = answer
        self._answered.ring()

    async def answered(self, seconds: float = 5.0) -> Answer:
        """Return the bot's answer as soon as it is there.

        Raises:
            AssertionError: There is none when the time is up.
        """
        try:
            async with asyncio.timeout(seconds):
                while self.answer is None:
                    await self._answered.wait()
        except TimeoutError:
            raise AssertionError(f"no answer to the tap {self.data!r} in {seconds} s") from None
        return self.answer
