"""Changes and findings of a file in words: one line each."""

from collections.abc import Callable
from datetime import datetime, timedelta

from alliance.calendar.recurrence import read_rule
from alliance.calendar.timetable import Defaults, Timetable
from alliance.calendar.timing import zone_named
from alliance.files.changes import (
    AwayAdded,
    AwayChanged,
    AwayEnded,
    CareSet,
    Change,
    DateCancelled,
    DateMoved,
    DateRestored,
    GroupAdded,
    Joined,
    Left,
    PeopleChange,
    PersonAdded,
    PlanAdded,
    PlanChanged,
    PlanClaimed,
    PlanEnded,
)
from alliance.files.findings import Finding
from alliance.files.parsed_calendar import Away, Event, Series
from handlers import texts
from handlers.calendar.plan_screens import clocks, day, length, rhythm
from handlers.texts import say

Shown = Callable[[str], str]
"""Makes of a code what people read; a test patient's is marked."""


def change_line(language: str, change: Change, defaults: Defaults, shown: Shown) -> str:
    """Return a change as one line that begins with its place in the file."""
    words = _words(language, change, defaults, shown)
    return placed(language, change.line, f"{shown(change.code)}: {words}")


def finding_line(language: str, finding: Finding) -> str:
    """Return a finding as one line that begins with its place in the file."""
    words = say(language, f"file.{finding.key}", **finding.values)
    return placed(language, finding.line, words)


def placed(language: str, line: int, words: str) -> str:
    """Return words behind the number of their line; 0 is the file as a whole."""
    return say(language, "file.line", line=line, words=words) if line else words


def _words(language: str, change: Change, defaults: Defaults, shown: Shown) -> str:
    match change:
        case PersonAdded() | GroupAdded() | CareSet() | Joined() | Left():
            return _person(language, change)
        case AwayAdded() | AwayChanged() | AwayEnded():
            return _absence(language, change, shown)
        case DateMoved() | DateCancelled() | DateRestored():
            return _date(language, change)
        case _:
            return _plan(language, change, defaults)


def _person(language: str, change: PeopleChange) -> str:
    match change:
        case PersonAdded():
            return say(language, "file.person.added", role=say(language, f"role.{change.role}"))
        case GroupAdded():
            return say(language, "file.group.added")
        case CareSet():
            before, after = (_codes(language, codes) for codes in (change.before, change.after))
            return say(language, "file.care.set", before=before, after=after)
        case Joined() | Left():
            return _belonging(language, change)


def _belonging(language: str, change: Joined | Left) -> str:
    verb = "joined" if isinstance(change, Joined) else "left"
    key = f"file.{'lead' if change.leads else 'member'}.{verb}"
    words = say(language, key, group=change.group)
    first, last = change.stay.first_day, change.stay.last_day
    if first is not None and isinstance(change, Joined):
        words = say(language, "file.member.from", words=words, day=day(language, first))
    if last is None:
        return words
    return say(language, "file.member.until", words=words, day=day(language, last))


def _codes(language: str, codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or say(language, "file.nobody")


def _absence(language: str, change: AwayAdded | AwayChanged | AwayEnded, shown: Shown) -> str:
    days = _days(language, change.away)
    match change:
        case AwayEnded():
            return say(language, "file.away.ended", days=days)
        case AwayAdded():
            words = say(language, "file.away.added", days=days)
        case AwayChanged():
            before = _days(language, change.before)
            words = say(language, "file.away.changed", before=before, days=days)
    if change.cover is None:
        return words
    return say(language, "file.away.covered", words=words, cover=shown(change.cover))


def _days(language: str, away: Away) -> str:
    if away.first_day == away.last_day:
        return day(language, away.first_day)
    return f"{day(language, away.first_day)} – {day(language, away.last_day)}"


def _date(language: str, change: DateMoved | DateCancelled | DateRestored) -> str:
    planned_for = _moment(language, change.planned_for, change.zone)
    match change:
        case DateMoved():
            at = _moment(language, change.starts_at, change.zone)
            return say(language, "file.date.moved", planned_for=planned_for, at=at)
        case DateCancelled():
            return say(language, "file.date.cancelled", planned_for=planned_for)
        case DateRestored():
            return say(language, "file.date.restored", planned_for=planned_for)


def _moment(language: str, at: datetime, zone: str) -> str:
    return texts.day_and_time(at.astimezone(zone_named(zone)), language)


def _plan(
    language: str, change: PlanAdded | PlanChanged | PlanClaimed | PlanEnded, defaults: Defaults
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
        case PlanClaimed():
            return say(language, "file.plan.claimed", plan=words)
        case PlanEnded():
            return say(language, "file.plan.ended", plan=words)


def _settings(language: str, change: PlanAdded | PlanChanged) -> str:
    """Return what a plan has otherwise than the site."""
    parts = []
    if change.delay is not None:
        span = length(language, timedelta(minutes=change.delay))
        parts.append(say(language, "plan.words.delay", length=span))
    if change.instrument is not None:
        parts.append(say(language, "plan.words.instrument", instrument=change.instrument))
    return "".join(f", {part}" for part in parts)


def series_words(language: str, series: Series, defaults: Defaults) -> str:
    """Return when the sessions of a series are, e.g. "every Tuesday 14:00–14:50 Berlin time"."""
    rule = read_rule(series.rule)
    minutes = None if series.minutes is None else timedelta(minutes=series.minutes)
    plan = Timetable(rule, series.first_day, series.wall_time, series.zone, minutes)
    hours = clocks(language, plan, minutes or defaults.duration)
    if rule.count == 1:
        return f"{texts.long_day(series.first_day, language)}, {hours}"
    parts = [f"{rhythm(language, rule)} {hours}"]
    parts.append(say(language, "plan.words.from", day=day(language, series.first_day)))
    if rule.until is not None:
        parts.append(say(language, "plan.words.until", day=day(language, rule.until)))
    if rule.count is not None:
        parts.append(say(language, "plan.words.count", count=rule.count))
    return ", ".join(parts)


def event_words(language: str, event: Event, defaults: Defaults) -> str:
    """Return which event is meant: its line, and when it is. What it is called is not known."""
    if event.series is not None:
        words = series_words(language, event.series, defaults)
    elif event.away is not None:
        words = say(language, "file.whole_days", days=_days(language, event.away))
    else:
        words = say(language, "file.unread_event")
    return placed(language, event.line, words)
