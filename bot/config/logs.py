"""Logs: ids and counts only, and never the token."""

import logging
import re
import sys

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{3,}")
REDACTED = "<token>"

NOISY_LIBRARIES = (
    "httpx",
    "httpcore",
    "telegram",
    "apscheduler",
    "aiohttp",
    "aiosqlite",
    "asyncio",
)
"""Libraries that, below WARNING, log addresses with the token, or whole updates."""


class TokenRedactingFormatter(logging.Formatter):
    """Redacts whatever looks like a bot's token, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return _TOKEN.sub(REDACTED, super().format(record))


def set_up_logs(level: int = logging.INFO) -> None:
    """Log to standard error, one line per event, with the token redacted."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TokenRedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in NOISY_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its caller reports a failed connection in one sentence.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    # It warns of each tick that is skipped because the last one is still running, as intended.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # The framework logs whole replies that are not JSON, and whole updates that it cannot queue.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
    logging.getLogger("telegram.ext.Application").setLevel(logging.ERROR)
