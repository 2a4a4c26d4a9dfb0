"""The ear: updates in, in order within a chat, chats side by side.

Telegram forgets an update once a later one is asked for. So the next ones are asked for only
when every effect is on disk; what could not be handled after several tries is set aside, so
that it neither blocks the others nor comes back for ever.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from alliance.errors import Refusal, StoreDamaged, StoreUnavailable
from bot.updates.conflicts import Rivals
from bot.updates.database_damage import note_damage
from bot.updates.outage import Outage
from bot.updates.parsing import parsed
from bot.updates.rate_limit import Entry, Turnstile
from bot.web.metrics import Signs
from handlers.app.errors import apologise, refuse
from handlers.app.replies import seconds
from handlers.app.services import HEARING, Context, Desk, Hearing, House
from handlers.app.telegram_client import Raw
from storage.database import updates as database_updates
from storage.database.ids import new_id

logger = logging.getLogger(__name__)

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
POLL_SECONDS = 25
AT_ONCE = 100
TRIES = 3
BETWEEN_TRIES = 0.2
STORE_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
MOST_UNDER_WAY = 1_000
DEAF_SECONDS = 120.0
LOST_SECONDS = 300.0
CLOSING_SECONDS = 10.0


class Deaf(Exception):
    """No poll has come back for five minutes; a fresh process is the better ear."""


class Ear:
    """Hands each update to the handlers, and polls Telegram for them where no webhook does.

    Args:
        house: Which handler takes what.
        desk: What handlers have at hand.
        ticks: Seconds that pass evenly.
        turnstile: Leaves out what one account floods us with.
        signs: Where it notes that it is alive, for those who watch.
        poll_seconds: How long Telegram may wait for something to happen.
        deaf_seconds: After so long without a poll's answer the connection is renewed.
        lost_seconds: After so long a fresh process is wanted.
    """

    def __init__(
        self,
        house: House,
        desk: Desk,
        *,
        turnstile: Turnstile,
        signs: Signs | None = None,
        ticks: Callable[[], float],
        poll_seconds: float = POLL_SECONDS,
        deaf_seconds: float = DEAF_SECONDS,
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        self._house = house
        self._desk = desk
        self._turnstile = turnstile
        self._ticks = ticks
        self._poll_seconds = poll_seconds
        self._deaf_seconds = deaf_seconds
        self._lost_seconds = lost_seconds
        self._offset: int | None = None
        self._last_of: dict[int, Hearing] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._outage = Outage(desk, ticks)
        self._signs = signs or Signs()
        self._rivals = Rivals(desk, ticks, self._signs)
        self._heard_at = self._ticks()
        self._poll: asyncio.Task[Sequence[Raw]] | None = None
        self._is_hearing = False

    async def listen(self) -> None:
        """Poll for ever; cancel to stop. Effects under way are then carried to their end."""
        pause = 1.0
        try:
            while True:
                try:
                    updates = await self._fetch()
                    await self.reached()
                except InvalidToken:
                    raise
                # Cut off, told to wait, or answered nonsense; or our own database is away.
                except (TelegramError, StoreUnavailable) as failed:
                    logger.warning("poll failed: %s", type(failed).__name__)
                    self._is_hearing = False
                    if isinstance(failed, Conflict):
                        await self._rivals.met()
                    await asyncio.sleep(_told(failed) or pause)
                    pause = min(pause * 2, 30.0)
                    continue
                pause = 1.0
                if updates:
                    await self.take(updates)
                    self._offset = max(int(raw["update_id"]) for raw in updates) + 1
        finally:
            await self.close()

    async def reached(self) -> None:
        """Note that Telegram gets through to us; after too long a silence questions leave anew."""
        self._signs.heard()
        await self._outage.heard()

    async def _fetch(self) -> Sequence[Raw]:
        self._poll = asyncio.ensure_future(
            self._house.bot.updates(
                after=self._offset,
                most=AT_ONCE,
                kinds=KINDS,
                # The first one after a silence returns at once: an outage is noticed
                # without waiting.
                wait=int(self._poll_seconds) if self._is_hearing else 0,
                patience=self._poll_seconds + 10,
            )
        )
        try:
            updates: Sequence[Raw] = await self._poll
        except asyncio.CancelledError:
            if self._poll.cancelled() and not _is_cancelling():
                raise NetworkError("the connection was renewed") from None
            self._poll.cancel()
            raise
        self._heard_at = self._ticks()
        self._is_hearing = True
        return updates

    async def watch(self) -> None:
        """Renew a connection that has gone deaf; give up when that does not help.

        Raises:
            Deaf: Nothing was heard for the longer of the two times.
        """
        renewed_at = 0.0
        while True:
            silent = self._ticks() - self._heard_at
            if silent > self._lost_seconds:
                raise Deaf("Telegram has not answered a poll for too long; starting anew.")
            if silent > self._deaf_seconds and self._heard_at > renewed_at:
                logger.warning("no poll came back for %.0f s; renewing the connection", silent)
                renewed_at = self._ticks()
                await self._renew()
            await asyncio.sleep(min(5.0, self._deaf_seconds / 4))

    async def _renew(self) -> None:
        await self._house.bot.poll_anew()
        if self._poll is not None:
            self._poll.cancel()

    async def take(self, updates: Sequence[Raw]) -> Sequence[Hearing]:
        """Hand updates to the handlers; return when every effect is on disk.

        Speaking may still go on: it is not what Telegram must remember for us.
        """
        begun, hearings = time.perf_counter(), []
        for raw in updates:
            chat = chat_of(raw)
            hearing = self._last_of[chat] = Hearing(before=self._last_of.get(chat))
            task = asyncio.create_task(self._handle(raw, hearing))
            self._under_way.add(task)
            task.add_done_callback(partial(self._done, chat, hearing))
            hearings.append(hearing)
        for hearing in hearings:
            await hearing.kept.wait()
            self._signs.updates.observe(time.perf_counter() - begun)
        while len(self._under_way) > MOST_UNDER_WAY:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        return hearings

    def _done(self, chat: int, hearing: Hearing, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if self._last_of.get(chat) is hearing:
            del self._last_of[chat]
        if not task.cancelled() and task.exception() is not None:
            logger.error("an update's handling broke off: %s", type(task.exception()).__name__)

    async def _handle(self, raw: Raw, hearing: Hearing) -> None:
        """Handle one update, once the effect of its chat's earlier one is on disk."""
        try:
            if hearing.before is not None:
                await hearing.before.kept.wait()
                self._meet(raw, hearing.before)
            HEARING.set(hearing)
            entry = self._turnstile.enter(chat_of(raw), self._ticks())
            if entry is not Entry.TAKEN:
                self._signs.left_out.inc()
            if entry is Entry.LEFT_OUT:
                return
            update = self._parsed(raw)
            if update is None:
                await self._set_aside(int(raw["update_id"]), "unparsable")
            elif entry is Entry.TOLD:
                await refuse(update, self._context(update), Refusal("slow_down"))
            else:
                await self._process(update, hearing)
                self._meet(raw, hearing)
        finally:
            hearing.end()

    def _meet(self, raw: Raw, hearing: Hearing) -> None:
        """Let the turnstile know whether it was a stranger, as far as that came to light."""
        if hearing.is_stranger is not None:
            self._turnstile.met(chat_of(raw), is_stranger=hearing.is_stranger)

    def _context(self, update: Update) -> Context:
        return Context.from_update(update, self._house)

    def _parsed(self, raw: Raw) -> Update | None:
        try:
            return parsed(raw, self._house.bot)
        except Exception as failed:  # noqa: BLE001 - whatever a malformed update provokes
            logger.warning("unparsable update: %s", type(failed).__name__)
            return None

    async def _process(self, update: Update, hearing: Hearing) -> None:
        """Let the handlers work, again after a failure; set aside what fails each time."""
        for attempt in range(1, TRIES + 1):
            failure = await self._attempt(update, hearing)
            if failure is None:
                return
            logger.warning("update failed, try %d: %s", attempt, type(failure).__name__)
            if isinstance(failure, TelegramError) and hearing.has_effect:
                return  # the effect is kept, and speaking was tried enough
            await asyncio.sleep(BETWEEN_TRIES * attempt)
        reference = new_id(self._desk.now())[-8:]
        logger.error("set aside, reference %s: %s", reference, type(failure).__name__)
        await self._set_aside(update.update_id, type(failure).__name__)
        await apologise(update, self._context(update), reference)

    async def _attempt(self, update: Update, hearing: Hearing) -> Exception | None:
        """Let the handlers work once; wait as long as the disk does not take anything."""
        waits = iter(STORE_PAUSES)
        while True:
            hearing.begin()
            await self._house.process_update(update)
            if not isinstance(hearing.failure, StoreUnavailable):
                return hearing.failure
            if isinstance(hearing.failure, StoreDamaged):
                await note_damage(self._desk, self._signs)
                return hearing.failure  # waiting does not heal it, and others wait behind
            logger.error("the database cannot be used; the update waits")
            await asyncio.sleep(next(waits, STORE_PAUSES[-1]))

    async def _set_aside(self, update_id: int, reason: str) -> None:
        for pause in (*STORE_PAUSES, None):
            try:
                async with self._desk.store.transaction() as tx:
                    await database_updates.set_aside(
                        tx, update_id=update_id, reason=reason, at=self._desk.now()
                    )
            except StoreUnavailable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def close(self) -> None:
        """Carry what is under way to its end, as far as that comes soon."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSING_SECONDS)


def chat_of(raw: Raw) -> int:
    """Return whose order an update belongs to: the private chat's number, 0 when unknown.

    A tap and a text of one person come from the same private chat, so both count by person.
    """
    for kind in KINDS:
        body = raw.get(kind)
        if isinstance(body, dict):
            owner = body.get("chat") or body.get("from") or {}
            number = owner.get("id") if isinstance(owner, dict) else None
            return number if isinstance(number, int) else 0
    return 0


def _told(failed: Exception) -> float | None:
    if isinstance(failed, RetryAfter):
        return seconds(failed.retry_after)
    return None


def _is_cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
