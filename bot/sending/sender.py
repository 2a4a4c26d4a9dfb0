"""Sends queued messages from the outbox: everything except direct replies. Alerts go first."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import timedelta

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from alliance.checkins.review import CheckinState
from alliance.errors import StoreUnavailable
from bot.telegram import messages, photos
from bot.telegram.context import App
from bot.telegram.http import was_not_sent
from bot.telegram.refusals import Meaning, meaning_of
from handlers.app.screen import Screen
from handlers.app.services import Services
from handlers.messages import compose
from handlers.messages.outgoing import OutgoingMessage
from handlers.texts import say
from storage.checkins import checkins
from storage.database.worker_locks import WorkerLocks
from storage.messages import (
    coordinator_notices,
    delivery,
    send_limits,
    wait_for_quiet_hours,
)
from storage.messages.delivery import OutboxMessage
from storage.people import people

logger = logging.getLogger(__name__)

MAX_IN_PROGRESS = 30
SHUTDOWN_SECONDS = 30.0
IDLE_SECONDS = 5.0
DATABASE_RETRY_SECONDS = 1.0
MIN_WAIT_SECONDS = 0.02
RECOVERY_INTERVAL_SECONDS = 2.0
MAX_RETRY_PAUSE = timedelta(minutes=10)
MAX_REASON_LENGTH = 80


class OutboxSender:
    """Takes messages out of the outbox and sends them, one at a time to each person."""

    def __init__(
        self, app: App, services: Services, wake_event: asyncio.Event, worker_locks: WorkerLocks
    ) -> None:
        self._app = app
        self._services = services
        self._wake_event = wake_event
        self._worker_locks = worker_locks
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._recovered_at = -RECOVERY_INTERVAL_SECONDS

    async def run(self) -> None:
        """Send for ever; cancel to stop. Deliveries in progress are finished first."""
        try:
            while True:
                self._wake_event.clear()
                try:
                    await self._recover()
                    if not await self._send_next():
                        await self._wait_for_work()
                except StoreUnavailable:
                    logger.exception("the database is unavailable; messages wait")
                    await asyncio.sleep(DATABASE_RETRY_SECONDS)
        finally:
            if self._deliveries:
                await asyncio.wait(self._deliveries.values(), timeout=SHUTDOWN_SECONDS)

    async def _recover(self) -> None:
        """Every now and then, put messages back whose sending worker has died."""
        if time.monotonic() - self._recovered_at < RECOVERY_INTERVAL_SECONDS:
            return
        self._recovered_at = time.monotonic()
        async with self._services.store.read_transaction() as tx:
            senders = await delivery.sending_workers(tx)
        if not senders:
            return
        # Asked after reading the outbox: a worker that held a message then had started before.
        dead, now = await self._worker_locks.dead_workers(senders), self._services.now()
        async with self._services.store.transaction() as tx:
            await send_limits.record_sent_by_workers(tx, dead, at=now)
            if await delivery.recover(tx, before=now, dead_workers=dead):
                logger.warning("messages of a dead worker are sent again")

    async def _send_next(self) -> bool:
        """Start sending the next message; False when there is none that may leave now."""
        if len(self._deliveries) >= MAX_IN_PROGRESS:
            await asyncio.wait(self._deliveries.values(), return_when=asyncio.FIRST_COMPLETED)
        now = self._services.now()
        async with self._services.store.read_transaction() as tx:
            next_at = await delivery.next_at(tx)
        if next_at is None or next_at > now:
            return False
        message = None
        async with self._services.store.transaction() as tx:
            wait = await send_limits.time_to_wait(tx, now=now)
            if not wait:
                blocked = {*self._deliveries, *await send_limits.blocked_people(tx, now=now)}
                message = await delivery.claim(
                    tx, now=now, blocked_people=blocked, worker=self._worker_locks.worker
                )
        if wait:
            await asyncio.sleep(min(wait.total_seconds(), IDLE_SECONDS))
            return True
        if message is None:
            return False
        task = asyncio.create_task(self._deliver(message))
        self._deliveries[message.person_id] = task
        task.add_done_callback(lambda done: self._on_delivery_done(message.person_id, done))
        return True

    def _on_delivery_done(self, person_id: str, task: "asyncio.Task[None]") -> None:
        del self._deliveries[person_id]
        self._wake_event.set()
        if not task.cancelled() and task.exception() is not None:
            # The lease runs out, and the message is claimed again.
            logger.error("a delivery broke off: %s", type(task.exception()).__name__)

    async def _wait_for_work(self) -> None:
        """Wait to be woken, for the next message's time, or until somebody's send limit ends."""
        now, seconds = self._services.now(), IDLE_SECONDS
        try:
            async with self._services.store.read_transaction() as tx:
                at = await delivery.next_at(tx)
                if (
                    at is not None and at <= now
                ):  # a message waits, but its person may not be written to yet
                    seconds, at = (
                        RECOVERY_INTERVAL_SECONDS,
                        await send_limits.next_unblocked_at(tx, now=now),
                    )
        except StoreUnavailable:
            at = None
        if at is not None:
            seconds = max(MIN_WAIT_SECONDS, min(seconds, (at - now).total_seconds()))
        # Not wait_for: in Python 3.11 it swallows a cancellation that coincides with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake_event.wait()

    async def _deliver(self, message: OutboxMessage) -> None:
        now = self._services.now()
        async with self._services.store.read_transaction() as tx:
            wakes_at = await wait_for_quiet_hours.quiet_until(
                tx, message, site_quiet=self._services.site.defaults.quiet, now=now
            )
            outgoing = await compose.compose_message(tx, message, now, self._services.site)
        if outgoing is not None and wakes_at is not None:
            reason = wait_for_quiet_hours.WAITING_REASON
            await self._requeue(message, wakes_at - now, reason, uncertain=False)
            return
        if outgoing is None:
            await self._cancel(message)
            return
        if outgoing.page_link is not None:
            async with self._services.store.transaction() as tx:
                await outgoing.page_link.save(tx, now)
        try:
            message_id = await self._send_to_telegram(outgoing)
        except RetryAfter as refused:
            await self._record_retry_after(message, messages.seconds(refused.retry_after))
        except TelegramError as failed:
            await self._record_failure(message, failed)
        else:
            await self._record_delivery(message, outgoing, message_id)

    async def _record_failure(self, message: OutboxMessage, failed: TelegramError) -> None:
        """Give up what Telegram refuses for good; anything else is tried again."""
        if meaning_of(failed) is Meaning.UNREACHABLE:
            await self._mark_unreachable(message, failed.message[:MAX_REASON_LENGTH])
        elif isinstance(failed, BadRequest):
            await self._mark_undelivered(message, failed.message[:MAX_REASON_LENGTH])
        else:
            uncertain = isinstance(failed, NetworkError) and not was_not_sent(failed)
            await self._retry_later(message, type(failed).__name__, uncertain=uncertain)

    async def _send_to_telegram(self, outgoing: OutgoingMessage) -> int:
        bot = self._app.bot
        if outgoing.removes is not None:
            age = self._services.now() - outgoing.removes.sent_at
            message_id = outgoing.removes.message_id
            await photos.remove(
                bot,
                outgoing.account_id,
                message_id,
                outgoing.screen,
                age=age,
                topic_id=outgoing.topic_id,
            )
            return message_id
        if outgoing.replaces is None:
            sent = await messages.send(
                bot, outgoing.account_id, outgoing.screen, topic_id=outgoing.topic_id
            )
            return sent.message_id
        await messages.edit(bot, outgoing.account_id, outgoing.replaces, outgoing.screen)
        return outgoing.replaces

    async def _record_delivery(
        self, message: OutboxMessage, outgoing: OutgoingMessage, message_id: int
    ) -> None:
        """Save the message's number, and remove the earlier message about the same."""
        now = self._services.now()
        async with self._services.store.transaction() as tx:
            await delivery.record_sent(tx, message, message_id=message_id, at=now)
            await send_limits.record_sent(tx, person_id=message.person_id, at=now)
            earlier = await compose.record_delivery(tx, message, message_id, now)
            person = await people.by_id(tx, message.person_id)
        if earlier is not None:
            moved = Screen(say(person.language, "checkin.moved"))
            bot, chat = self._app.bot, outgoing.account_id
            await messages.with_retries(lambda: messages.delete(bot, chat, earlier, moved))

    async def _record_retry_after(self, message: OutboxMessage, seconds: float) -> None:
        async with self._services.store.transaction() as tx:
            await send_limits.record_retry_after(
                tx, person_id=message.person_id, seconds=seconds, at=self._services.now()
            )
        await self._requeue(message, timedelta(seconds=seconds), "RetryAfter", uncertain=False)

    async def _retry_later(self, message: OutboxMessage, reason: str, *, uncertain: bool) -> None:
        pause = min(timedelta(seconds=2.0 ** min(message.attempts, 10)), MAX_RETRY_PAUSE)
        await self._requeue(message, pause, reason, uncertain=uncertain)

    async def _requeue(
        self, message: OutboxMessage, pause: timedelta, reason: str, *, uncertain: bool
    ) -> None:
        logger.info("message %s waits: %s", message.id, reason)
        now = self._services.now()
        async with self._services.store.transaction() as tx:
            if uncertain:
                await send_limits.record_sent(tx, person_id=message.person_id, at=now)
            await delivery.retry_later(
                tx, message, not_before=now + pause, reason=reason, uncertain=uncertain
            )

    async def _cancel(self, message: OutboxMessage) -> None:
        async with self._services.store.transaction() as tx:
            await delivery.end(tx, message, state="cancelled", reason="nothing left to say")

    async def _mark_unreachable(self, message: OutboxMessage, reason: str) -> None:
        """Telegram refuses to deliver to somebody: a coordinator must know and act."""
        now = self._services.now()
        async with self._services.store.transaction() as tx:
            await delivery.end(tx, message, state="failed", reason=reason)
            if message.kind in compose.ABOUT_CHECKINS:
                await checkins.change_state(
                    tx,
                    checkin_id=message.subject_id,
                    to=CheckinState.UNDELIVERABLE,
                    reason=reason,
                    at=now,
                    only_from=frozenset({CheckinState.DUE}),
                )
            person = await people.by_id(tx, message.person_id)
            await coordinator_notices.mark_unreachable(
                tx, person=person, quiet=self._services.site.defaults.quiet, at=now
            )
        self._wake_event.set()

    async def _mark_undelivered(self, message: OutboxMessage, reason: str) -> None:
        """Telegram refuses this message for good: a coordinator is told."""
        logger.error("message %s was refused", message.id)
        now = self._services.now()
        async with self._services.store.transaction() as tx:
            await delivery.end(tx, message, state="failed", reason=reason)
            person = await people.by_id(tx, message.person_id)
            await coordinator_notices.notify_undelivered(tx, person=person, at=now)
        self._wake_event.set()
