"""The outcome of a session, as reported by the therapist."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from alliance.calendar.timing import A_MINUTE, MAX_DELAY

CORRECTABLE_FOR = timedelta(days=7)
"""How long after its start the outcome of a session can be corrected."""

REPORT_WINDOW = timedelta(hours=2)
"""A report that a session has just ended means one that ended within this time."""


class SessionOutcome(StrEnum):
    """The outcome of a session."""

    HELD = "held"  # it took place
    ENDED_EARLY = "ended_early"  # it took place, but was broken off
    NO_SHOW = "no_show"  # the patient did not come
    CANCELLED = "cancelled"  # it was called off

    @property
    def took_place(self) -> bool:
        """Whether a check-in follows."""
        return self in (SessionOutcome.HELD, SessionOutcome.ENDED_EARLY)


_WORDS = {
    "held": SessionOutcome.HELD,
    "noshow": SessionOutcome.NO_SHOW,
    "cancelled": SessionOutcome.CANCELLED,
    "canceled": SessionOutcome.CANCELLED,
    "endedearly": SessionOutcome.ENDED_EARLY,
    "early": SessionOutcome.ENDED_EARLY,
}


def parse_outcome(text: str) -> SessionOutcome | None:
    """Return the outcome that was typed, ignoring case and spacing; None for any other text.

    >>> parse_outcome("No show"), parse_outcome("15")
    (<SessionOutcome.NO_SHOW: 'no_show'>, None)
    """
    return _WORDS.get(re.sub(r"[\s_-]", "", text.lower()))


def parse_delay(text: str) -> timedelta | None:
    """Return the number of minutes that was typed; None if it is not one or exceeds a day.

    >>> parse_delay("15")
    datetime.timedelta(seconds=900)
    """
    if not (text.isascii() and text.isdecimal()) or int(text) > MAX_DELAY // A_MINUTE:
        return None
    return timedelta(minutes=int(text))


class HasTimes(Protocol):
    """Anything with a start and an end."""

    @property
    def starts_at(self) -> datetime:
        """Start, aware."""

    @property
    def ends_at(self) -> datetime:
        """End, aware."""


S = TypeVar("S", bound=HasTimes)


def reported_session(
    sessions: Sequence[S], outcome: SessionOutcome, *, now: datetime, zone: ZoneInfo
) -> S | None:
    """Return the session that an outcome reported now refers to.

    Args:
        sessions: One patient's sessions, in any order.
        outcome: The reported outcome.
        now: When it is reported, aware.
        zone: Time zone that defines "today".

    Returns:
        The latest session that has begun, if it is still running or began today. Otherwise, for
        a cancellation, the next session today. None if there is no such session.
    """
    today = now.astimezone(zone).date()

    def is_today(session: S) -> bool:
        return session.starts_at.astimezone(zone).date() == today

    started = [
        one for one in sessions if one.starts_at <= now and (one.ends_at > now or is_today(one))
    ]
    if started:
        return max(started, key=lambda one: one.starts_at)
    upcoming = [one for one in sessions if one.starts_at > now and is_today(one)]
    if upcoming and outcome is SessionOutcome.CANCELLED:
        return min(upcoming, key=lambda one: one.starts_at)
    return None
