"""Find the plans and absences that earlier files have made from the events of a calendar."""

from collections.abc import Mapping
from dataclasses import replace

from alliance.files.current_state import CurrentAbsence, CurrentPlan, CurrentState
from alliance.files.parsed_calendar import CalendarEvent, ParsedCalendar, Series
from alliance.files.plan_changes import is_same_slot


def with_stored_keys(
    calendar: ParsedCalendar, present: CurrentState, assigned: Mapping[str, str]
) -> ParsedCalendar:
    """Return a calendar whose events have the keys under which they are stored.

    A single event with its UID has another key than one of several, and the others may have
    come or gone since. A cancelled event gets what is stored of it, because the cancellation
    need not repeat it. Doing this twice changes nothing.

    Args:
        calendar: The calendar as it was parsed.
        present: The current state.
        assigned: Event key to the code that a coordinator gave it.
    """
    plans = {plan.key: plan for plan in present.plans if plan.key}
    absences = {one.key: one for one in present.absences if one.key}
    events = list(calendar.events)
    taken = {event.key for event in events if _is_stored(event, event.key, plans, absences)}
    for index, event in enumerate(events):
        other = event.other_key
        if not other or event.key in taken or other in taken:
            continue
        is_stored = _is_stored(event, other, plans, absences)
        if is_stored or (other in assigned and event.key not in assigned):
            taken.add(other)
            events[index] = replace(event, key=other, other_key=event.key)
    completed = [_completed(event, plans, absences) for event in events]
    return replace(calendar, events=tuple(completed))


def owners_of_cancelled(calendar: ParsedCalendar, present: CurrentState) -> dict[str, str]:
    """Return event key to owner for what a calendar cancels, or changes without its series.

    Such a message need not name the owner again.
    """
    owners = {plan.key: plan.owner for plan in present.plans if plan.key}
    owners |= {one.key: one.code for one in present.absences if one.key}
    return {
        event.key: owners[event.key]
        for event in calendar.events
        if event.key in owners
        and (event.is_cancelled or (event.series is None and event.away is None))
    }


def _is_stored(
    event: CalendarEvent,
    key: str,
    plans: Mapping[str, CurrentPlan],
    absences: Mapping[str, CurrentAbsence],
) -> bool:
    """Whether an event is stored under a key, and not another one with the same UID."""
    plan, absence = plans.get(key), absences.get(key)
    if plan is not None and key != event.key:
        is_owner = not event.codes or plan.owner in event.codes
        return is_owner and (event.series is None or _may_be(event.series, plan.series))
    if plan is not None:
        return True
    return absence is not None and (
        event.away is None or key == event.key or absence.away.first_day == event.away.first_day
    )


def _may_be(series: Series, stored: Series) -> bool:
    """Whether a series has the slot of a stored one and, if that is one session, its day."""
    is_single = series.rule.endswith("COUNT=1") or stored.rule.endswith("COUNT=1")
    return is_same_slot(series, stored) and (not is_single or series.first_day == stored.first_day)


def _completed(
    event: CalendarEvent,
    plans: Mapping[str, CurrentPlan],
    absences: Mapping[str, CurrentAbsence],
) -> CalendarEvent:
    plan, absence = plans.get(event.key), absences.get(event.key)
    if event.is_cancelled and event.problem is None:
        if plan is not None:
            event = replace(event, series=plan.series, away=None, shifts=())
        elif absence is not None:
            event = replace(event, series=None, away=absence.away, shifts=())
    if event.has_sequence:
        return event
    stored = max(
        0,
        0 if plan is None else plan.sequence or 0,
        0 if absence is None else absence.sequence or 0,
        *([] if plan is None else [one.sequence or 0 for one in plan.shifts.values()]),
    )
    shifts = tuple(replace(one, sequence=max(one.sequence, stored)) for one in event.shifts)
    return replace(event, sequence=max(event.sequence, stored), shifts=shifts)
