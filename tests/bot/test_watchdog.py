"""A poll that has gone deaf: the connection is renewed, and in the end the process gives up."""

import asyncio
import time
from pathlib import Path

import pytest

from bot import wiring
from bot.config.clock import Timepiece
from bot.config.settings import Settings
from bot.simulator import FaultKind, SimulatedTelegram, serve
from bot.updates.poller import Deaf, Ear
from bot.updates.rate_limit import Turnstile
from tests.databases import KEYS, an_address, on_both

TOKEN = "123456:ABCdef"


@on_both
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.fault("a poll that never comes back")
async def test_a_deaf_poll_is_renewed_or_given_up(tmp_path: Path, lasting: bool) -> None:
    """One silent poll is replaced by a fresh one; when all stay silent, the ear gives up."""
    telegram = SimulatedTelegram(token=TOKEN)
    async with serve(telegram) as address, an_address(tmp_path) as database:
        settings = Settings.read(
            {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
            }
        )
        async with wiring.opened(settings, Timepiece()) as bot:
            telegram.faults.add(
                FaultKind.SILENT_BEFORE, method="getUpdates", times=None if lasting else 1
            )
            ear = Ear(
                bot.house,
                bot.desk,
                turnstile=Turnstile(0),
                ticks=time.monotonic,
                deaf_seconds=0.3,
                lost_seconds=1.2,
            )
            listening = asyncio.create_task(ear.listen())
            watching = asyncio.create_task(ear.watch())
            phone = telegram.phone(name="Ada")
            phone.start()
            if lasting:
                with pytest.raises(Deaf):
                    await asyncio.wait_for(watching, 10)
            else:
                await phone.until(lambda phone: "I do not know you yet" in phone.screen.text, 10)
            for task in (listening, watching):
                task.cancel()
            await asyncio.gather(listening, watching, return_exceptions=True)
