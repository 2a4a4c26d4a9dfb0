"""A controllable clock, a simulator, its address, and the real library to talk to it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from telegram import Bot

from bot.simulator import Address, Phone, SimulatedTelegram, serve

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


class StoppedClock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the simulated time."""
        return self._now

    def advance(self, **by: float) -> None:
        """Move forward, e.g. by ``hours=48``."""
        self._now += timedelta(**by)


@pytest.fixture
def clock() -> StoppedClock:
    """A clock at nine in the morning."""
    return StoppedClock()


@pytest.fixture
def telegram(clock: StoppedClock) -> SimulatedTelegram:
    """A simulator whose ids are the same in every run."""
    return SimulatedTelegram(token=TOKEN, now=clock.now, seed=1)


@pytest.fixture
async def address(telegram: SimulatedTelegram) -> AsyncIterator[Address]:
    """The simulator behind a real socket."""
    async with serve(telegram) as address:
        yield address


@pytest.fixture
async def bot(address: Address) -> AsyncIterator[Bot]:
    """python-telegram-bot, unchanged, talking to the simulator."""
    async with Bot(
        TOKEN, base_url=f"{address.url}/bot", base_file_url=f"{address.url}/file/bot"
    ) as bot:
        yield bot


@pytest.fixture
def phone(telegram: SimulatedTelegram) -> Phone:
    """Ada's phone; she has pressed Start."""
    phone = telegram.phone(name="Ada")
    phone.start()
    return phone


async def wait_until_polled(telegram: SimulatedTelegram) -> None:
    """Return when a long poll is waiting."""
    async with asyncio.timeout(2):
        while not telegram.state.updates.arrival_signal.has_waiters:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
