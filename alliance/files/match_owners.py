"""Whose the events of a calendar are: by a code they name, or by what a coordinator said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from alliance.calendar.recurrence import read_rule
from alliance.files.findings import Finding
from alliance.files.ical.recurrence_rules import last_counted
from alliance.files.parsed_calendar import Calendar, Event
from alliance.files.requests import AwayAsk, PlanAsk, Wanted

NOT_OURS = ""
"""Assigned to an event that is nobody's here."""

_MAY_BE_AWAY = frozenset({"patient", "therapist"})
_MAY_MEET = frozenset({"patient", "group"})


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file asks for, and what is to be said about it before anything is done.

    Attributes:
        wanted: What it asks for.
        errors: What cannot be kept; with one of them nothing is.
        notes: What its sender should know.
        open_events: Events of which nobody knows whose they are, in the order of the file.
        left_out: How many events are not ours, or somebody's whose treatment has ended.
    """

    wanted: Wanted
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    open_events: tuple[Event, ...] = ()
    left_out: int = 0


def understood(
    calendar: Calendar, *, roles: Mapping[str, str], assigned: Mapping[str, str], today: date
) -> Understood:
    """Return what a calendar asks for.

    Args:
        calendar: As it was read.
        roles: Code to patient, therapist, coordinator or group; ended for those who have left.
        assigned: Key of an event to the code that a coordinator gave it, or ``NOT_OURS``. A
            code that the event names itself comes first.
        today: Events that are over by then need no owner.
    """
    plans: list[PlanAsk] = []
    absences: list[AwayAsk] = []
    errors: list[Finding] = []
    notes: list[Finding] = []
    open_events: list[Event] = []
    left_out = 0
    for event in calendar.events:
        owner = owner_of(event, roles=roles, assigned=assigned)
        if owner is None and event.key and not _is_over(event, today):
            open_events.append(event)
        elif owner is None or owner == NOT_OURS:
            left_out += 1
        elif event.problem is not None:
            errors.append(event.problem)
        elif event.away is not None:
            absences.append(_absence(event, owner))
        else:
            plans.append(_plan(event, owner))
            notes += event.notes
    wanted = Wanted(absences=tuple(absences), plans=tuple(plans))
    return Understood(wanted, tuple(errors), together(notes), tuple(open_events), left_out)


def owner_of(event: Event, *, roles: Mapping[str, str], assigned: Mapping[str, str]) -> str | None:
    """Return whose an event is: a code, ``NOT_OURS``, or None where nobody knows."""
    fitting = fitting_roles(event)
    named = [code for code in event.codes if roles.get(code) in fitting]
    if len(named) == 1:
        return named[0]
    said = assigned.get(event.key)
    if said is not None and (said == NOT_OURS or roles.get(said) in fitting):
        return said
    has_left = bool(event.codes) and all(roles.get(code) == "ended" for code in event.codes)
    return NOT_OURS if has_left else None


def fitting_roles(event: Event) -> frozenset[str]:
    """Return whose such an event can be: whole days a person's, sessions a patient's or group's."""
    if event.away is not None:
        return _MAY_BE_AWAY
    return _MAY_MEET if event.problem is None else _MAY_MEET | _MAY_BE_AWAY


def _absence(event: Event, owner: str) -> AwayAsk:
    if event.away is None:
        raise ValueError("an absence takes whole days")
    return AwayAsk(
        event.line,
        owner,
        event.away,
        key=event.key,
        sequence=event.sequence,
        is_cancelled=event.is_cancelled,
    )


def _plan(event: Event, owner: str) -> PlanAsk:
    return PlanAsk(
        event.line,
        owner,
        event.series,
        key=event.key,
        sequence=event.sequence,
        shifts=event.shifts,
        is_cancelled=event.is_cancelled,
    )


def _is_over(event: Event, today: date) -> bool:
    if event.is_cancelled:
        return True
    if event.away is not None:
        return event.away.last_day < today
    return event.series is not None and not lasts(event.series.rule, event.series.first_day, today)


def lasts(rule_text: str, first_day: date, today: date) -> bool:
    """Say whether a series has a session today or later, by its rule."""
    rule = read_rule(rule_text)
    if rule.until is not None and rule.until < max(today, first_day):
        return False
    return rule.count is None or last_counted(rule, rule.count, first_day) >= today


def together(notes: list[Finding]) -> tuple[Finding, ...]:
    """Return notes of one kind as one, at the first line, with how many they are."""
    found: dict[tuple[str, str], tuple[Finding, int]] = {}
    for note in notes:
        place = (note.key, note.values.get("zone", ""))
        first, count = found.get(place, (note, 0))
        found[place] = (first, count + 1)
    return tuple(
        Finding(first.line, first.key, {**first.values, "count": str(count)})
        for first, count in found.values()
    )
