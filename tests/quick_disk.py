"""Where what tests write lies: in memory where there is room, because no test needs it later.

Copying a template of PostgreSQL takes half as long there, and nobody waits for a disk's fsync
that other tests wait for, too. Tests about full or slow disks bring disks of their own.
"""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it get names of their own
ROOM = 2 << 30
"""Bytes that must be free; a container may have been given next to nothing."""


@cache
def quick_disk() -> str:
    """Return the folder for temporary folders."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return str(MEMORY)
    return tempfile.gettempdir()
