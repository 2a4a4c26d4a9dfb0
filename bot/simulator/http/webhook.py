"""Webhook deliveries: post each update to the bot until it answers 2xx or the update expires."""

import asyncio
from collections.abc import Hashable

import aiohttp

from bot.simulator.faults import FaultKind
from bot.simulator.simulated_telegram import SimulatedTelegram
from bot.simulator.updates import PendingUpdate

MAX_RETRY_PAUSE_SECONDS = 60.0
MAX_RETRY_AFTER_SECONDS = 3600.0
POST_TIMEOUT = aiohttp.ClientTimeout(total=60)
WEBHOOK = "webhook"
"""The method name under which failures of deliveries are arranged."""

FAULTS_BEFORE_CALL = frozenset({FaultKind.DROP_BEFORE, FaultKind.SILENT_BEFORE})
FAULTS_AFTER_CALL = frozenset({FaultKind.DROP_AFTER, FaultKind.SILENT_AFTER})


class WebhookDelivery:
    """Delivers in parallel, but each queue (a chat, or a person's taps) strictly in order."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._telegram = telegram
        self._in_progress: dict[Hashable, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled, whenever a webhook is set."""
        updates = self._telegram.state.updates
        try:
            while True:
                while not self._telegram.state.webhook["url"]:
                    await updates.delivery_signal.wait()
                async with aiohttp.ClientSession(timeout=POST_TIMEOUT) as session:
                    while self._telegram.state.webhook["url"]:
                        self._start_deliveries(session)
                        await updates.delivery_signal.wait()
                    await self._stop()
        finally:
            await self._stop()

    def _start_deliveries(self, session: aiohttp.ClientSession) -> None:
        """Start a delivery for each queue that has an update and no delivery in progress."""
        free = self._telegram.state.webhook["max_connections"] - len(self._in_progress)
        for update in self._telegram.state.updates.pending:
            if free <= 0:
                return
            if update.queue not in self._in_progress:
                task = asyncio.create_task(self._deliver(session, update))
                self._in_progress[update.queue] = task
                free -= 1

    async def _stop(self) -> None:
        tasks = list(self._in_progress.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._in_progress.clear()

    async def _deliver(self, session: aiohttp.ClientSession, update: PendingUpdate) -> None:
        """Post one update until it is accepted, with growing pauses."""
        pause = self._telegram.webhook_retry_seconds
        updates = self._telegram.state.updates
        try:
            while update in updates.pending and update.expires_at > self._telegram.now():
                failure, retry_after = await self._post(session, update)
                if failure is None:
                    updates.confirm(update)
                    return
                self._telegram.state.webhook |= {
                    "last_error_date": int(self._telegram.now().timestamp()),
                    "last_error_message": failure,
                }
                await asyncio.sleep(pause if retry_after is None else retry_after)
                pause = min(pause * 2, MAX_RETRY_PAUSE_SECONDS)
        finally:
            self._in_progress.pop(update.queue, None)
            updates.delivery_signal.notify()

    async def _post(
        self, session: aiohttp.ClientSession, update: PendingUpdate
    ) -> tuple[str | None, float | None]:
        """Return what went wrong, if anything, and the seconds that the bot asks us to wait."""
        kinds = {fault.kind for fault in self._telegram.faults.take_matching(WEBHOOK, None)}
        if kinds & FAULTS_BEFORE_CALL:
            return "Connection timed out", None
        webhook = self._telegram.state.webhook
        secret = webhook.get("secret")
        targets = self._telegram.webhook_targets
        url = targets[0] if targets else webhook["url"]
        targets.rotate(-1)
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            async with session.post(url, json=update.body, headers=headers) as reply:
                if kinds & FAULTS_AFTER_CALL:
                    return "Connection reset by peer", None
                if 200 <= reply.status < 300:
                    return None, None
                retry_after = reply.headers.get("Retry-After", "")
                return (
                    f"Wrong response from the webhook: {reply.status} {reply.reason}",
                    min(float(retry_after), MAX_RETRY_AFTER_SECONDS)
                    if retry_after.isdigit()
                    else None,
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}", None
