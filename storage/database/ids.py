"""Row ids: random, and sortable by time."""

import secrets
from datetime import datetime

_RANDOM_BITS = 80


def new_id(at: datetime) -> str:
    """Return 32 hexadecimal digits: 48 bits of Unix milliseconds, then 80 random bits.

    Later rows sort later, which keeps indexes dense. Ids cannot be guessed.
    """
    return f"{_time_bits(at) | secrets.randbits(_RANDOM_BITS):032x}"


def first_id(at: datetime) -> str:
    """Return the smallest id of that time.

    It finds rows by time through their primary key, if their ids were created from that time.
    """
    return f"{_time_bits(at):032x}"


def _time_bits(at: datetime) -> int:
    return int(at.timestamp() * 1000) << _RANDOM_BITS
