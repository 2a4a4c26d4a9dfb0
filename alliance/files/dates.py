"""Single dates of a series beside those that are kept: called off, moved, or back in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alliance.calendar.recurrence import read_rule
from alliance.files.changes import DateCancelled, DateMoved, DateRestored, Ledger
from alliance.files.current_state import PlanNow, ShiftNow
from alliance.files.findings import Finding
from alliance.files.ical.recurrence_rules import instants_held
from alliance.files.parsed_calendar import Series, Shift
from alliance.files.requests import PlanAsk

Shifts = Mapping[datetime, ShiftNow]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a file's plans are compared with.

    Attributes:
        running: Every plan that runs.
        now: Aware.
        usual: Minutes that a session has where nothing says otherwise.
        taken: Ids of plans made by hand that an event of the file has become already.
    """

    running: Sequence[PlanNow]
    now: datetime
    usual: int
    taken: set[str] = field(default_factory=set)

    def is_same(self, one: Series, other: Series) -> bool:
        """Say whether two series have the same sessions to come.

        The usual length need not be said; and where neither counts nor leaves out weeks, it is
        all one since when it goes on.
        """
        said = replace(one, minutes=other.minutes, first_day=other.first_day)
        rule = read_rule(one.rule)
        has_begun = max(one.first_day, other.first_day) <= self.now.date()
        is_plain = has_begun and rule.interval == 1 and rule.count is None
        return (
            said == other
            and (one.first_day == other.first_day or is_plain)
            and (one.minutes or self.usual) == (other.minutes or self.usual)
        )


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
    ground: Ground,
    *,
    key: str,
    series: Series,
    kept: Shifts | None,
) -> None:
    """Note the dates that a file calls off or moves.

    Args:
        ledger: Takes what is found.
        ask: What the file says.
        ground: The time, above all: a session that has begun stays as it was.
        key: What the file calls the plan.
        series: The plan's series.
        kept: What is kept of its dates; None for a plan that is new.
    """
    usual = series.minutes or ground.usual
    for shift in ask.shifts:
        was = None if kept is None else kept.get(shift.planned_for)
        where = _Where(shift.line, ask.owner, key, series.zone)
        if _is_as_planned(shift, usual):
            if was is not None and _is_newer(shift, was) and shift.planned_for > ground.now:
                ledger.changes.append(where.restored(shift))
        elif was is None or not _is_settled(shift, was, usual):
            _differs(ledger, where, shift, was, is_new=kept is None, now=ground.now)


@dataclass(frozen=True, slots=True)
class _Where:
    """Whose date it is, and where the file says so."""

    line: int
    code: str
    key: str
    zone: str

    def cancelled(self, shift: Shift) -> DateCancelled:
        return DateCancelled(
            self.line, self.code, self.key, self.zone, shift.planned_for, shift.sequence
        )

    def moved(self, shift: Shift, to: datetime) -> DateMoved:
        return DateMoved(
            self.line,
            self.code,
            self.key,
            self.zone,
            shift.planned_for,
            to,
            shift.minutes,
            shift.sequence,
        )

    def restored(self, shift: Shift) -> DateRestored:
        return DateRestored(self.line, self.code, self.key, self.zone, shift.planned_for)


def _differs(
    ledger: Ledger,
    where: _Where,
    shift: Shift,
    was: ShiftNow | None,
    *,
    is_new: bool,
    now: datetime,
) -> None:
    """Note one date that is kept otherwise than the file has it.

    What was moved into the past does not take place any more. A new plan may have a date that
    was moved out of the past; of one that runs, the session has begun.
    """
    begins = was.starts_at if was is not None and was.starts_at else shift.planned_for
    to = shift.starts_at if shift.starts_at and shift.starts_at > now else None
    if to is not None and (begins > now or is_new):
        ledger.changes.append(where.moved(shift, to))
    elif to is not None:
        ledger.notes.append(Finding(shift.line, "calendar.begun", {"code": where.code}))
    elif begins > now:
        ledger.changes.append(where.cancelled(shift))


def dates_put_back(
    ledger: Ledger, ask: PlanAsk, ground: Ground, *, key: str, series: Series, kept: Shifts
) -> None:
    """Note the dates that a calendar had changed and does not change any more.

    Those to come are back in their places. One that was moved out of the past is back there,
    and does not take place. What a coordinator changed by hand is none of its business.
    """
    said = {shift.planned_for for shift in ask.shifts}
    where = _Where(ask.line, ask.owner, key, series.zone)
    for planned_for, was in sorted(kept.items()):
        if was.sequence is None or planned_for in said:
            continue
        back = Shift(ask.line, planned_for, None, None, ask.sequence)
        if planned_for > ground.now:
            ledger.changes.append(where.restored(back))
        elif was.starts_at is not None and was.starts_at > ground.now:
            ledger.changes.append(where.cancelled(back))


def latest(shifts: Sequence[Shift]) -> datetime | None:
    """Return the last instant that changed dates speak of."""
    return max(
        (at for one in shifts for at in (one.planned_for, one.starts_at) if at), default=None
    )


def _is_as_planned(shift: Shift, usual: int) -> bool:
    """Say whether a date is where and as long as its series has it: only words were changed."""
    return shift.starts_at == shift.planned_for and (shift.minutes or usual) == usual


def _is_newer(shift: Shift, was: ShiftNow) -> bool:
    """Say whether the calendar had changed that date itself, and not later than it says now."""
    return was.sequence is not None and shift.sequence >= was.sequence


def _is_settled(shift: Shift, was: ShiftNow, usual: int) -> bool:
    """Say whether a date is kept just so, or in a later version."""
    same_length = (shift.minutes or usual) == (was.minutes or usual)
    if shift.starts_at == was.starts_at and (same_length or shift.starts_at is None):
        return True
    return shift.sequence < (was.sequence or 0)
