"""Ids are ours: random, and sortable by the moment they were made."""

import secrets
from datetime import datetime

_RANDOM_BITS = 80


def new_id(at: datetime) -> str:
    """Return 32 hexadecimal digits: 48 bits of Unix milliseconds, then 80 random bits.

    Rows made later sort later, which keeps indexes dense; nobody can guess a neighbour.
    """
    return f"{_since(at) | secrets.randbits(_RANDOM_BITS):032x}"


def first_id(at: datetime) -> str:
    """Return what no id made at that moment or later is smaller than.

    Rows whose ids are made of the time that stands in them are so found by their primary key.
    """
    return f"{_since(at):032x}"


def _since(at: datetime) -> int:
    return int(at.timestamp() * 1000) << _RANDOM_BITS
