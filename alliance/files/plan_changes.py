"""Compare the plans in a file with the current ones: new, changed and ended plans."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import count

from alliance.calendar.recurrence import parse_rule
from alliance.calendar.timing import zone_named
from alliance.files.changes import ChangeCollector, PlanAdded, PlanChanged, PlanEnded, PlanLinked
from alliance.files.current_state import CurrentPlan
from alliance.files.dates import (
    PlanContext,
    compare_dates,
    restore_dates,
    retained_shifts,
)
from alliance.files.findings import Finding, merge_notes
from alliance.files.ical.recurrence_rules import cut_series, instants_held
from alliance.files.match_owners import has_upcoming_session
from alliance.files.parsed_calendar import Series, Shift
from alliance.files.requests import PlanRequest

TABLE_PREFIX = "table"
"""Prefix of the keys of plans from tables; the owner's code and a number follow."""


def compare_calendar_plan(
    collector: ChangeCollector, request: PlanRequest, key: str, context: PlanContext
) -> None:
    """Collect what a calendar changes about one plan.

    Args:
        collector: Collects the changes.
        request: The plan in the calendar.
        key: The plan's key in the calendar.
        context: The current plans.
    """
    current = next((plan for plan in context.running if plan.key == key), None)
    if current is not None and request.sequence < (current.sequence or 0):
        collector.notes.append(Finding(request.line, "calendar.older", {"code": request.owner}))
    elif request.series is None:
        _compare_dates_only(collector, request, key, current, context)
    elif current is not None and not request.is_cancelled and current.owner == request.owner:
        _compare_current_plan(collector, request, key, current, request.series, context)
    else:
        if current is not None:
            collector.changes.append(
                PlanEnded(request.line, current.owner, current.id, current.series)
            )
        if not request.is_cancelled and not is_over(request.series, context.now):
            _add_or_link_plan(collector, request, key, request.series, context)


def _compare_dates_only(
    collector: ChangeCollector,
    request: PlanRequest,
    key: str,
    current: CurrentPlan | None,
    context: PlanContext,
) -> None:
    """Compare changed dates whose series is not in the file."""
    if current is None:
        is_ahead = request.cut_at is not None and request.cut_at > context.now
        if is_ahead or any(_is_ahead(shift, context.now) for shift in request.shifts):
            collector.errors.append(Finding(request.line, "calendar.no_series"))
        return
    held = instants_held(current.series, [shift.planned_for for shift in request.shifts])
    known = tuple(shift for shift in request.shifts if shift.planned_for in held)
    collector.notes += merge_notes(
        [
            Finding(shift.line, "calendar.no_such_date")
            for shift in request.shifts
            if shift not in known and _is_ahead(shift, context.now)
        ]
    )
    dates = replace(request, owner=current.owner, shifts=known)
    series, shifts = current.series, current.shifts
    if request.cut_at is not None:
        shorter = cut_series(series, request.cut_at)
        if shorter is None or is_over(shorter, context.now):
            collector.changes.append(PlanEnded(request.line, current.owner, current.id, series))
            return
        if shorter != series:
            shifts = retained_shifts(current, shorter, context.now)
            collector.changes.append(_plan_changed(request, key, current, shorter))
        series = shorter
    compare_dates(collector, dates, context, key=key, series=series, current=shifts)


def _is_ahead(shift: Shift, now: datetime) -> bool:
    """Whether a changed date was planned for later, or is moved to later."""
    return any(at is not None and at > now for at in (shift.planned_for, shift.starts_at))


def _plan_changed(
    request: PlanRequest, key: str, current: CurrentPlan, series: Series
) -> PlanChanged:
    """Return the change to another series; settings that a calendar cannot express stay."""
    return PlanChanged(
        request.line,
        current.owner,
        current.id,
        current.series,
        series,
        current.delay,
        current.instrument,
        key,
        request.sequence,
    )


def _add_or_link_plan(
    collector: ChangeCollector, request: PlanRequest, key: str, series: Series, context: PlanContext
) -> None:
    by_hand = [
        plan
        for plan in context.running
        if plan.owner == request.owner and _is_by_hand(plan) and plan.id not in context.taken
    ]
    same_slot = next((plan for plan in by_hand if is_same_slot(plan.series, series)), None)
    if same_slot is not None:
        context.taken.add(same_slot.id)
        _compare_current_plan(collector, request, key, same_slot, series, context)
        return
    if by_hand:
        collector.notes.append(Finding(request.line, "plan.beside", {"code": request.owner}))
    collector.changes.append(
        PlanAdded(request.line, request.owner, series, None, None, key, request.sequence)
    )
    compare_dates(collector, request, context, key=key, series=series, current=None)


def _compare_current_plan(
    collector: ChangeCollector,
    request: PlanRequest,
    key: str,
    current: CurrentPlan,
    series: Series,
    context: PlanContext,
) -> None:
    """Compare with a current plan; settings that a calendar cannot express stay."""
    if is_over(series, context.now):
        if not is_over(current.series, context.now):
            collector.changes.append(
                PlanEnded(request.line, current.owner, current.id, current.series)
            )
        return
    shifts = current.shifts
    if not context.is_same(current.series, series):
        shifts = retained_shifts(current, series, context.now)
        collector.changes.append(_plan_changed(request, key, current, series))
    elif current.key != key:
        collector.changes.append(
            PlanLinked(request.line, current.owner, current.id, series, key, request.sequence)
        )
    compare_dates(collector, request, context, key=key, series=series, current=shifts)
    restore_dates(collector, request, context, key=key, series=series, current=shifts)


def compare_table_plans(
    collector: ChangeCollector, owner: str, requests: Sequence[PlanRequest], context: PlanContext
) -> None:
    """Collect what a table changes about the plans of one patient or group.

    Its rows are all plans of that owner, except for plans from calendars and single extra
    sessions. Rows are matched with current plans that are equal first, then with those in the
    same slot, then with the others in order.
    """
    new = list(requests)
    current = [plan for plan in context.running if plan.owner == owner and not plan.is_extra]
    keys = _new_keys(owner, current)
    for matches in (_is_unchanged, _has_same_slot, _can_become):
        for plan in list(current):
            request = next((one for one in new if matches(one, plan, context)), None)
            if request is not None:
                new.remove(request)
                current.remove(plan)
                _change_plan(collector, request, plan, keys, context)
    for request in new:
        series = _series(request, None)
        if is_over(series, context.now):
            collector.notes.append(Finding(request.line, "plan.over", {"code": owner}))
        else:
            collector.changes.append(
                PlanAdded(
                    request.line, owner, series, request.delay, request.instrument, next(keys), 0
                )
            )
    for plan in current:
        if _is_by_hand(plan):
            collector.changes.append(PlanEnded(requests[-1].line, owner, plan.id, plan.series))
        elif not is_over(plan.series, context.now):
            collector.notes.append(
                Finding(requests[0].line, "plan.beside_calendar", {"code": owner})
            )


def _change_plan(
    collector: ChangeCollector,
    request: PlanRequest,
    plan: CurrentPlan,
    keys: Iterator[str],
    context: PlanContext,
) -> None:
    series = _series(request, plan)
    if is_over(series, context.now):
        if not is_over(plan.series, context.now):
            collector.changes.append(PlanEnded(request.line, plan.owner, plan.id, plan.series))
    elif not _is_unchanged(request, plan, context):
        collector.changes.append(
            PlanChanged(
                request.line,
                plan.owner,
                plan.id,
                plan.series,
                series,
                request.delay,
                request.instrument,
                plan.key or next(keys),
                plan.sequence or 0,
            )
        )


def _series(request: PlanRequest, current: CurrentPlan | None) -> Series:
    """Return the series of a row; without a first day, the current plan's stays."""
    if request.series is None:
        raise ValueError("the rows of a table are whole series")
    if current is None or not request.begins_open:
        return request.series
    return replace(request.series, first_day=current.series.first_day)


def _is_unchanged(request: PlanRequest, plan: CurrentPlan, context: PlanContext) -> bool:
    same_settings = (request.delay, request.instrument) == (plan.delay, plan.instrument)
    return same_settings and context.is_same(_series(request, plan), plan.series)


def _has_same_slot(request: PlanRequest, plan: CurrentPlan, _context: PlanContext) -> bool:
    return is_same_slot(_series(request, plan), plan.series)


def _can_become(_ask: PlanRequest, plan: CurrentPlan, _context: PlanContext) -> bool:
    return _is_by_hand(plan)


def is_same_slot(one: Series, other: Series) -> bool:
    """Whether two series have the same slot in the week or month."""
    rules = parse_rule(one.rule), parse_rule(other.rule)
    days = [(rule.every, rule.weekdays, rule.nth) for rule in rules]
    return days[0] == days[1] and (one.wall_time, one.zone) == (other.wall_time, other.zone)


def _is_by_hand(plan: CurrentPlan) -> bool:
    """Whether a coordinator made the plan, in the chat or by a table, not by a calendar."""
    return not plan.is_extra and (plan.key is None or plan.key.startswith(TABLE_PREFIX))


def _new_keys(owner: str, current: Sequence[CurrentPlan]) -> Iterator[str]:
    """Yield unused keys for new plans from a table."""
    taken = {plan.key for plan in current}
    return (key for number in count(1) if (key := f"{TABLE_PREFIX}:{owner}:{number}") not in taken)


def is_over(series: Series, now: datetime) -> bool:
    """Whether a series has no session today or later."""
    today: date = now.astimezone(zone_named(series.zone)).date()
    return not has_upcoming_session(series.rule, series.first_day, today)
