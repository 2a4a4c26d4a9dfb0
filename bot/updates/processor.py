"""Handles updates: in order within a chat, chats side by side.

An update that cannot be handled after several attempts is set aside, so that it neither blocks
the others nor comes back for ever.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from telegram import Update
from telegram.error import TelegramError

from alliance.errors import Refusal, StoreDamaged, StoreUnavailable
from bot.telegram.client import Raw
from bot.telegram.context import App, Context
from bot.telegram.progress import UPDATE_PROGRESS, UpdateProgress
from bot.telegram.routing import request_of
from bot.updates.database_damage import report_damage
from bot.updates.outage import Outage
from bot.updates.parsing import parse_update
from bot.updates.rate_limit import AccountRateLimiter, Decision
from bot.web.metrics import ProcessStatus
from handlers.app.errors import apologise, refuse
from handlers.app.request import Request
from handlers.app.services import Services
from storage.database import updates as database_updates
from storage.database.ids import new_id

logger = logging.getLogger(__name__)

UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
MAX_ATTEMPTS = 3
RETRY_PAUSE_SECONDS = 0.2
DATABASE_RETRY_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
MAX_IN_PROGRESS = 1_000
SHUTDOWN_SECONDS = 10.0


class UpdateProcessor:
    """Hands each update to its handler, whether it was fetched or sent.

    Args:
        app: The framework's application, with every route registered.
        services: What handlers have at hand.
        monotonic: Seconds of a monotonic clock.
        rate_limiter: Drops updates of an account that floods the bot.
        status: Where it records what monitoring sees.
    """

    def __init__(
        self,
        app: App,
        services: Services,
        *,
        rate_limiter: AccountRateLimiter,
        status: ProcessStatus,
        monotonic: Callable[[], float],
    ) -> None:
        self._app = app
        self._services = services
        self._rate_limiter = rate_limiter
        self._status = status
        self._monotonic = monotonic
        self._outage = Outage(services, monotonic)
        self._last_in_chat: dict[int, UpdateProgress] = {}
        self._in_progress: set[asyncio.Task[None]] = set()

    async def record_contact(self) -> None:
        """Record contact with Telegram; after a long outage open questions are sent again."""
        self._status.record_contact()
        await self._outage.record_contact()

    async def handle_updates(self, updates: Sequence[Raw]) -> Sequence[UpdateProgress]:
        """Handle updates; return when every effect is on disk.

        Replies may still be under way: Telegram need not remember those updates for us.
        """
        begun, progresses = time.perf_counter(), []
        for raw in updates:
            chat = chat_of(raw)
            progress = self._last_in_chat[chat] = UpdateProgress(
                before=self._last_in_chat.get(chat)
            )
            task = asyncio.create_task(self._handle(raw, progress))
            self._in_progress.add(task)
            task.add_done_callback(partial(self._on_update_done, chat, progress))
            progresses.append(progress)
        for progress in progresses:
            await progress.saved.wait()
            self._status.update_seconds.observe(time.perf_counter() - begun)
        while len(self._in_progress) > MAX_IN_PROGRESS:
            await asyncio.wait(self._in_progress, return_when=asyncio.FIRST_COMPLETED)
        return progresses

    def _on_update_done(
        self, chat: int, progress: UpdateProgress, task: "asyncio.Task[None]"
    ) -> None:
        self._in_progress.discard(task)
        if self._last_in_chat.get(chat) is progress:
            del self._last_in_chat[chat]
        if not task.cancelled() and task.exception() is not None:
            logger.error("an update's handling broke off: %s", type(task.exception()).__name__)

    async def _handle(self, raw: Raw, progress: UpdateProgress) -> None:
        """Handle one update, once the effect of its chat's earlier one is on disk."""
        try:
            if progress.before is not None:
                await progress.before.saved.wait()
                self._report_stranger(raw, progress.before)
            UPDATE_PROGRESS.set(progress)
            entry = self._rate_limiter.decide(chat_of(raw), self._monotonic())
            if entry is not Decision.ACCEPTED:
                self._status.dropped_updates.inc()
            if entry is Decision.DROPPED:
                return
            update = self._parse(raw)
            if update is None:
                await self._set_aside(int(raw["update_id"]), "unparsable")
            elif entry is Decision.WARNED:
                await self._refuse(update, Refusal("slow_down"))
            else:
                await self._process(update, progress)
                self._report_stranger(raw, progress)
        finally:
            progress.end()

    def _report_stranger(self, raw: Raw, progress: UpdateProgress) -> None:
        """Tell the rate limiter whether the sender is a stranger, as far as that is known."""
        if progress.is_stranger is not None:
            self._rate_limiter.set_stranger(chat_of(raw), is_stranger=progress.is_stranger)

    def _request(self, update: Update) -> Request | None:
        return request_of(update, Context.from_update(update, self._app))

    async def _refuse(self, update: Update, refused: Refusal) -> None:
        request = self._request(update)
        if request is not None:
            await refuse(request, refused)

    def _parse(self, raw: Raw) -> Update | None:
        try:
            return parse_update(raw, self._app.bot)
        except Exception as failed:  # noqa: BLE001 - whatever a malformed update provokes
            logger.warning("unparsable update: %s", type(failed).__name__)
            return None

    async def _process(self, update: Update, progress: UpdateProgress) -> None:
        """Handle an update, again after a failure; set it aside if it fails each time."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            failure = await self._attempt(update, progress)
            if failure is None:
                return
            logger.warning("update failed, try %d: %s", attempt, type(failure).__name__)
            if isinstance(failure, TelegramError) and progress.has_effect:
                return  # the effect is saved, and replying was tried often enough
            await asyncio.sleep(RETRY_PAUSE_SECONDS * attempt)
        reference = new_id(self._services.now())[-8:]
        logger.error("set aside, reference %s: %s", reference, type(failure).__name__)
        await self._set_aside(update.update_id, type(failure).__name__)
        request = self._request(update)
        if request is not None:
            await apologise(request, reference)

    async def _attempt(self, update: Update, progress: UpdateProgress) -> Exception | None:
        """Handle an update once; wait as long as the database is unavailable."""
        waits = iter(DATABASE_RETRY_PAUSES)
        while True:
            progress.begin()
            await self._app.process_update(update)
            if not isinstance(progress.failure, StoreUnavailable):
                return progress.failure
            if isinstance(progress.failure, StoreDamaged):
                await report_damage(self._services, self._status)
                return progress.failure  # waiting does not repair it, and others wait behind
            logger.error("the database cannot be used; the update waits")
            await asyncio.sleep(next(waits, DATABASE_RETRY_PAUSES[-1]))

    async def _set_aside(self, update_id: int, reason: str) -> None:
        for pause in (*DATABASE_RETRY_PAUSES, None):
            try:
                async with self._services.store.transaction() as tx:
                    await database_updates.set_aside(
                        tx, update_id=update_id, reason=reason, at=self._services.now()
                    )
            except StoreUnavailable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def close(self) -> None:
        """Finish what is in progress, but do not wait long."""
        if self._in_progress:
            await asyncio.wait(self._in_progress, timeout=SHUTDOWN_SECONDS)


def chat_of(raw: Raw) -> int:
    """Return the private chat that an update belongs to, 0 when unknown.

    A tap and a text of one person come from the same private chat.
    """
    for kind in UPDATE_KINDS:
        body = raw.get(kind)
        if isinstance(body, dict):
            owner = body.get("chat") or body.get("from") or {}
            number = owner.get("id") if isinstance(owner, dict) else None
            return number if isinstance(number, int) else 0
    return 0
