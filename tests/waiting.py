"""Waiting for what rings no bell: a row of a file, a lock on a server, a queue that empties."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable

from bot.simulator import PATIENCE

A_BLINK = 0.02


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds, looking again and again.

    Raises:
        TimeoutError: It does not when the time is up.
    """
    async with asyncio.timeout(seconds):
        while not await _found(holds):  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(A_BLINK)


async def _found(holds: Callable[[], object]) -> object:
    found = holds()
    return await found if isawaitable(found) else found
