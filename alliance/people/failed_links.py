"""When somebody who tries links that do not exist may try the next one.

A link has 192 random bits, so no number of tries finds one; to be slowed is for whoever tries all
the same. Who mistypes a link, or opens one that was used or is too old, notices nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

REMEMBERED = timedelta(days=1)
"""So long a wrong link counts."""

FREE = 4
"""Different wrong links from one account that have no consequence."""

CROWD = 60
"""Wrong links from all accounts within ``REMEMBERED``; beyond, the first one has a consequence."""

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def is_crowd(of_all: int) -> bool:
    """Say whether so many wrong links from all accounts are more than people mistype."""
    return of_all >= CROWD


def excess(own: int, of_all: int) -> int:
    """Return how many wrong links of an account, of those remembered, have a consequence."""
    return max(0, own - (0 if is_crowd(of_all) else FREE))


def waits_until(own: Sequence[datetime], of_all: int) -> datetime | None:
    """Return until when no link from an account is looked at; None when there is nothing to wait.

    Each wrong link doubles the time. An account without one is never made to wait, whatever
    others do: who was given a link gets in.

    Args:
        own: When the account tried its wrong links of the last ``REMEMBERED``, in order.
        of_all: How many there were from all accounts.

    >>> at = datetime(2026, 3, 3, 10, 0)
    >>> waits_until([at] * 4, of_all=4) is None
    True
    >>> waits_until([at] * 6, of_all=6) - at
    datetime.timedelta(seconds=120)
    """
    over = excess(len(own), of_all)
    if not over:
        return None
    doubled = FIRST_WAIT * (1 << min(over - 1, 10))
    return own[-1] + min(LONGEST_WAIT, doubled)
