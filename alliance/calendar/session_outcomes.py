"""What became of a session, as a therapist says it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

CORRECTABLE = timedelta(days=7)
"""So long after a session has begun, what was said of it can be changed."""


MOST_DELAY = 24 * 60
"""So many minutes after a session its question can come at most."""


class Outcome(StrEnum):
    """What became of a session."""

    HELD = "held"  # it took place
    ENDED_EARLY = "ended_early"  # it took place, and was broken off
    NO_SHOW = "no_show"  # the patient did not come
    CANCELLED = "cancelled"  # it was called off

    @property
    def took_place(self) -> bool:
        """Whether a check-in follows."""
        return self in (Outcome.HELD, Outcome.ENDED_EARLY)


_WORDS = {
    "held": Outcome.HELD,
    "noshow": Outcome.NO_SHOW,
    "cancelled": Outcome.CANCELLED,
    "canceled": Outcome.CANCELLED,
    "endedearly": Outcome.ENDED_EARLY,
    "early": Outcome.ENDED_EARLY,
}


def read_outcome(text: str) -> Outcome | None:
    """Return what was typed, however it was spaced; None when it is none.

    >>> read_outcome("No show"), read_outcome("ended early"), read_outcome("15")
    (<Outcome.NO_SHOW: 'no_show'>, <Outcome.ENDED_EARLY: 'ended_early'>, None)
    """
    return _WORDS.get(re.sub(r"[\s_-]", "", text.lower()))


def read_delay(text: str) -> timedelta | None:
    """Return the minutes that were typed; None where they are none, or more than a day.

    >>> read_delay("15")
    datetime.timedelta(seconds=900)
    """
    if not (text.isascii() and text.isdecimal()) or int(text) > MOST_DELAY:
        return None
    return timedelta(minutes=int(text))


class Timed(Protocol):
    """Something with a beginning and an end."""

    @property
    def starts_at(self) -> datetime:
        """When it begins, aware."""

    @property
    def ends_at(self) -> datetime:
        """When it ends, aware."""


S = TypeVar("S", bound=Timed)


def meant(sessions: Sequence[S], outcome: Outcome, *, now: datetime, zone: ZoneInfo) -> S | None:
    """Return the session that somebody means who says now what became of it.

    Args:
        sessions: One patient's, in any order.
        outcome: What is said.
        now: When it is said, aware.
        zone: Whose today is meant.

    Returns:
        The one that began last, if it goes on or began today; for a cancellation, else the next
        one of today. None where there is none.
    """
    today = now.astimezone(zone).date()

    def is_today(session: S) -> bool:
        return session.starts_at.astimezone(zone).date() == today

    begun = [
        one for one in sessions if one.starts_at <= now and (one.ends_at > now or is_today(one))
    ]
    if begun:
        return max(begun, key=lambda one: one.starts_at)
    coming = [one for one in sessions if one.starts_at > now and is_today(one)]
    if coming and outcome is Outcome.CANCELLED:
        return min(coming, key=lambda one: one.starts_at)
    return None
