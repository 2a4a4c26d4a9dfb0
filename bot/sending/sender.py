"""The courier: the only mouth for what is not a direct reply. Alerts leave before questions."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import timedelta

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from alliance.checkins.review import CheckinState
from alliance.errors import StoreUnavailable
from bot.telegram.http import was_not_sent
from handlers.app import photos, replies
from handlers.app.screen import Screen
from handlers.app.services import Desk, House
from handlers.messages import compose
from handlers.messages.compose import Note
from handlers.texts import say
from storage.checkins import checkins, due
from storage.database.worker_locks import Duty
from storage.messages import coordinator_notices, outbox, send_limits
from storage.messages.outbox import Letter
from storage.people import people

logger = logging.getLogger(__name__)

UNDER_WAY = 30
IDLE_SECONDS = 5.0
UNUSABLE_SECONDS = 1.0
SHORTEST_REST = 0.02
RECOVERED_EVERY = 2.0
LONGEST_PAUSE = timedelta(minutes=10)
UNKNOWN_CHAT = "chat not found"


class Courier:
    """Takes letters out of the outbox and brings them to Telegram, one at a time to each person."""

    def __init__(self, house: House, desk: Desk, bell: asyncio.Event, duty: Duty) -> None:
        self._house = house
        self._desk = desk
        self._bell = bell
        self._duty = duty
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._recovered = -RECOVERED_EVERY

    async def run(self) -> None:
        """Deliver for ever; cancel to stop. A delivery under way is carried to its end."""
        try:
            while True:
                self._bell.clear()
                try:
                    await self._recover()
                    if not await self._send_next():
                        await self._rest()
                except StoreUnavailable:
                    logger.exception("the database cannot be used; letters wait")
                    await asyncio.sleep(UNUSABLE_SECONDS)
        finally:
            if self._busy:
                await asyncio.wait(self._busy.values(), timeout=UNDER_WAY)

    async def _recover(self) -> None:
        """Take up letters whose sender went away, every now and then."""
        if time.monotonic() - self._recovered < RECOVERED_EVERY:
            return
        self._recovered = time.monotonic()
        async with self._desk.store.reading() as tx:
            senders = await outbox.senders(tx)
        if not senders:
            return
        # Asked after the letters were looked at: whoever had one by then had begun before.
        gone, now = await self._duty.gone(senders), self._desk.now()
        async with self._desk.store.transaction() as tx:
            await send_limits.spent_by(tx, gone, at=now)
            if await outbox.recover(tx, before=now, gone=gone):
                logger.warning("letters of a sender that is no more are taken up")

    async def _send_next(self) -> bool:
        """Send one letter off; False when there is none that may leave now."""
        if len(self._busy) >= UNDER_WAY:
            await asyncio.wait(self._busy.values(), return_when=asyncio.FIRST_COMPLETED)
        now = self._desk.now()
        async with self._desk.store.reading() as tx:
            next_at = await outbox.next_at(tx)
        if next_at is None or next_at > now:
            return False
        letter = None
        async with self._desk.store.transaction() as tx:
            wait = await send_limits.wait(tx, now=now)
            if not wait:
                resting = {*self._busy, *await send_limits.resting(tx, now=now)}
                letter = await outbox.claim(tx, now=now, resting=resting, worker=self._duty.worker)
        if wait:
            await asyncio.sleep(min(wait.total_seconds(), IDLE_SECONDS))
            return True
        if letter is None:
            return False
        task = asyncio.create_task(self._deliver(letter))
        self._busy[letter.person_id] = task
        task.add_done_callback(lambda done: self._done(letter.person_id, done))
        return True

    def _done(self, person_id: str, task: "asyncio.Task[None]") -> None:
        del self._busy[person_id]
        self._bell.set()
        if not task.cancelled() and task.exception() is not None:
            # The lease runs out, and the letter is taken up again.
            logger.error("a delivery broke off: %s", type(task.exception()).__name__)

    async def _rest(self) -> None:
        """Wait for the bell, the next letter's time, or the end of somebody's rest."""
        now, rest = self._desk.now(), IDLE_SECONDS
        try:
            async with self._desk.store.reading() as tx:
                at = await outbox.next_at(tx)
                if at is not None and at <= now:  # a letter waits, but its person rests
                    rest, at = RECOVERED_EVERY, await send_limits.next_rested(tx, now=now)
        except StoreUnavailable:
            at = None
        if at is not None:
            rest = max(SHORTEST_REST, min(rest, (at - now).total_seconds()))
        # Not wait_for: in Python 3.11 it swallows a cancel that meets the bell.
        with suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await self._bell.wait()

    async def _deliver(self, letter: Letter) -> None:
        now, wakes_at = self._desk.now(), None
        async with self._desk.store.reading() as tx:
            if letter.kind in compose.ABOUT_CHECKINS:
                wakes_at = await due.rests_until(tx, letter_id=letter.id, now=now)
            note = await compose.write(tx, letter, now, self._desk.site)
        if note is not None and wakes_at is not None:
            await self._again(letter, wakes_at - now, "quiet hours", uncertain=False)
            return
        if note is None:
            await self._end(letter, "cancelled", "nothing left to say")
            return
        if note.ticket is not None:
            async with self._desk.store.transaction() as tx:
                await note.ticket.keep(tx, now)
        try:
            message_id = await self._say(note)
        except RetryAfter as told:
            await self._told_to_wait(letter, replies.seconds(told.retry_after))
        except Forbidden as refused:
            await self._unreachable(letter, type(refused).__name__)
        except BadRequest as refused:
            if UNKNOWN_CHAT in refused.message.lower():
                await self._unreachable(letter, UNKNOWN_CHAT)
            else:
                await self._undelivered(letter, refused.message)
        except TelegramError as failed:
            uncertain = isinstance(failed, NetworkError) and not was_not_sent(failed)
            await self._try_later(letter, type(failed).__name__, uncertain=uncertain)
        else:
            await self._delivered(letter, note, message_id)

    async def _say(self, note: Note) -> int:
        bot = self._house.bot
        if note.away is not None:
            age = self._desk.now() - note.away.sent_at
            message_id = note.away.message_id
            await photos.take_away(bot, note.telegram_id, message_id, note.screen, age=age)
            return message_id
        if note.replaces is None:
            return (await replies.send(bot, note.telegram_id, note.screen)).message_id
        await replies.edit(bot, note.telegram_id, note.replaces, note.screen)
        return note.replaces

    async def _delivered(self, letter: Letter, note: Note, message_id: int) -> None:
        """Keep the message's number, and take the earlier message about the same away."""
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            await outbox.sent(tx, letter, message_id=message_id, at=now)
            await send_limits.spent(tx, person_id=letter.person_id, at=now)
            earlier = await compose.delivered(tx, letter, message_id, now)
            person = await people.by_id(tx, letter.person_id)
        if earlier is not None:
            moved = Screen(say(person.language, "checkin.moved"))
            bot, chat = self._house.bot, note.telegram_id
            await replies.persistently(lambda: replies.retire(bot, chat, earlier, moved))

    async def _told_to_wait(self, letter: Letter, seconds: float) -> None:
        async with self._desk.store.transaction() as tx:
            await send_limits.told(
                tx, person_id=letter.person_id, seconds=seconds, at=self._desk.now()
            )
        await self._again(letter, timedelta(seconds=seconds), "RetryAfter", uncertain=False)

    async def _try_later(self, letter: Letter, reason: str, *, uncertain: bool) -> None:
        pause = min(timedelta(seconds=2.0 ** min(letter.attempts, 10)), LONGEST_PAUSE)
        await self._again(letter, pause, reason, uncertain=uncertain)

    async def _again(
        self, letter: Letter, pause: timedelta, reason: str, *, uncertain: bool
    ) -> None:
        logger.info("letter %s waits: %s", letter.id, reason)
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            if uncertain:
                await send_limits.spent(tx, person_id=letter.person_id, at=now)
            await outbox.again(
                tx, letter, not_before=now + pause, reason=reason, uncertain=uncertain
            )

    async def _end(self, letter: Letter, state: str, reason: str) -> None:
        async with self._desk.store.transaction() as tx:
            await outbox.end(tx, letter, state=state, reason=reason)

    async def _unreachable(self, letter: Letter, reason: str) -> None:
        """Telegram does not let us write to somebody: a person must know and act."""
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            await outbox.end(tx, letter, state="failed", reason=reason)
            if letter.kind in compose.ABOUT_CHECKINS:
                await checkins.move(
                    tx,
                    checkin_id=letter.subject_id,
                    to=CheckinState.UNDELIVERABLE,
                    reason=reason,
                    at=now,
                    only_from=frozenset({CheckinState.DUE}),
                )
            person = await people.by_id(tx, letter.person_id)
            await coordinator_notices.unreachable(
                tx, person=person, quiet=self._desk.site.quiet, at=now
            )
        self._bell.set()

    async def _undelivered(self, letter: Letter, reason: str) -> None:
        """Telegram refuses this message for good: nobody is to wait for it in silence."""
        logger.error("letter %s was refused", letter.id)
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            await outbox.end(tx, letter, state="failed", reason=reason[:80])
            person = await people.by_id(tx, letter.person_id)
            await coordinator_notices.undelivered(tx, person=person, at=now)
        self._bell.set()
