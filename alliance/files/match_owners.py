"""Find the owners of calendar events: by a code they contain, or by a coordinator's choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from alliance.calendar.recurrence import parse_rule
from alliance.files.findings import Finding, merge_notes
from alliance.files.ical.recurrence_rules import last_day_by_count
from alliance.files.parsed_calendar import CalendarEvent, ParsedCalendar
from alliance.files.requests import AbsenceRequest, FileRequests, PlanRequest

NOT_OURS = ""
"""Assigned to an event that does not belong to anybody here."""

_ABSENCE_ROLES = frozenset({"patient", "therapist"})
_SESSION_ROLES = frozenset({"patient", "group"})


@dataclass(frozen=True, slots=True)
class MatchedRequests:
    """What a file asks for, and the findings about it.

    Attributes:
        wanted: What it asks for.
        errors: Problems; if there are any, nothing is applied.
        notes: What the sender should know.
        open_events: Events whose owner is unknown, in the order of the file.
        left_out: Number of events that belong to nobody here or to somebody who has left.
        unread: Findings about those that cannot be read, and about open events.
    """

    wanted: FileRequests
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    open_events: tuple[CalendarEvent, ...] = ()
    left_out: int = 0
    unread: tuple[Finding, ...] = ()


def match_owners(
    calendar: ParsedCalendar, *, roles: Mapping[str, str], assigned: Mapping[str, str], today: date
) -> MatchedRequests:
    """Return what a calendar asks for.

    Args:
        calendar: The parsed calendar.
        roles: Code to patient, therapist, coordinator or group; ended for those who have left.
        assigned: Event key to the code that a coordinator gave it, or ``NOT_OURS``. A code in
            the event itself takes precedence.
        today: Events that are over by then need no owner.
    """
    plans: list[PlanRequest] = []
    absences: list[AbsenceRequest] = []
    errors: list[Finding] = [*calendar.errors]
    notes: list[Finding] = []
    left: list[CalendarEvent] = []
    open_events: list[CalendarEvent] = []
    for event in calendar.events:
        owner = owner_of(event, roles=roles, assigned=assigned)
        if not owner:
            is_open = owner is None and event.key and not _is_over(event, today)
            (open_events if is_open else left).append(event)
            continue
        errors += _problems_of(event)
        notes += event.notes
        if event.problem is None and event.away is not None:
            absences.append(_absence(event, owner))
        elif event.problem is None and _says_anything(event):
            plans.append(_plan(event, owner))
    return MatchedRequests(
        FileRequests(absences=tuple(absences), plans=tuple(plans)),
        tuple(errors),
        merge_notes(notes),
        tuple(open_events),
        len(left),
        tuple(finding for event in (*left, *open_events) for finding in _problems_of(event)),
    )


def _problems_of(event: CalendarEvent) -> tuple[Finding, ...]:
    """Return what keeps an event from being used; earlier versions stored only one finding."""
    return event.unread or (() if event.problem is None else (event.problem,))


def owner_of(
    event: CalendarEvent, *, roles: Mapping[str, str], assigned: Mapping[str, str]
) -> str | None:
    """Return the owner of an event: a code, ``NOT_OURS``, or None if unknown."""
    fitting = fitting_roles(event)
    named = [code for code in event.codes if roles.get(code) in fitting]
    if len(named) == 1:
        return named[0]
    choice = assigned.get(event.key)
    if choice is not None and (choice == NOT_OURS or roles.get(choice) in fitting):
        return choice
    has_left = bool(event.codes) and all(roles.get(code) == "ended" for code in event.codes)
    return NOT_OURS if has_left else None


def fitting_roles(event: CalendarEvent) -> frozenset[str]:
    """Return the roles that can own an event, depending on whether it is an absence."""
    if event.away is not None:
        return _ABSENCE_ROLES
    return _SESSION_ROLES if event.problem is None else _SESSION_ROLES | _ABSENCE_ROLES


def _absence(event: CalendarEvent, owner: str) -> AbsenceRequest:
    if event.away is None:
        raise ValueError("an absence needs whole days")
    return AbsenceRequest(
        event.line,
        owner,
        event.away,
        key=event.key,
        sequence=event.sequence,
        is_cancelled=event.is_cancelled,
    )


def _plan(event: CalendarEvent, owner: str) -> PlanRequest:
    return PlanRequest(
        event.line,
        owner,
        event.series,
        key=event.key,
        sequence=event.sequence,
        shifts=event.shifts,
        is_cancelled=event.is_cancelled,
        cut_at=event.cut_at,
    )


def _says_anything(event: CalendarEvent) -> bool:
    """Whether an event has sessions or changed dates; a cancelled one that is unknown has none."""
    return event.series is not None or bool(event.shifts) or event.cut_at is not None


def _is_over(event: CalendarEvent, today: date) -> bool:
    if event.is_cancelled:
        return True
    if event.away is not None:
        return event.away.last_day < today
    return event.series is not None and not has_upcoming_session(
        event.series.rule, event.series.first_day, today
    )


def has_upcoming_session(rule_text: str, first_day: date, today: date) -> bool:
    """Whether a series has a session today or later, according to its rule."""
    rule = parse_rule(rule_text)
    if rule.until is not None and rule.until < max(today, first_day):
        return False
    return rule.count is None or last_day_by_count(rule, rule.count, first_day) >= today
