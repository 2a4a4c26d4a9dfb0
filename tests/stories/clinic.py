"""A small clinic: the simulator and the bot in one process, with a real database file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import wiring
from bot.config.clock import Timepiece
from bot.config.settings import Settings
from bot.simulator import PATIENCE, Phone, SimulatedTelegram, serve
from bot.wiring import Bot
from handlers.people import invite as coordinator
from schedules.clock_check import PULSE
from storage.alerts import alerts
from storage.calendar import absences
from storage.checkins import checkins
from storage.database import updates
from storage.database.tx import at_text
from storage.messages import outbox, send_limits
from storage.people import people
from tests.databases import KEYS, an_address, rows_of
from tests.waiting import until

TOKEN = "123456:ABCdef"
A_TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
STEADY = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))
A_DROP = (3, 4, 2, 3)
WEEK = timedelta(days=7)

Row = dict[str, Any]


class StoryTime(Timepiece):
    """The time of a story, in which what takes minutes need not be waited for."""

    def __init__(self, *, start: datetime) -> None:
        super().__init__(start=start)
        self._skipped = 0.0

    def ticks(self) -> float:
        """Return seconds that pass evenly, and those that were skipped."""
        return super().ticks() + self._skipped

    def set_back(self, by: timedelta) -> None:
        """Set the time of day back, as somebody does who finds it wrong."""
        self._ahead -= by

    def skip(self, seconds: float) -> None:
        """Let everything grow older, while nobody knocks."""
        self._skipped += seconds
        self.move(timedelta(seconds=seconds))


class Clinic:
    """The people of a story, the bot they talk to, and the time.

    Attributes:
        webhook: Whether the next bot that starts has its updates brought.
    """

    def __init__(self, telegram: SimulatedTelegram, timepiece: StoryTime, settings: Settings):
        self.webhook = False
        self.telegram = telegram
        self.timepiece = timepiece
        self.settings = settings
        self._open: AbstractAsyncContextManager[Bot] | None = None
        self._bot: Bot | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def bot(self) -> Bot:
        """The bot that runs now."""
        assert self._bot is not None, "no bot is running"
        return self._bot

    async def start(self) -> None:
        """Open the database and run a bot on it."""
        self._open = wiring.opened(self.settings, self.timepiece, webhook=self.webhook)
        self._bot = await self._open.__aenter__()
        self._running = asyncio.create_task(self._bot.run())

    async def stop(self) -> None:
        """Stop the bot, as a terminated process does."""
        if self._running is not None:
            self._running.cancel()
            async with asyncio.timeout(3 * PATIENCE):
                await asyncio.wait([self._running])
            if not self._running.cancelled():
                self._running.result()
        if self._open is not None:
            await self._open.__aexit__(None, None, None)
        self._open = self._bot = self._running = None

    async def pass_time(self, **by: float) -> None:
        """Let time pass, and let the clock do what has become due."""
        self.timepiece.move(timedelta(**by))
        if self._bot is not None:
            async with self.bot.store.transaction() as tx:  # it has ticked all along
                await updates.beat(tx, name=PULSE, at=self.timepiece.now())
            await self.bot.tick()
            self.bot.desk.ring()

    async def invite(self, role: str, code: str, therapist: str | None = None) -> str:
        """Return a one-time link."""
        async with self.bot.store.transaction() as tx:
            made = await coordinator.invite(
                tx,
                code=code,
                role=role,
                therapist=therapist,
                site=coordinator.place_of(self.bot.desk),
                at=self.timepiece.now(),
            )
        return coordinator.link(self.telegram.username, made.invitation.token)

    async def enrol(self, role: str, code: str, therapist: str | None = None) -> Phone:
        """Return the phone of somebody who has come in; a patient has agreed, too."""
        phone = self.telegram.phone(name=f"Phone of {code}")
        phone.open_link(await self.invite(role, code, therapist))
        if role == "patient":
            await phone.until(lambda p: "Do you agree?" in p.screen.text)
            phone.tap("I agree")
            await phone.until(lambda p: "Thank you." in p.screen.text)
        else:
            await phone.until(lambda p: "What you can do" in p.screen.text or "/alerts" in said(p))
        return phone

    async def state(self) -> dict[str, list[Row]]:
        """Return what ``attune state --json`` tells."""
        async with self.bot.store.reading() as tx:
            return {
                "people": await people.overview(tx),
                "checkins": await checkins.overview(tx),
                "alerts": await alerts.overview(tx),
                "outbox": await outbox.overview(tx),
            }

    async def checkins(self, code: str) -> list[Row]:
        """Return the check-ins of one patient, oldest first."""
        return [one for one in (await self.state())["checkins"] if one["patient"] == code]

    async def person(self, code: str) -> Row:
        """Return what is known of one person."""
        return next(one for one in (await self.state())["people"] if one["code"] == code)

    async def none_due(self, kind: str | None = None, *, seconds: float = PATIENCE) -> None:
        """Wait until no letter, or none of a kind, is on its way or could leave."""
        due = (
            "SELECT 1 FROM outbox WHERE (state = 'sending' OR state IN ('new', 'uncertain')"
            f" AND not_before <= '{at_text(self.timepiece.now())}')"
        )
        query = due if kind is None else f"{due} AND kind = '{kind}'"
        await until(lambda: not self.rows(query), seconds)

    async def a_moment(self) -> None:
        """Let what is due leave, and the second pass after which anybody may be written to."""
        with suppress(TimeoutError):  # what cannot leave is no matter here
            await self.none_due(seconds=1.0)
        self.timepiece.move(send_limits.BETWEEN)

    async def letters(self, kind: str) -> list[str]:
        """Return where the letters of a kind stand, oldest first, once none is on its way."""
        await self.none_due(kind)
        query = f"SELECT state FROM outbox WHERE kind = '{kind}' ORDER BY created_at, id"
        return [state for (state,) in self.rows(query)]

    async def until_letter(self, kind: str, reason: str) -> None:
        """Wait until the newest letter of a kind has been put back for that reason."""
        query = f"SELECT reason FROM outbox WHERE kind = '{kind}' ORDER BY id DESC"
        await until(lambda: self.rows(query)[0][0] == reason)

    async def telegram_is_heard(self) -> None:
        """Wait until every update has been fetched and confirmed."""
        await until(lambda: not self.telegram.pending_updates)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look straight into the database."""
        return rows_of(self.settings.database, query)


class Story(Clinic):
    """A clinic with one coordinator, one therapist and one patient who has agreed."""

    coordinator: Phone
    therapist: Phone
    patient: Phone

    async def ask(self) -> None:
        """Let the therapist say that a session has ended; the patient sees the question."""
        before = asked(self.patient)
        await self.a_moment()
        self.therapist.say("/session P-1")
        await self.patient.until(lambda p: asked(p) > before and "ready" in p.screen.text)

    async def ask_in_vain(self) -> None:
        """Let a session end whose check-in nobody answers, and a week pass."""
        await self.ask()
        await self.pass_time(days=7)

    async def steady_weeks(self) -> None:
        """Let four ordinary weeks pass, one session each."""
        for scores in STEADY:
            await self.ask()
            await answer(self.patient, scores)
            await self.pass_time(days=7)


def asked(phone: Phone) -> int:
    """Return how often somebody was asked to a check-in."""
    return sum("ready" in notification for notification in phone.notifications)


def said(phone: Phone) -> str:
    """Return the text of the bot's last message."""
    return phone.screen.text or ""


async def seen(phone: Phone, words: str) -> None:
    """Wait until the bot's last message has those words."""
    await phone.until(lambda p: words in said(p), why=words)


async def answer(phone: Phone, scores: Sequence[int], direct: str = "No") -> None:
    """Answer the open question and all that follow."""
    for place, score in enumerate(scores, start=2):
        phone.tap(str(score))
        await seen(phone, f"{place}/5")
    phone.tap(direct)
    await seen(phone, "Your answers are kept")


async def away(clinic: Story, first: date, last: date) -> None:
    """Let T-1 be away, and T-2 stand in."""
    async with clinic.bot.store.transaction() as tx:
        absent, cover = await people.by_code(tx, "T-1"), await people.by_code(tx, "T-2")
        assert absent is not None
        assert cover is not None
        await absences.add(
            tx,
            person_id=absent.id,
            first_day=first,
            last_day=last,
            cover_id=cover.id,
            at=clinic.timepiece.now(),
        )


@asynccontextmanager
async def a_clinic(folder: Path, **settings: str) -> AsyncIterator[Story]:
    """Open a clinic with its three people, and close it without leaving anything behind.

    Args:
        folder: Where its database is.
        settings: What differs from the usual, by the names of the environment.
    """
    timepiece = StoryTime(start=A_TUESDAY)
    telegram = SimulatedTelegram(token=TOKEN, now=timepiece.now, seed=1)
    async with serve(telegram, port=0) as address, an_address(folder) as database:
        known = Settings.read(
            {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
                "ATTUNE_MOST_AT_ONCE": "0",  # people in stories are quicker than any thumb
                **settings,
            }
        )
        story = Story(telegram, timepiece, known)
        await story.start()
        try:
            story.coordinator = await story.enrol("coordinator", "C-1")
            story.therapist = await story.enrol("therapist", "T-1")
            story.patient = await story.enrol("patient", "P-1", "T-1")
            yield story
        finally:
            telegram.faults.clear()
            await story.stop()
    assert not telegram.violations, list(telegram.violations)
