"""Logs: ids and counts only, and never the token."""

import logging
import re
import sys

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{3,}")
HIDDEN = "<token>"

TALKATIVE = ("httpx", "httpcore", "telegram", "apscheduler", "aiohttp", "aiosqlite", "asyncio")
"""Libraries that log addresses with the token in them, or whole updates, below WARNING."""


class HideToken(logging.Formatter):
    """Writes a record without anything that looks like a bot's token, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return _TOKEN.sub(HIDDEN, super().format(record))


def set_up_logs(level: int = logging.INFO) -> None:
    """Log to standard error, one line an event, with the token taken out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(HideToken("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What it could not connect to is said by whoever asked it to, in one sentence.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    # A knock that comes while a tick still runs is left out, as it should be.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # The framework logs whole replies when they are no JSON, and whole updates it cannot queue.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
    logging.getLogger("telegram.ext.Application").setLevel(logging.ERROR)
