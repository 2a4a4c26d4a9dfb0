"""The changes and findings of a file in words, one line each."""

from collections.abc import Callable
from datetime import datetime, timedelta

from alliance.calendar.recurrence import parse_rule
from alliance.calendar.timetable import SiteDefaults, Timetable
from alliance.calendar.timing import zone_named
from alliance.files.changes import (
    AbsenceAdded,
    AbsenceChanged,
    AbsenceEnded,
    CareChanged,
    DateCancelled,
    DateMoved,
    DateRestored,
    FileChange,
    GroupAdded,
    GroupJoined,
    GroupLeft,
    PeopleChange,
    PersonAdded,
    PlanAdded,
    PlanChanged,
    PlanEnded,
    PlanLinked,
)
from alliance.files.findings import Finding
from alliance.files.parsed_calendar import AbsenceInFile, CalendarEvent, Series
from handlers import texts
from handlers.calendar.plan_screens import date_with_year, length, recurrence_text, time_span
from handlers.texts import say

CodeFormatter = Callable[[str], str]
"""Returns a code as people read it: a test patient's is marked."""


def change_line(
    language: str, change: FileChange, defaults: SiteDefaults, format_code: CodeFormatter
) -> str:
    """Return a change as one line, beginning with its line number in the file."""
    words = _words(language, change, defaults, format_code)
    return with_line_number(language, change.line, f"{format_code(change.code)}: {words}")


def finding_line(language: str, finding: Finding) -> str:
    """Return a finding as one line, beginning with its line number in the file."""
    words = say(language, f"file.{finding.key}", **finding.values)
    return with_line_number(language, finding.line, words)


def with_line_number(language: str, line: int, words: str) -> str:
    """Return words after their line number; 0 is the file as a whole and is not shown."""
    return say(language, "file.line", line=line, words=words) if line else words


def _words(
    language: str, change: FileChange, defaults: SiteDefaults, format_code: CodeFormatter
) -> str:
    match change:
        case PersonAdded() | GroupAdded() | CareChanged() | GroupJoined() | GroupLeft():
            return _people_change(language, change)
        case AbsenceAdded() | AbsenceChanged() | AbsenceEnded():
            return _absence(language, change, format_code)
        case DateMoved() | DateCancelled() | DateRestored():
            return _date(language, change)
        case _:
            return _plan(language, change, defaults)


def _people_change(language: str, change: PeopleChange) -> str:
    match change:
        case PersonAdded():
            return say(language, "file.person.added", role=say(language, f"role.{change.role}"))
        case GroupAdded():
            return say(language, "file.group.added")
        case CareChanged():
            before, after = (_codes(language, codes) for codes in (change.before, change.after))
            return say(language, "file.care.set", before=before, after=after)
        case GroupJoined() | GroupLeft():
            return _membership(language, change)


def _membership(language: str, change: GroupJoined | GroupLeft) -> str:
    verb = "joined" if isinstance(change, GroupJoined) else "left"
    key = f"file.{'lead' if change.leads else 'member'}.{verb}"
    words = say(language, key, group=change.group)
    first, last = change.stay.first_day, change.stay.last_day
    if first is not None and isinstance(change, GroupJoined):
        words = say(language, "file.member.from", words=words, day=date_with_year(language, first))
    if last is None:
        return words
    return say(language, "file.member.until", words=words, day=date_with_year(language, last))


def _codes(language: str, codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or say(language, "file.nobody")


def _absence(
    language: str, change: AbsenceAdded | AbsenceChanged | AbsenceEnded, format_code: CodeFormatter
) -> str:
    days = _days(language, change.away)
    match change:
        case AbsenceEnded():
            return say(language, "file.away.ended", days=days)
        case AbsenceAdded():
            words = say(language, "file.away.added", days=days)
        case AbsenceChanged():
            before = _days(language, change.before)
            words = say(language, "file.away.changed", before=before, days=days)
    if change.cover is None:
        return words
    return say(language, "file.away.covered", words=words, cover=format_code(change.cover))


def _days(language: str, away: AbsenceInFile) -> str:
    if away.first_day == away.last_day:
        return date_with_year(language, away.first_day)
    return f"{date_with_year(language, away.first_day)} – {date_with_year(language, away.last_day)}"


def _date(language: str, change: DateMoved | DateCancelled | DateRestored) -> str:
    planned_for = _date_time(language, change.planned_for, change.zone)
    match change:
        case DateMoved():
            at = _date_time(language, change.starts_at, change.zone)
            return say(language, "file.date.moved", planned_for=planned_for, at=at)
        case DateCancelled():
            return say(language, "file.date.cancelled", planned_for=planned_for)
        case DateRestored():
            return say(language, "file.date.restored", planned_for=planned_for)


def _date_time(language: str, at: datetime, zone: str) -> str:
    return texts.day_and_time(at.astimezone(zone_named(zone)), language)


def _plan(
    language: str, change: PlanAdded | PlanChanged | PlanLinked | PlanEnded, defaults: SiteDefaults
) -> str:
    words = series_words(language, change.series, defaults)
    match change:
        case PlanAdded():
            return say(language, "file.plan.added", plan=words + _settings(language, change))
        case PlanChanged() if change.before == change.series:
            return say(language, "file.plan.set", plan=words + _settings(language, change))
        case PlanChanged():
            before = series_words(language, change.before, defaults)
            settings = _settings(language, change)
            return say(language, "file.plan.changed", before=before, plan=words + settings)
        case PlanLinked():
            return say(language, "file.plan.claimed", plan=words)
        case PlanEnded():
            return say(language, "file.plan.ended", plan=words)


def _settings(language: str, change: PlanAdded | PlanChanged) -> str:
    """Return the settings of a plan that differ from the site's."""
    parts = []
    if change.delay is not None:
        span = length(language, timedelta(minutes=change.delay))
        parts.append(say(language, "plan.words.delay", length=span))
    if change.instrument is not None:
        parts.append(say(language, "plan.words.instrument", instrument=change.instrument))
    return "".join(f", {part}" for part in parts)


def series_words(language: str, series: Series, defaults: SiteDefaults) -> str:
    """Return when the sessions of a series are, e.g. "every Tuesday 14:00–14:50 Berlin time"."""
    rule = parse_rule(series.rule)
    minutes = None if series.minutes is None else timedelta(minutes=series.minutes)
    plan = Timetable(rule, series.first_day, series.wall_time, series.zone, minutes)
    hours = time_span(language, plan, minutes or defaults.duration)
    if rule.count == 1:
        return f"{texts.long_day(series.first_day, language)}, {hours}"
    parts = [f"{recurrence_text(language, rule)} {hours}"]
    parts.append(say(language, "plan.words.from", day=date_with_year(language, series.first_day)))
    if rule.until is not None:
        parts.append(say(language, "plan.words.until", day=date_with_year(language, rule.until)))
    if rule.count is not None:
        parts.append(say(language, "plan.words.count", count=rule.count))
    return ", ".join(parts)


def event_words(language: str, event: CalendarEvent, defaults: SiteDefaults) -> str:
    """Return an event as its line number and its time; its title is never stored."""
    if event.series is not None:
        words = series_words(language, event.series, defaults)
    elif event.away is not None:
        words = say(language, "file.whole_days", days=_days(language, event.away))
    else:
        words = say(language, "file.unread_event")
    return with_line_number(language, event.line, words)
