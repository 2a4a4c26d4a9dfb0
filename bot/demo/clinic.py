"""The demo's clinic: simulator, bot and people in one process, with a clock that can jump."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import wiring
from bot.config.clock import Clock
from bot.config.settings import Settings
from bot.simulator import SimulatedTelegram, serve
from bot.telegram.links import invitation_link
from bot.wiring import Bot
from storage.audit.change import Change
from storage.checkins import checkins
from storage.messages import next_event
from storage.people import invite
from storage.people.invite import SiteLocale

TOKEN = "123456789:demo"  # noqa: S105 - valid only for the simulator
ZONE = "Europe/Berlin"
A_MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DemoClinic:
    """A running bot with its simulator and clock."""

    telegram: SimulatedTelegram
    clock: Clock
    bot: Bot

    async def advance(self, by: timedelta) -> None:
        """Move the clock forward and let the scheduler do what is due."""
        self.clock.advance(by)
        await self.bot.tick()
        self.bot.services.wake_sender()

    async def jump_to_next_event(self) -> datetime | None:
        """Advance to the next thing that is due and return its time; None if nothing is planned."""
        await self.bot.tick()  # so that a new plan has its sessions
        now = self.clock.now()
        async with self.bot.store.read_transaction() as tx:
            at = await next_event.next_event(tx, now=now)
        if at is not None:
            await self.advance(at - now + ONE_SECOND)
        return at

    async def has_due_question(self) -> bool:
        """Say whether a check-in is open."""
        async with self.bot.store.read_transaction() as tx:
            answerable = await checkins.all_answerable(tx, now=self.clock.now())
        return bool(answerable)

    async def invite(self, role: str, code: str, therapist: str | None = None) -> str:
        """Return a one-time link, like ``attune invite``."""
        async with self.bot.store.transaction() as tx:
            invited = await invite.invite(
                Change(tx, None, self.clock.now()),
                code=code,
                role=role,
                locale=SiteLocale("en", ZONE),
                therapist=therapist,
            )
        return invitation_link(self.telegram.username, invited.invitation.token)


@asynccontextmanager
async def open_clinic(
    start: datetime = A_MONDAY, *, page: str | None = None
) -> AsyncIterator[DemoClinic]:
    """Run an empty clinic in a temporary folder; ``page`` is the address of its answer page."""
    clock = Clock(start=start)
    telegram = SimulatedTelegram(token=TOKEN, now=clock.now)
    with tempfile.TemporaryDirectory(prefix="attune-demo-") as folder:
        async with serve(telegram) as address:
            settings = Settings.read(
                {
                    "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                    "ATTUNE_TELEGRAM_API_URL": address.url,
                    "ATTUNE_DATABASE": f"sqlite:///{Path(folder) / 'demo.db'}",
                    "ATTUNE_ZONE": ZONE,
                    "ATTUNE_TICK_SECONDS": "1",
                    "ATTUNE_MOST_AT_ONCE": "0",  # a script taps faster than any person
                    **({} if page is None else {"ATTUNE_PAGE_URL": page}),
                }
            )
            async with wiring.open_bot(settings, clock) as bot:
                running = asyncio.create_task(bot.run())
                try:
                    yield DemoClinic(telegram, clock, bot)
                finally:
                    running.cancel()
                    with suppress(asyncio.CancelledError):
                        await running
