"""The demo's clinic: simulator, bot and people in one process, on a clock that can jump."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import wiring
from bot.config.clock import Timepiece
from bot.config.settings import Settings
from bot.simulator import SimulatedTelegram, serve
from bot.wiring import Bot
from handlers.people import invite as coordinator
from handlers.people.invite import SitePlace
from storage.checkins import checkins
from storage.messages import next_event

TOKEN = "123456789:demo"  # noqa: S105 - it opens nothing but the simulator
ZONE = "Europe/Berlin"
A_MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Clinic:
    """Everything a demo needs at hand."""

    telegram: SimulatedTelegram
    timepiece: Timepiece
    bot: Bot

    async def move(self, by: timedelta) -> None:
        """Let time pass; the real schedule does what has become due."""
        self.timepiece.move(by)
        await self.bot.tick()
        self.bot.desk.ring()

    async def jump(self) -> datetime | None:
        """Go to the next thing that is due; None when there is none."""
        await self.bot.tick()  # a plan that was made just now has its sessions then
        now = self.timepiece.now()
        async with self.bot.store.reading() as tx:
            at = await next_event.next_event(tx, now=now)
        if at is not None:
            await self.move(at - now + A_MOMENT)
        return at

    async def has_due_question(self) -> bool:
        """Say whether a patient is about to be asked, or just was."""
        async with self.bot.store.reading() as tx:
            waiting = await checkins.all_waiting(tx, now=self.timepiece.now())
        return bool(waiting)

    async def invite(self, role: str, code: str, therapist: str | None = None) -> str:
        """Return a one-time link, as ``attune invite`` prints it."""
        async with self.bot.store.transaction() as tx:
            made = await coordinator.invite(
                tx,
                code=code,
                role=role,
                therapist=therapist,
                site=SitePlace("en", ZONE),
                at=self.timepiece.now(),
            )
        return coordinator.link(self.telegram.username, made.invitation.token)


@asynccontextmanager
async def opened(start: datetime = A_MONDAY, *, page: str | None = None) -> AsyncIterator[Clinic]:
    """Start an empty clinic in a folder that is gone afterwards; ``page`` is where its own is."""
    timepiece = Timepiece(start=start)
    telegram = SimulatedTelegram(token=TOKEN, now=timepiece.now)
    with tempfile.TemporaryDirectory(prefix="attune-demo-") as folder:
        async with serve(telegram) as address:
            settings = Settings.read(
                {
                    "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                    "ATTUNE_TELEGRAM_API_URL": address.url,
                    "ATTUNE_DATABASE": f"sqlite:///{Path(folder) / 'demo.db'}",
                    "ATTUNE_ZONE": ZONE,
                    "ATTUNE_TICK_SECONDS": "1",
                    "ATTUNE_MOST_AT_ONCE": "0",  # a script taps quicker than any thumb
                    **({} if page is None else {"ATTUNE_PAGE_URL": page}),
                }
            )
            async with wiring.opened(settings, timepiece) as bot:
                running = asyncio.create_task(bot.run())
                try:
                    yield Clinic(telegram, timepiece, bot)
                finally:
                    running.cancel()
                    with suppress(asyncio.CancelledError):
                        await running
