"""Fetches updates from Telegram, by long polling.

Telegram forgets an update once a later one is asked for. So the next ones are fetched only
when every effect is on disk.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from alliance.errors import StoreUnavailable
from bot.telegram.client import Raw, TelegramClient
from bot.telegram.messages import seconds
from bot.updates.conflicts import PollingConflicts
from bot.updates.processor import UPDATE_KINDS, UpdateProcessor
from bot.web.metrics import ProcessStatus
from handlers.app.services import Services

logger = logging.getLogger(__name__)

POLL_SECONDS = 25
UPDATES_PER_POLL = 100
STALLED_SECONDS = 120.0
RESTART_SECONDS = 300.0
WATCH_INTERVAL_SECONDS = 5.0
FIRST_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 30.0


class PollingStalled(Exception):
    """No poll has come back for five minutes; a fresh process may do better."""


class Poller:
    """Polls Telegram for updates and has them handled.

    Args:
        client: The bot's connection to Telegram.
        processor: Handles the updates.
        services: What handlers have at hand.
        monotonic: Seconds of a monotonic clock.
        status: Where the poller records what monitoring sees.
        poll_seconds: How long Telegram may wait for something to happen.
        stalled_seconds: After so long without a poll's answer the connection is renewed.
        restart_seconds: After so long a fresh process is wanted.
    """

    def __init__(
        self,
        client: TelegramClient,
        processor: UpdateProcessor,
        services: Services,
        *,
        status: ProcessStatus,
        monotonic: Callable[[], float],
        poll_seconds: float = POLL_SECONDS,
        stalled_seconds: float = STALLED_SECONDS,
        restart_seconds: float = RESTART_SECONDS,
    ) -> None:
        self._client = client
        self._processor = processor
        self._monotonic = monotonic
        self._poll_seconds = poll_seconds
        self._stalled_seconds = stalled_seconds
        self._restart_seconds = restart_seconds
        self._offset: int | None = None
        self._conflicts = PollingConflicts(services, monotonic, status)
        self._last_contact_at = self._monotonic()
        self._poll: asyncio.Task[Sequence[Raw]] | None = None
        self._is_connected = False

    async def poll(self) -> None:
        """Poll for ever; cancel to stop. Updates in progress are finished first."""
        pause = FIRST_RETRY_SECONDS
        try:
            while True:
                try:
                    updates = await self._fetch()
                    await self._processor.record_contact()
                except InvalidToken:
                    raise
                # Cut off, told to wait, or answered nonsense; or our own database is unavailable.
                except (TelegramError, StoreUnavailable) as failed:
                    logger.warning("poll failed: %s", type(failed).__name__)
                    self._is_connected = False
                    if isinstance(failed, Conflict):
                        await self._conflicts.record_conflict()
                    await asyncio.sleep(_retry_after(failed) or pause)
                    pause = min(pause * 2, MAX_RETRY_SECONDS)
                    continue
                pause = FIRST_RETRY_SECONDS
                if updates:
                    await self._processor.handle_updates(updates)
                    self._offset = max(int(raw["update_id"]) for raw in updates) + 1
        finally:
            await self._processor.close()

    async def _fetch(self) -> Sequence[Raw]:
        self._poll = asyncio.ensure_future(
            self._client.updates(
                after=self._offset,
                most=UPDATES_PER_POLL,
                kinds=UPDATE_KINDS,
                # The first one after a silence returns at once: an outage is noticed
                # without waiting.
                wait=int(self._poll_seconds) if self._is_connected else 0,
                read_timeout=self._poll_seconds + 10,
            )
        )
        try:
            updates: Sequence[Raw] = await self._poll
        except asyncio.CancelledError:
            if self._poll.cancelled() and not _is_cancelling():
                raise NetworkError("the connection was renewed") from None
            self._poll.cancel()
            raise
        self._last_contact_at = self._monotonic()
        self._is_connected = True
        return updates

    async def watch(self) -> None:
        """Renew a connection on which no poll comes back; give up when that does not help.

        Raises:
            PollingStalled: No poll came back for ``restart_seconds``.
        """
        renewed_at = 0.0
        while True:
            silent = self._monotonic() - self._last_contact_at
            if silent > self._restart_seconds:
                raise PollingStalled(
                    "Telegram has not answered a poll for too long; starting anew."
                )
            if silent > self._stalled_seconds and self._last_contact_at > renewed_at:
                logger.warning("no poll came back for %.0f s; renewing the connection", silent)
                renewed_at = self._monotonic()
                await self._renew()
            await asyncio.sleep(min(WATCH_INTERVAL_SECONDS, self._stalled_seconds / 4))

    async def _renew(self) -> None:
        await self._client.reset_polling()
        if self._poll is not None:
            self._poll.cancel()


def _retry_after(failed: Exception) -> float | None:
    if isinstance(failed, RetryAfter):
        return seconds(failed.retry_after)
    return None


def _is_cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
