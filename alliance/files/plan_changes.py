"""What a file changes about plans: those that are new, differ, or end."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import count

from alliance.calendar.recurrence import read_rule
from alliance.calendar.timing import zone_named
from alliance.files.changes import Ledger, PlanAdded, PlanChanged, PlanClaimed, PlanEnded
from alliance.files.current_state import PlanNow
from alliance.files.dates import Ground, changed_dates, dates_put_back, latest, taken_over
from alliance.files.findings import Finding
from alliance.files.ical.recurrence_rules import instants_held
from alliance.files.match_owners import lasts
from alliance.files.parsed_calendar import Series
from alliance.files.requests import PlanAsk

TABLE = "table"
"""Begins what the plans of a table are called; their owner's code and a number follow."""


def calendar_plan(ledger: Ledger, ask: PlanAsk, key: str, ground: Ground) -> None:
    """Note what a calendar changes about one plan.

    Args:
        ledger: Takes what is found.
        ask: What the calendar says.
        key: What it calls the plan.
        ground: What runs now.
    """
    kept = next((plan for plan in ground.running if plan.key == key), None)
    if kept is not None and ask.sequence < (kept.sequence or 0):
        ledger.notes.append(Finding(ask.line, "calendar.older", {"code": ask.owner}))
    elif ask.series is None:
        _only_dates(ledger, ask, key, kept, ground)
    elif kept is not None and not ask.is_cancelled and kept.owner == ask.owner:
        _kept(ledger, ask, key, kept, ask.series, ground)
    else:
        if kept is not None:
            ledger.changes.append(PlanEnded(ask.line, kept.owner, kept.id, kept.series))
        if not ask.is_cancelled and not is_over(ask.series, ground.now):
            _not_kept(ledger, ask, key, ask.series, ground)


def _only_dates(
    ledger: Ledger, ask: PlanAsk, key: str, kept: PlanNow | None, ground: Ground
) -> None:
    """Take changed dates of a series that the file itself does not hold."""
    if kept is not None:
        there = instants_held(kept.series, [shift.planned_for for shift in ask.shifts])
        known = tuple(shift for shift in ask.shifts if shift.planned_for in there)
        dates = PlanAsk(ask.line, kept.owner, None, key, ask.sequence, shifts=known)
        changed_dates(ledger, dates, ground, key=key, series=kept.series, kept=kept.shifts)
    elif (last := latest(ask.shifts)) is not None and last > ground.now:
        ledger.errors.append(Finding(ask.line, "calendar.no_series"))


def _not_kept(ledger: Ledger, ask: PlanAsk, key: str, series: Series, ground: Ground) -> None:
    by_hand = [
        plan
        for plan in ground.running
        if plan.owner == ask.owner and _is_by_hand(plan) and plan.id not in ground.taken
    ]
    like = next((plan for plan in by_hand if is_like(plan.series, series)), None)
    if like is not None:
        ground.taken.add(like.id)
        _kept(ledger, ask, key, like, series, ground)
        return
    if by_hand:
        ledger.notes.append(Finding(ask.line, "plan.beside", {"code": ask.owner}))
    ledger.changes.append(PlanAdded(ask.line, ask.owner, series, None, None, key, ask.sequence))
    changed_dates(ledger, ask, ground, key=key, series=series, kept=None)


def _kept(
    ledger: Ledger, ask: PlanAsk, key: str, kept: PlanNow, series: Series, ground: Ground
) -> None:
    """Compare with a plan that runs; what a calendar cannot say of it stays."""
    if is_over(series, ground.now):
        if not is_over(kept.series, ground.now):
            ledger.changes.append(PlanEnded(ask.line, kept.owner, kept.id, kept.series))
        return
    shifts = kept.shifts
    if not ground.is_same(kept.series, series):
        shifts = taken_over(kept, series, ground.now)
        ledger.changes.append(
            PlanChanged(
                ask.line,
                kept.owner,
                kept.id,
                kept.series,
                series,
                kept.delay,
                kept.instrument,
                key,
                ask.sequence,
            )
        )
    elif kept.key != key:
        ledger.changes.append(PlanClaimed(ask.line, kept.owner, kept.id, series, key, ask.sequence))
    changed_dates(ledger, ask, ground, key=key, series=series, kept=shifts)
    dates_put_back(ledger, ask, ground, key=key, series=series, kept=shifts)


def table_plans(ledger: Ledger, owner: str, asks: Sequence[PlanAsk], ground: Ground) -> None:
    """Note what a table changes about the plans of one patient or group.

    Its rows together are all plans of that code, but for those of a calendar and for single
    extra sessions. Rows that are so already count first, then those at the same time of the
    week, then the others in their order.
    """
    left = list(asks)
    kept = [plan for plan in ground.running if plan.owner == owner and not plan.is_extra]
    keys = _keys(owner, kept)
    for fits in (_says, _is_like_ask, _may_become):
        for plan in list(kept):
            ask = next((one for one in left if fits(one, plan, ground)), None)
            if ask is not None:
                left.remove(ask)
                kept.remove(plan)
                _changed(ledger, ask, plan, keys, ground)
    for ask in left:
        series = _series(ask, None)
        if is_over(series, ground.now):
            ledger.notes.append(Finding(ask.line, "plan.over", {"code": owner}))
        else:
            ledger.changes.append(
                PlanAdded(ask.line, owner, series, ask.delay, ask.instrument, next(keys), 0)
            )
    for plan in kept:
        if _is_by_hand(plan):
            ledger.changes.append(PlanEnded(asks[-1].line, owner, plan.id, plan.series))
        elif not is_over(plan.series, ground.now):
            ledger.notes.append(Finding(asks[0].line, "plan.beside_calendar", {"code": owner}))


def _changed(
    ledger: Ledger, ask: PlanAsk, plan: PlanNow, keys: Iterator[str], ground: Ground
) -> None:
    series = _series(ask, plan)
    if is_over(series, ground.now):
        if not is_over(plan.series, ground.now):
            ledger.changes.append(PlanEnded(ask.line, plan.owner, plan.id, plan.series))
    elif not _says(ask, plan, ground):
        ledger.changes.append(
            PlanChanged(
                ask.line,
                plan.owner,
                plan.id,
                plan.series,
                series,
                ask.delay,
                ask.instrument,
                plan.key or next(keys),
                plan.sequence or 0,
            )
        )


def _series(ask: PlanAsk, kept: PlanNow | None) -> Series:
    """Return the series of a row; where it names no first day, a kept one stays."""
    if ask.series is None:
        raise ValueError("a table names whole series")
    if kept is None or not ask.begins_open:
        return ask.series
    said = ask.series
    return Series(said.rule, kept.series.first_day, said.wall_time, said.zone, said.minutes)


def _says(ask: PlanAsk, plan: PlanNow, ground: Ground) -> bool:
    same = (ask.delay, ask.instrument) == (plan.delay, plan.instrument)
    return same and ground.is_same(_series(ask, plan), plan.series)


def _is_like_ask(ask: PlanAsk, plan: PlanNow, _ground: Ground) -> bool:
    return is_like(_series(ask, plan), plan.series)


def _may_become(_ask: PlanAsk, plan: PlanNow, _ground: Ground) -> bool:
    return _is_by_hand(plan)


def is_like(one: Series, other: Series) -> bool:
    """Say whether two series are the same hour of the week or month."""
    rules = read_rule(one.rule), read_rule(other.rule)
    days = [(rule.every, rule.weekdays, rule.nth) for rule in rules]
    return days[0] == days[1] and (one.wall_time, one.zone) == (other.wall_time, other.zone)


def _is_by_hand(plan: PlanNow) -> bool:
    """Say whether a plan is a coordinator's own, typed or in a table, and not a calendar's."""
    return not plan.is_extra and (plan.key is None or plan.key.startswith(TABLE))


def _keys(owner: str, kept: Sequence[PlanNow]) -> Iterator[str]:
    """Yield what further plans of an owner's table may be called."""
    taken = {plan.key for plan in kept}
    return (key for number in count(1) if (key := f"{TABLE}:{owner}:{number}") not in taken)


def is_over(series: Series, now: datetime) -> bool:
    """Say whether a series has no session today or later."""
    today: date = now.astimezone(zone_named(series.zone)).date()
    return not lasts(series.rule, series.first_day, today)
