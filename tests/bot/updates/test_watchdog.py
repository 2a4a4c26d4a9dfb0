"""A silent poll is replaced by a new connection; in the end the process gives up."""

import asyncio
import time
from pathlib import Path

import pytest

from bot import wiring
from bot.config.clock import Clock
from bot.config.settings import Settings
from bot.simulator import FaultKind, SimulatedTelegram, serve
from bot.updates.poller import Poller, PollingStalled
from bot.updates.processor import UpdateProcessor
from bot.updates.rate_limit import AccountRateLimiter
from bot.web.metrics import ProcessStatus
from tests.databases import KEYS, fresh_database_address, on_both_engines

TOKEN = "123456:ABCdef"


@on_both_engines
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.fault("a poll that never comes back")
async def test_a_silent_poll_is_renewed_or_given_up(tmp_path: Path, lasting: bool) -> None:
    """One silent poll is replaced by a new one; when all stay silent, the poller gives up."""
    telegram = SimulatedTelegram(token=TOKEN)
    async with serve(telegram) as address, fresh_database_address(tmp_path) as database:
        settings = Settings.read(
            {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
            }
        )
        async with wiring.open_bot(settings, Clock()) as bot:
            telegram.faults.add(
                FaultKind.SILENT_BEFORE, method="getUpdates", times=None if lasting else 1
            )
            status = ProcessStatus()
            processor = UpdateProcessor(
                bot.app,
                bot.services,
                rate_limiter=AccountRateLimiter(0),
                status=status,
                monotonic=time.monotonic,
            )
            poller = Poller(
                bot.app.bot,
                processor,
                bot.services,
                status=status,
                monotonic=time.monotonic,
                stalled_seconds=0.3,
                restart_seconds=1.2,
            )
            polling = asyncio.create_task(poller.poll())
            watching = asyncio.create_task(poller.watch())
            phone = telegram.phone(name="Ada")
            phone.start()
            if lasting:
                with pytest.raises(PollingStalled):
                    await asyncio.wait_for(watching, 10)
            else:
                await phone.wait_until(
                    lambda phone: "I do not know you yet" in phone.screen.text, 10
                )
            for task in (polling, watching):
                task.cancel()
            await asyncio.gather(polling, watching, return_exceptions=True)
