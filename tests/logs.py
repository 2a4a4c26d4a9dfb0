"""The log as in production, but from DEBUG up."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.config.logs import set_up_logs


@contextmanager
def production_log() -> Iterator[io.StringIO]:
    """Collect what all libraries log in the block; restore the logging afterwards."""
    root = logging.getLogger()
    others = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    levels = {logger: logger.level for logger in (root, *others)}
    handlers, buffer = root.handlers[:], io.StringIO()
    try:
        set_up_logs(logging.DEBUG)
        for handler in root.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(buffer)
        yield buffer
    finally:
        root.handlers[:] = handlers
        for logger, level in levels.items():
            if logger.level != level:  # setting a level clears the caches of all loggers
                logger.setLevel(level)
