"""Polling for conditions that notify nobody, such as a row of a file or a lock on a server."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable

from bot.simulator import WAIT_SECONDS

POLL_SECONDS = 0.02


async def wait_until(condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
    """Wait until a condition holds, by polling it.

    Raises:
        TimeoutError: It does not hold in time.
    """
    async with asyncio.timeout(seconds):
        while not await _evaluate(condition):  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(POLL_SECONDS)


async def _evaluate(condition: Callable[[], object]) -> object:
    value = condition()
    return await value if isawaitable(value) else value
