"""What production would log, of all libraries, with everything of ours from DEBUG up."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.config.logs import set_up_logs


@contextmanager
def production_log() -> Iterator[io.StringIO]:
    """Collect it while the block runs; afterwards logging is as it was."""
    root = logging.getLogger()
    known = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    levels = {one: one.level for one in (root, *known)}
    handlers, buffer = root.handlers[:], io.StringIO()
    try:
        set_up_logs(logging.DEBUG)
        for handler in root.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(buffer)
        yield buffer
    finally:
        root.handlers[:] = handlers
        for one, level in levels.items():
            one.setLevel(level)
