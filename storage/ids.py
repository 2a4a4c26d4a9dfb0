"""Ids are ours: random, and sortable by the moment they were made."""

import secrets
from datetime import datetime

_RANDOM_BITS = 80


def new_id(at: datetime) -> str:
    """Return 32 hexadecimal digits: 48 bits of Unix milliseconds, then 80 random bits.

    Rows made later sort later, which keeps indexes dense; nobody can guess a neighbour.
    """
    milliseconds = int(at.timestamp() * 1000)
    return f"{(milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS):032x}"
