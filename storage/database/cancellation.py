"""A cancel that was swallowed on the way is still heeded."""

import asyncio


def heed_cancel() -> None:
    """Raise the cancel of this task where a wait further down has lost it.

    psycopg waits with ``asyncio.wait_for``, which in Python 3.11 forgets a cancel that comes in
    the same moment as the result. A bot that was told to stop would then go on for ever.

    Raises:
        asyncio.CancelledError: This task was told to stop.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
