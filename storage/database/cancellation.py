"""Workaround: ``asyncio.wait_for`` in Python 3.11, as used by psycopg, can lose a cancellation."""

import asyncio


def raise_pending_cancellation() -> None:
    """Raise the cancellation of this task if a wait further down has lost it.

    ``asyncio.wait_for`` in Python 3.11 loses a cancellation that comes at the same moment as the
    result. A bot that is being stopped would then run on forever.

    Raises:
        asyncio.CancelledError: This task was cancelled.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
