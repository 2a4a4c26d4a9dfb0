"""The courier: the only mouth for what is not a direct reply. Alerts leave before questions."""

import asyncio
import logging
import time
from datetime import timedelta

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from alliance.errors import StoreUnavailable
from alliance.review import CheckinState
from bot.pace import Pace
from bot.wire import was_not_sent
from handlers import letters, pictures, replies
from handlers.desk import Desk, House
from handlers.letters import Note
from handlers.screens import Screen
from handlers.texts import say
from storage import checkin_times, checkins, outbox, people, trouble
from storage.outbox import Letter

logger = logging.getLogger(__name__)

UNDER_WAY = 30
IDLE_SECONDS = 5.0
UNUSABLE_SECONDS = 1.0
SHORTEST_REST = 0.02
LONGEST_PAUSE = timedelta(minutes=10)
UNKNOWN_CHAT = "chat not found"


class Courier:
    """Takes letters out of the outbox and brings them to Telegram, one at a time to each person."""

    def __init__(self, house: House, desk: Desk, bell: asyncio.Event) -> None:
        self._house = house
        self._desk = desk
        self._bell = bell
        self._pace = Pace()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._recovered = 0.0

    async def run(self) -> None:
        """Deliver for ever; cancel to stop. A delivery under way is carried to its end."""
        await self._recover(everything=True)
        try:
            while True:
                self._bell.clear()
                try:
                    if not await self._send_next():
                        await self._rest()
                except StoreUnavailable:
                    logger.exception("the database cannot be used; letters wait")
                    await asyncio.sleep(UNUSABLE_SECONDS)
        finally:
            if self._busy:
                await asyncio.wait(self._busy.values(), timeout=UNDER_WAY)

    async def _recover(self, *, everything: bool) -> None:
        """Take up letters whose sender went away; at start that is every one under way."""
        self._recovered = time.monotonic()
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            await outbox.recover(tx, before=now + 2 * outbox.LEASE if everything else now)

    async def _send_next(self) -> bool:
        """Send one letter off; False when there is none that may leave now."""
        wait = self._pace.wait(time.monotonic())
        if wait:
            await asyncio.sleep(wait)
        if len(self._busy) >= UNDER_WAY:
            await asyncio.wait(self._busy.values(), return_when=asyncio.FIRST_COMPLETED)
        now = self._desk.now()
        async with self._desk.store.reading() as tx:
            next_at = await outbox.next_at(tx)
        if next_at is None or next_at > now:
            return False
        resting = {*self._busy, *self._pace.resting(time.monotonic())}
        async with self._desk.store.transaction() as tx:
            letter = await outbox.claim(tx, now=now, resting=resting)
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
        waits = [IDLE_SECONDS]
        async with self._desk.store.reading() as tx:
            next_at = await outbox.next_at(tx)
        if next_at is not None and next_at > self._desk.now():
            waits.append((next_at - self._desk.now()).total_seconds())
        elif next_at is not None:  # a letter waits, but its person rests
            waits.append(self._pace.next_rested(time.monotonic()) or IDLE_SECONDS)
        try:
            # Not wait_for: in Python 3.11 it swallows a cancel that meets the bell.
            async with asyncio.timeout(max(SHORTEST_REST, min(waits))):
                await self._bell.wait()
        except TimeoutError:
            if time.monotonic() - self._recovered > IDLE_SECONDS:
                await self._recover(everything=False)

    async def _deliver(self, letter: Letter) -> None:
        now, wakes_at = self._desk.now(), None
        async with self._desk.store.reading() as tx:
            if letter.kind in letters.ABOUT_CHECKINS:
                wakes_at = await checkin_times.rests_until(tx, letter_id=letter.id, now=now)
            note = await letters.write(tx, letter, now, self._desk.site.consent)
        if note is not None and wakes_at is not None:
            await self._again(letter, wakes_at - now, "quiet hours", uncertain=False)
            return
        if note is None:
            await self._end(letter, "cancelled", "nothing left to say")
            return
        self._pace.spend(letter.person_id, time.monotonic())
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
            await pictures.take_away(bot, note.telegram_id, message_id, note.screen, age=age)
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
            earlier = await letters.delivered(tx, letter, message_id, now)
            person = await people.by_id(tx, letter.person_id)
        if earlier is not None:
            moved = Screen(say(person.language, "checkin.moved"))
            bot, chat = self._house.bot, note.telegram_id
            await replies.persistently(lambda: replies.retire(bot, chat, earlier, moved))

    async def _told_to_wait(self, letter: Letter, seconds: float) -> None:
        self._pace.told(letter.person_id, seconds, time.monotonic())
        await self._again(letter, timedelta(seconds=seconds), "RetryAfter", uncertain=False)

    async def _try_later(self, letter: Letter, reason: str, *, uncertain: bool) -> None:
        pause = min(timedelta(seconds=2.0 ** min(letter.attempts, 10)), LONGEST_PAUSE)
        await self._again(letter, pause, reason, uncertain=uncertain)

    async def _again(
        self, letter: Letter, pause: timedelta, reason: str, *, uncertain: bool
    ) -> None:
        logger.info("letter %s waits: %s", letter.id, reason)
        async with self._desk.store.transaction() as tx:
            await outbox.again(
                tx,
                letter,
                not_before=self._desk.now() + pause,
                reason=reason,
                uncertain=uncertain,
            )

    async def _end(self, letter: Letter, state: str, reason: str) -> None:
        async with self._desk.store.transaction() as tx:
            await outbox.end(tx, letter, state=state, reason=reason)

    async def _unreachable(self, letter: Letter, reason: str) -> None:
        """Telegram does not let us write to somebody: a person must know and act."""
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            await outbox.end(tx, letter, state="failed", reason=reason)
            if letter.kind in letters.ABOUT_CHECKINS:
                await checkins.move(
                    tx,
                    checkin_id=letter.subject_id,
                    to=CheckinState.UNDELIVERABLE,
                    reason=reason,
                    at=now,
                    only_from=frozenset({CheckinState.DUE}),
                )
            person = await people.by_id(tx, letter.person_id)
            await trouble.unreachable(tx, person=person, quiet=self._desk.site.quiet, at=now)
        self._bell.set()

    async def _undelivered(self, letter: Letter, reason: str) -> None:
        """Telegram refuses this message for good: nobody is to wait for it in silence."""
        logger.error("letter %s was refused", letter.id)
        now = self._desk.now()
        async with self._desk.store.transaction() as tx:
            await outbox.end(tx, letter, state="failed", reason=reason[:80])
            person = await people.by_id(tx, letter.person_id)
            await trouble.undelivered(tx, person=person, at=now)
        self._bell.set()
