"""Escalation: when an alert that nobody has seen goes on to others.

After the site's patience it goes to everybody who may read it, after the same time again to the
coordinators, without content. The time runs for each reader on their own working days. Where
nobody who may read it is there, the coordinators hear of it as soon as the patience is over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alliance.calendar.working_time import Workdays, after_working

UNSEEN_FOR = timedelta(hours=48)
"""Working time in which an alert should be seen, unless a site says else."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may read an alert: since when they know that there is one, and their days."""

    told_at: datetime
    days: Workdays


@dataclass(frozen=True, slots=True)
class Steps:
    """When an alert goes on, in UTC.

    Attributes:
        readers_at: To everybody who may read it; None when that is done, or there is nobody.
        coordinators_at: To the coordinators; None while it is not known.
    """

    readers_at: datetime | None
    coordinators_at: datetime | None


def steps(
    *,
    raised_at: datetime,
    escalated_at: datetime | None,
    patience: timedelta,
    readers: Sequence[Reader],
) -> Steps:
    """Return when an alert that is still unseen goes on.

    Args:
        raised_at: When the alert was raised, aware.
        escalated_at: When it went to all readers; None while it has not.
        patience: Working time for each step, > 0.
        readers: Everybody who may read it now.
    """
    if not readers:
        return Steps(None, raised_at)
    since = raised_at if escalated_at is None else escalated_at
    passed = _earliest(
        after_working(max(since, reader.told_at), patience, reader.days) for reader in readers
    )
    if_here = _earliest(
        after_working(max(since, reader.told_at), patience, replace(reader.days, away=()))
        for reader in readers
    )
    alone = (
        if_here is not None
        and (passed is None or if_here < passed)
        and not any(reader.days.work_at(if_here) for reader in readers)
    )
    if escalated_at is None:
        return Steps(passed, if_here if alone else None)
    return Steps(None, if_here if alone else passed)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
