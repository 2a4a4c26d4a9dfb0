"""The webhook's other end: posts updates to the bot until it says 2xx or they expire."""

import asyncio
from collections.abc import Hashable

import aiohttp

from bot.simulator.faults import FaultKind
from bot.simulator.simulated_telegram import SimulatedTelegram
from bot.simulator.updates import Pending

LONGEST_PAUSE = 60.0
LONGEST_WISH = 3600.0
PATIENCE = aiohttp.ClientTimeout(total=60)
WEBHOOK = "webhook"
"""The method by which failures of deliveries are arranged."""

BEFOREHAND = frozenset({FaultKind.DROP_BEFORE, FaultKind.SILENT_BEFORE})
AFTERWARDS = frozenset({FaultKind.DROP_AFTER, FaultKind.SILENT_AFTER})


class Deliveries:
    """Delivers side by side, but each queue (chat, or person's taps) strictly in order."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._telegram = telegram
        self._under_way: dict[Hashable, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled; without a webhook there is nothing to do but wait."""
        updates = self._telegram.state.updates
        try:
            while True:
                while not self._telegram.state.webhook["url"]:
                    await updates.to_deliver.wait()
                async with aiohttp.ClientSession(timeout=PATIENCE) as session:
                    while self._telegram.state.webhook["url"]:
                        self._begin(session)
                        await updates.to_deliver.wait()
                    await self._stop()
        finally:
            await self._stop()

    def _begin(self, session: aiohttp.ClientSession) -> None:
        """Start a delivery for each queue that has something and is not busy."""
        free = self._telegram.state.webhook["max_connections"] - len(self._under_way)
        for update in self._telegram.state.updates.pending:
            if free <= 0:
                return
            if update.queue not in self._under_way:
                task = asyncio.create_task(self._deliver(session, update))
                self._under_way[update.queue] = task
                free -= 1

    async def _stop(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._under_way.clear()

    async def _deliver(self, session: aiohttp.ClientSession, update: Pending) -> None:
        """Post one update, again and again if need be, then make room for the next."""
        pause = self._telegram.webhook_retry_seconds
        updates = self._telegram.state.updates
        try:
            while update in updates.pending and update.expires_at > self._telegram.now():
                failure, wish = await self._post(session, update)
                if failure is None:
                    updates.confirm(update)
                    return
                self._telegram.state.webhook |= {
                    "last_error_date": int(self._telegram.now().timestamp()),
                    "last_error_message": failure,
                }
                await asyncio.sleep(pause if wish is None else wish)
                pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            self._under_way.pop(update.queue, None)
            updates.to_deliver.ring()

    async def _post(
        self, session: aiohttp.ClientSession, update: Pending
    ) -> tuple[str | None, float | None]:
        """Return what went wrong, if anything, and how long the bot asks us to wait."""
        struck = {fault.kind for fault in self._telegram.faults.strike(WEBHOOK, None)}
        if struck & BEFOREHAND:
            return "Connection timed out", None
        webhook = self._telegram.state.webhook
        secret = webhook.get("secret")
        behind = self._telegram.behind_webhook
        url = behind[0] if behind else webhook["url"]
        behind.rotate(-1)
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            async with session.post(url, json=update.body, headers=headers) as reply:
                if struck & AFTERWARDS:
                    return "Connection reset by peer", None
                if 200 <= reply.status < 300:
                    return None, None
                wish = reply.headers.get("Retry-After", "")
                return (
                    f"Wrong response from the webhook: {reply.status} {reply.reason}",
                    min(float(wish), LONGEST_WISH) if wish.isdigit() else None,
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}", None
