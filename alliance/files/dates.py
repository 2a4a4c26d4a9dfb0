"""Compare the moved and cancelled dates of a series in a file with the stored ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alliance.calendar.recurrence import parse_rule
from alliance.files.changes import ChangeCollector, DateCancelled, DateMoved, DateRestored
from alliance.files.current_state import CurrentPlan, CurrentShift
from alliance.files.findings import Finding
from alliance.files.ical.recurrence_rules import instants_held
from alliance.files.parsed_calendar import Series, Shift
from alliance.files.requests import PlanRequest

CurrentShifts = Mapping[datetime, CurrentShift]


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What the plans of a file are compared with.

    Attributes:
        running: Every active plan.
        now: Aware.
        default_minutes: Default length of a session in minutes.
        taken: Ids of plans made by hand that are already matched to an event of the file.
    """

    running: Sequence[CurrentPlan]
    now: datetime
    default_minutes: int
    taken: set[str] = field(default_factory=set)

    def is_same(self, one: Series, other: Series) -> bool:
        """Whether two series have the same future sessions.

        A missing length means the default. The first day only matters if the rule counts
        sessions or skips weeks, or if the series has not begun yet.
        """
        aligned = replace(one, minutes=other.minutes, first_day=other.first_day)
        rule = parse_rule(one.rule)
        has_begun = max(one.first_day, other.first_day) <= self.now.date()
        ignores_first_day = has_begun and rule.interval == 1 and rule.count is None
        return (
            aligned == other
            and (one.first_day == other.first_day or ignores_first_day)
            and (one.minutes or self.default_minutes) == (other.minutes or self.default_minutes)
        )


def retained_shifts(plan: CurrentPlan, series: Series, now: datetime) -> CurrentShifts:
    """Return the shifts that survive when a plan gets another series.

    These are future ones that the new series has at the same instant, and those that were
    moved from the past into the future.
    """
    held = instants_held(series, plan.shifts)
    return {
        at: shift
        for at, shift in plan.shifts.items()
        if (at > now and at in held)
        or (shift.starts_at is not None and shift.starts_at > now >= at)
    }


def compare_dates(
    collector: ChangeCollector,
    request: PlanRequest,
    context: PlanContext,
    *,
    key: str,
    series: Series,
    current: CurrentShifts | None,
) -> None:
    """Collect the dates that a file cancels or moves.

    Args:
        collector: Collects the changes.
        request: The plan in the file.
        context: Above all the current time: a session that has begun is not changed.
        key: The plan's key in the file.
        series: The plan's series.
        current: The stored shifts; None for a new plan.
    """
    default_minutes = series.minutes or context.default_minutes
    for shift in request.shifts:
        stored = None if current is None else current.get(shift.planned_for)
        date_ref = _DateRef(shift.line, request.owner, key, series.zone)
        if _is_as_planned(shift, default_minutes):
            if stored is not None and _is_newer(shift, stored) and shift.planned_for > context.now:
                collector.changes.append(date_ref.date_restored(shift))
        elif stored is None or not _is_up_to_date(shift, stored, default_minutes):
            _add_difference(
                collector, date_ref, shift, stored, is_new=current is None, now=context.now
            )


@dataclass(frozen=True, slots=True)
class _DateRef:
    """The plan of a date, and its line in the file."""

    line: int
    code: str
    key: str
    zone: str

    def date_cancelled(self, shift: Shift) -> DateCancelled:
        return DateCancelled(
            self.line, self.code, self.key, self.zone, shift.planned_for, shift.sequence
        )

    def date_moved(self, shift: Shift, to: datetime) -> DateMoved:
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

    def date_restored(self, shift: Shift) -> DateRestored:
        return DateRestored(self.line, self.code, self.key, self.zone, shift.planned_for)


def _add_difference(
    collector: ChangeCollector,
    date_ref: _DateRef,
    shift: Shift,
    stored: CurrentShift | None,
    *,
    is_new: bool,
    now: datetime,
) -> None:
    """Collect one date on which the file and the stored plan differ.

    A session that was moved into the past is cancelled. A new plan can have a date that was
    moved from the past into the future; in an existing plan, that session has already begun.
    """
    begins = stored.starts_at if stored is not None and stored.starts_at else shift.planned_for
    new_start = shift.starts_at if shift.starts_at and shift.starts_at > now else None
    if new_start is not None and (begins > now or is_new):
        collector.changes.append(date_ref.date_moved(shift, new_start))
    elif new_start is not None:
        collector.notes.append(Finding(shift.line, "calendar.begun", {"code": date_ref.code}))
    elif begins > now:
        collector.changes.append(date_ref.date_cancelled(shift))


def restore_dates(
    collector: ChangeCollector,
    request: PlanRequest,
    context: PlanContext,
    *,
    key: str,
    series: Series,
    current: CurrentShifts,
) -> None:
    """Collect the dates that a calendar had changed and no longer changes.

    Future ones go back to their planned time. One that was moved out of the past goes back to
    the past, so it is cancelled. Changes made by hand are left alone.
    """
    mentioned = {shift.planned_for for shift in request.shifts}
    date_ref = _DateRef(request.line, request.owner, key, series.zone)
    for planned_for, stored in sorted(current.items()):
        if stored.sequence is None or planned_for in mentioned:
            continue
        restored = Shift(request.line, planned_for, None, None, request.sequence)
        if planned_for > context.now:
            collector.changes.append(date_ref.date_restored(restored))
        elif stored.starts_at is not None and stored.starts_at > context.now:
            collector.changes.append(date_ref.date_cancelled(restored))


def _is_as_planned(shift: Shift, default_minutes: int) -> bool:
    """Whether time and length equal the series', so that only the event's text was changed."""
    length = shift.minutes or default_minutes
    return shift.starts_at == shift.planned_for and length == default_minutes


def _is_newer(shift: Shift, stored: CurrentShift) -> bool:
    """Whether the stored shift came from the calendar, in this revision or an earlier one."""
    return stored.sequence is not None and shift.sequence >= stored.sequence


def _is_up_to_date(shift: Shift, stored: CurrentShift, default_minutes: int) -> bool:
    """Whether the stored shift equals the file's, or is from a later revision."""
    same_length = (shift.minutes or default_minutes) == (stored.minutes or default_minutes)
    if shift.starts_at == stored.starts_at and (same_length or shift.starts_at is None):
        return True
    return shift.sequence < (stored.sequence or 0)
