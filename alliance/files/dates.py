"""Single dates of a series beside those that are kept: called off, moved, or back in place."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alliance.files.asks import PlanAsk
from alliance.files.changes import DateCancelled, DateMoved, DateRestored, Ledger
from alliance.files.findings import Finding
from alliance.files.present import PlanNow, ShiftNow
from alliance.files.recurrence import instants_held
from alliance.files.shapes import Series, Shift

Shifts = Mapping[datetime, ShiftNow]


def taken_over(kept: PlanNow, series: Series, now: datetime) -> Shifts:
    """Return the dates that stay as they were changed when a plan becomes another series.

    Those are the ones to come that the new series has at the same instant, and those that were
    moved out of the past.
    """
    there = instants_held(series, kept.shifts)
    return {
        at: shift
        for at, shift in kept.shifts.items()
        if (at > now and at in there)
        or (shift.starts_at is not None and shift.starts_at > now >= at)
    }


def changed_dates(
    ledger: Ledger,
    ask: PlanAsk,
    *,
    key: str,
    series: Series,
    kept: Shifts | None,
    now: datetime,
) -> None:
    """Note the dates that a file calls off or moves.

    Args:
        ledger: Takes what is found.
        ask: What the file says.
        key: What it calls the plan.
        series: The plan's series.
        kept: What is kept of its dates; None for a plan that is new.
        now: Aware; a session that has begun stays as it was.
    """
    for shift in ask.shifts:
        was = None if kept is None else kept.get(shift.planned_for)
        if was is not None and _is_settled(shift, was, series):
            continue
        begins = was.starts_at if was is not None and was.starts_at else shift.planned_for
        moved = shift.starts_at if shift.starts_at and shift.starts_at > now else None
        if begins > now and moved is None:
            ledger.changes.append(
                DateCancelled(
                    shift.line, ask.owner, key, series.zone, shift.planned_for, shift.sequence
                )
            )
        elif moved is not None and (begins > now or kept is None):
            ledger.changes.append(
                DateMoved(
                    shift.line,
                    ask.owner,
                    key,
                    series.zone,
                    shift.planned_for,
                    moved,
                    shift.minutes,
                    shift.sequence,
                )
            )
        elif moved is not None:
            ledger.notes.append(Finding(shift.line, "calendar.begun", {"code": ask.owner}))


def dates_put_back(
    ledger: Ledger, ask: PlanAsk, *, key: str, series: Series, kept: Shifts, now: datetime
) -> None:
    """Note the dates to come that a calendar had changed and has back in their places.

    What a coordinator changed by hand is none of its business.
    """
    said = {shift.planned_for for shift in ask.shifts}
    ledger.changes += [
        DateRestored(ask.line, ask.owner, key, series.zone, planned_for)
        for planned_for, shift in sorted(kept.items())
        if shift.sequence is not None and planned_for not in said and planned_for > now
    ]


def latest(shifts: Sequence[Shift]) -> datetime | None:
    """Return the last instant that changed dates speak of."""
    return max(
        (at for one in shifts for at in (one.planned_for, one.starts_at) if at), default=None
    )


def _is_settled(shift: Shift, was: ShiftNow, series: Series) -> bool:
    """Say whether a date is kept just so, or in a later version."""
    same_length = (shift.minutes or series.minutes) == (was.minutes or series.minutes)
    if shift.starts_at == was.starts_at and (same_length or shift.starts_at is None):
        return True
    return shift.sequence < (was.sequence or 0)
