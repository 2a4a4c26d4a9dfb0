"""Escalation: when an unseen alert is passed on to others.

After the site's waiting time it goes to everybody who may read it. After the same time again the
coordinators are notified, without content. The time runs on each reader's own working days. If
no reader is at work when it runs out, the coordinators are notified right then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alliance.calendar.working_time import Workdays, after_working_time

ESCALATE_AFTER = timedelta(hours=48)
"""Default working time within which an alert should be seen."""


@dataclass(frozen=True, slots=True)
class EscalationReader:
    """Somebody who may read an alert: when they were notified, and their workdays."""

    notified_at: datetime
    days: Workdays


@dataclass(frozen=True, slots=True)
class EscalationTimes:
    """When an alert escalates, in UTC.

    Attributes:
        readers_at: When it goes to all readers; None if that is done or there are none.
        coordinators_at: When it goes to the coordinators; None while that is undecided.
    """

    readers_at: datetime | None
    coordinators_at: datetime | None


def escalation_times(
    *,
    raised_at: datetime,
    escalated_at: datetime | None,
    escalate_after: timedelta,
    readers: Sequence[EscalationReader],
) -> EscalationTimes:
    """Return when an alert escalates if it stays unseen.

    Args:
        raised_at: When the alert was raised, aware.
        escalated_at: When it went to all readers; None if it has not yet.
        escalate_after: Working time for each step, > 0.
        readers: Everybody who may read it now.
    """
    if not readers:
        return EscalationTimes(None, raised_at)
    since = raised_at if escalated_at is None else escalated_at
    with_absences = _earliest(
        after_working_time(max(since, reader.notified_at), escalate_after, reader.days)
        for reader in readers
    )
    without_absences = _earliest(
        after_working_time(
            max(since, reader.notified_at), escalate_after, replace(reader.days, away=())
        )
        for reader in readers
    )
    nobody_at_work = (
        without_absences is not None
        and (with_absences is None or without_absences < with_absences)
        and not any(reader.days.is_workday_at(without_absences) for reader in readers)
    )
    if escalated_at is None:
        return EscalationTimes(with_absences, without_absences if nobody_at_work else None)
    return EscalationTimes(None, without_absences if nobody_at_work else with_absences)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
