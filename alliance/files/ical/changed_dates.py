"""Moved and cancelled dates of a series: RECURRENCE-ID and EXDATE."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alliance.calendar.timing import instant, zone_named
from alliance.files.findings import BadFile, Finding, error_at
from alliance.files.ical.date_times import (
    FileDateTime,
    parse_date_time,
    parse_date_times,
    require_in_range,
)
from alliance.files.ical.durations import minutes_of
from alliance.files.ical.event_parts import EventPart
from alliance.files.ical.recurrence_rules import instants_held
from alliance.files.ical.whole_days import whole_days_of
from alliance.files.ical.zones import CalendarZones
from alliance.files.parsed_calendar import Series, Shift

MAX_SHIFTS = 500
"""Changed dates of one series; about as many as ten years of weekly sessions."""


@dataclass(slots=True)
class ChangedDates:
    """The changed dates of one event.

    Attributes:
        shifts: Moved and cancelled dates, by their start according to the series.
        strays: Moved dates outside of the series. Calendar apps show them, so they are sessions.
        cut_at: Start of the first session that is cancelled with all that follow.
        unread: A finding for each that cannot be used.
        notes: What the sender should know about the others.
    """

    shifts: dict[datetime, Shift] = field(default_factory=dict)
    strays: list[Shift] = field(default_factory=list)
    cut_at: datetime | None = None
    unread: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


def read_dates(
    parts: Sequence[EventPart],
    series: Series | None,
    *,
    codes: Collection[str],
    known: Collection[str],
) -> ChangedDates:
    """Read changed dates; of several revisions of one date, the newest.

    Args:
        parts: The VEVENTs with a RECURRENCE-ID.
        series: The series; None if it is not in the file.
        codes: The codes of the series.
        known: The codes of all people and groups.
    """
    result = ChangedDates()
    for part in sorted(parts, key=lambda one: one.rank):
        try:
            part.check_complete()
            _check_owner(part, codes, known)
            planned_for, following = _planned_for_part(part, series)
            if following:
                result.cut_at = min(result.cut_at or planned_for, planned_for)
                continue
            shift = _shift(part, planned_for, series)
            result.notes += _ignored_rules(part)
        except BadFile as error:
            result.unread.append(error.findings[0])
            continue
        if (earlier := result.shifts.get(planned_for)) is not None:
            result.notes.append(_replaced(earlier, shift.line))
        result.shifts[planned_for] = shift
    return result


def read_dates_of_series(
    main: EventPart, parts: Sequence[EventPart], series: Series, *, known: Collection[str]
) -> ChangedDates:
    """Read the changed and excluded dates of a series.

    Raises:
        BadFile: An excluded date cannot be read, or there are too many.
    """
    dates = read_dates(parts, series, codes=main.codes(known), known=known)
    excluded: dict[datetime, Shift] = {}
    for exdate in main.component.get_all("EXDATE"):
        for at in parse_date_times(exdate):
            planned_for = planned_for_date(at, series, main.zones)
            excluded[planned_for] = Shift(exdate.line, planned_for, None, None, main.sequence)
    # An excluded date stays cancelled even if it was moved.
    both = {**dates.shifts, **excluded}
    held = instants_held(series, both)
    dates.strays = [
        shift
        for at, shift in dates.shifts.items()
        if at not in held and shift.starts_at is not None
    ]
    if len(held) + len(dates.strays) > MAX_SHIFTS:
        raise error_at(main.line, "calendar.too_many_dates", most=str(MAX_SHIFTS))
    dates.notes += [
        _replaced(shift, excluded[at].line)
        for at, shift in dates.shifts.items()
        if at in excluded and at in held and shift.starts_at is not None
    ]
    dates.notes += [
        Finding(shift.line, "calendar.no_such_date")
        for at, shift in both.items()
        if at not in held and shift.starts_at is None and at > main.zones.now
    ]
    dates.shifts = {at: both[at] for at in sorted(held)}
    return dates


def planned_for_date(at: FileDateTime, series: Series, zones: CalendarZones) -> datetime:
    """Return the instant of a series that a date refers to.

    Raises:
        BadFile: The date is out of range, or its zone is unknown.
    """
    require_in_range(at)
    if at.is_day:
        return instant(at.local.date(), series.wall_time, zone_named(series.zone))
    return zones.instant_of(at, default_zone=series.zone)


def _planned_for_part(part: EventPart, series: Series | None) -> tuple[datetime, bool]:
    """Return the instant to which a changed date refers, and whether it cancels all following."""
    written = part.component.get("RECURRENCE-ID")
    if written is None:
        raise ValueError("a changed date has a RECURRENCE-ID")
    has_range = "RANGE" in written.params
    is_following = written.params.get("RANGE", "").strip().upper() == "THISANDFUTURE"
    if has_range and not (is_following and part.is_cancelled):
        raise error_at(written.line, "calendar.this_and_following")
    at = parse_date_time(written)
    if series is not None:
        return planned_for_date(at, series, part.zones), is_following
    if not at.is_day:
        return part.zones.instant_of(at), is_following
    # A cancelled date that is only a day has its time in its start.
    start = part.component.get("DTSTART")
    started = None if start is None else parse_date_time(start)
    if started is None or started.is_day or started.local.date() != at.local.date():
        raise error_at(at.line, "calendar.no_series")
    return part.zones.instant_of(started), is_following


def _shift(part: EventPart, planned_for: datetime, series: Series | None) -> Shift:
    if part.is_cancelled:
        return Shift(part.line, planned_for, None, None, part.sequence)
    written = part.component.get("DTSTART")
    if written is None:
        raise error_at(part.line, "calendar.no_start")
    start = require_in_range(parse_date_time(written))
    if start.is_day or whole_days_of(part.component, start, part.zones) is not None:
        raise error_at(start.line, "calendar.moved_to_day")
    starts_at = start_instant(start, part.zones, None if series is None else series.zone)
    minutes = minutes_of(part.component, start, starts_at, part.zones)
    return Shift(part.line, planned_for, starts_at, minutes, part.sequence)


def start_instant(
    start: FileDateTime, zones: CalendarZones, default_zone: str | None = None
) -> datetime:
    """Return the instant at which a session starts.

    Raises:
        BadFile: It is not at a full minute, or its zone is unknown.
    """
    if start.local.second:
        raise error_at(start.line, "calendar.seconds")
    return zones.instant_of(start, default_zone=default_zone)


def _check_owner(part: EventPart, codes: Collection[str], known: Collection[str]) -> None:
    """Refuse a date that names somebody else than its series."""
    named = part.codes(known)
    if named and codes and not set(named) & set(codes):
        raise error_at(part.line, "calendar.date_of_other")


def _ignored_rules(part: EventPart) -> list[Finding]:
    """Return a note on each rule of a changed date; it does not repeat."""
    if part.is_cancelled:
        return []
    rules = (*part.component.get_all("RRULE"), *part.component.get_all("RDATE"))
    return [Finding(one.line, "calendar.rule_of_date") for one in rules]


def _replaced(shift: Shift, line: int) -> Finding:
    return Finding(shift.line, "calendar.replaced", {"line": str(line)})
