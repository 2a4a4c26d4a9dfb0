"""Time zones with other rules, compiled to files that ``zoneinfo`` reads."""

import struct
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from alliance.calendar.timing import zone_named

ASUNCION = "America/Asuncion"
WITH_WINTER_TIME = {ASUNCION: "<-04>4<-03>,M10.1.0/0,M3.4.0/0"}
"""Paraguay until 2024, as in tzdata 2024a; POSIX notation."""

WITHOUT_WINTER_TIME = {ASUNCION: "<-03>3"}
"""Paraguay since then: an hour ahead all year."""


def compiled_zone(rules: str) -> bytes:
    """Return a TZif file (RFC 9636) of a zone whose rules have never changed."""
    counts = struct.pack(">6I", 0, 0, 0, 0, 1, 4)
    block = b"TZif2" + bytes(15) + counts + struct.pack(">iBB", 0, 0, 0) + b"LMT\0"
    return block + block + b"\n" + rules.encode() + b"\n"


@contextmanager
def zone_rules(folder: Path, rules: Mapping[str, str]) -> Iterator[None]:
    """Use these rules, as a program started with another zone database does."""
    for name, text in rules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compiled_zone(text))
    before = zoneinfo.TZPATH
    _read_from(str(folder), *before)
    try:
        yield
    finally:
        _read_from(*before)


def _read_from(*folders: str) -> None:
    zoneinfo.reset_tzpath(to=folders)
    zoneinfo.ZoneInfo.clear_cache()
    zone_named.cache_clear()
