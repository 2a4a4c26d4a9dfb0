"""Throttling of accounts that try invalid invitation links.

A link has 192 random bits, so guessing cannot succeed; the delay only slows those who try.
Somebody who mistypes a link, or opens a used or expired one, notices nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

REMEMBER_FOR = timedelta(days=1)
"""How long an invalid link counts."""

FREE_TRIES = 4
"""Different invalid links per account without a delay."""

TOTAL_LIMIT = 60
"""Invalid links from all accounts within ``REMEMBER_FOR`` from which no try is free."""

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def exceeds_total_limit(of_all: int) -> bool:
    """Whether there are more invalid links from all accounts than typing errors explain."""
    return of_all >= TOTAL_LIMIT


def penalised_tries(own: int, of_all: int) -> int:
    """Return how many of an account's recent invalid links lead to a delay."""
    return max(0, own - (0 if exceeds_total_limit(of_all) else FREE_TRIES))


def next_try_at(own: Sequence[datetime], of_all: int) -> datetime | None:
    """Return until when links from an account are ignored; None without a delay.

    Each invalid link doubles the delay. An account without one is never delayed, whatever
    others do, so invited people always get in.

    Args:
        own: When the account tried its invalid links within ``REMEMBER_FOR``, in order.
        of_all: How many there were from all accounts.

    >>> at = datetime(2026, 3, 3, 10, 0)
    >>> next_try_at([at] * 4, of_all=4) is None
    True
    >>> next_try_at([at] * 6, of_all=6) - at
    datetime.timedelta(seconds=120)
    """
    penalised = penalised_tries(len(own), of_all)
    if not penalised:
        return None
    wait = FIRST_WAIT * (1 << min(penalised - 1, 10))
    return own[-1] + min(LONGEST_WAIT, wait)
