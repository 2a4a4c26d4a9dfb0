"""The folder for temporary files of tests: in memory if there is room.

Commits need no fsync there, and templates are copied faster. Tests about full or slow disks use
their own disks.
"""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - folders in it get random names
MIN_FREE_BYTES = 2 << 30
"""Bytes that must be free; some containers have very little."""


@cache
def fast_temp_root() -> str:
    """Return the parent folder of temporary folders."""
    if (
        MEMORY_FOLDER.is_dir()
        and os.access(MEMORY_FOLDER, os.W_OK)
        and shutil.disk_usage(MEMORY_FOLDER).free > MIN_FREE_BYTES
    ):
        return str(MEMORY_FOLDER)
    return tempfile.gettempdir()
