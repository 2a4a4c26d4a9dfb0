"""What a file contains, part by part, and what becomes of each part: for a report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from alliance.calendar.recurrence import parse_rule, session_days
from alliance.calendar.timing import instant, zone_named
from alliance.files.changes import FileChange, PlanAdded, PlanChanged, PlanEnded, PlanLinked
from alliance.files.counts import Counts
from alliance.files.current_state import CurrentState
from alliance.files.drafts import DryRun, FileDraft
from alliance.files.match_owners import NOT_OURS, owner_of
from alliance.files.parsed_calendar import AbsenceInFile, CalendarEvent, Series, Shift
from alliance.files.plan_changes import is_over
from alliance.files.requests import FileRequests
from alliance.files.stored_events import owners_of_cancelled, with_stored_keys

STARTS = 5
"""So many sessions of a series are listed."""

_EFFECTS: Mapping[type[FileChange], str] = {
    PlanAdded: "added",
    PlanChanged: "changed",
    PlanLinked: "linked",
    PlanEnded: "ended",
}


@dataclass(frozen=True, slots=True)
class SeriesInFile:
    """A series of sessions.

    Attributes:
        owner: Code of the patient or group; None if the file does not say whose it is.
        starts: Local start of the first sessions that take place as the rule says.
    """

    owner: str | None
    series: Series
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class DateInFile:
    """A single session, or a changed date of a series.

    Attributes:
        owner: Code of the patient or group; None if the file does not say whose it is.
        start: Its local start; of a changed date, according to the series.
        became: What became of it: added, changed, linked, ended, unchanged, cancelled, over,
            unassigned, or ``moved to`` a local start.
    """

    owner: str | None
    start: datetime
    became: str


@dataclass(frozen=True, slots=True)
class OwnedAbsence:
    """An absence, and the code of who is away, if the file says so."""

    owner: str | None
    away: AbsenceInFile


@dataclass(frozen=True, slots=True)
class FileContents:
    """What could be understood of a file."""

    series: tuple[SeriesInFile, ...]
    dates: tuple[DateInFile, ...]
    absences: tuple[OwnedAbsence, ...]


@dataclass(frozen=True, slots=True)
class _Sessions:
    """An event or a row with sessions; ``zone`` is that of its dates."""

    line: int
    owner: str | None
    series: Series | None
    zone: str
    shifts: tuple[Shift, ...] = ()
    cut_at: datetime | None = None
    is_cancelled: bool = False


def contents_of(
    draft: FileDraft,
    run: DryRun,
    present: CurrentState,
    *,
    assigned: Mapping[str, str],
    site_zone: str,
    now: datetime,
) -> FileContents:
    """Return what a file contains; what is known not to be ours is left out.

    Args:
        draft: The parsed file.
        run: What it would do.
        present: The current state.
        assigned: Event key to the code it was given when an earlier file was applied.
        site_zone: IANA name; for a changed date whose series is unknown.
        now: Aware.
    """
    sessions: list[_Sessions] = []
    absences: list[OwnedAbsence] = []
    for event, owner in _owned_events(draft, present, assigned):
        if event.away is not None:
            if not event.is_cancelled:
                absences.append(OwnedAbsence(owner, event.away))
        else:
            sessions.append(_sessions_of(event, owner, present, site_zone))
    wanted = draft.wanted or FileRequests()
    absences += [OwnedAbsence(request.code, request.away) for request in wanted.absences]
    sessions += [
        _Sessions(request.line, request.owner, request.series, request.series.zone)
        for request in wanted.plans
        if request.series is not None
    ]
    effects = {
        change.line: _EFFECTS[type(change)] for change in run.changes if type(change) in _EFFECTS
    }
    repeated = [one for one in sessions if one.series is not None and not _is_single(one.series)]
    return FileContents(
        tuple(
            SeriesInFile(one.owner, one.series, tuple(islice(_starts(one, one.series), STARTS)))
            for one in repeated
            if one.series is not None
        ),
        tuple(date for one in sessions for date in _dates(one, effects, now)),
        tuple(absences),
    )


def counts_of(draft: FileDraft, run: DryRun) -> Counts:
    """Return how much was understood; what does not fit the current state was not."""
    counts = draft.counts or Counts(0, 0, 0)
    events = () if draft.calendar is None else draft.calendar.events
    counted = {error.line for error in draft.table_errors}
    counted |= {finding.line for event in events for finding in event.unread}
    if draft.calendar is not None:
        counted |= {error.line for error in draft.calendar.errors}
    more = min(len({error.line for error in run.errors} - counted), counts.understood)
    return replace(
        counts,
        understood=counts.understood - more,
        not_understood=counts.not_understood + more,
    )


def _owned_events(
    draft: FileDraft, present: CurrentState, assigned: Mapping[str, str]
) -> Iterator[tuple[CalendarEvent, str | None]]:
    """Yield the events that were understood, with their owner if it is known."""
    if draft.calendar is None:
        return
    calendar = with_stored_keys(draft.calendar, present, assigned)
    owners = {**owners_of_cancelled(calendar, present), **assigned}
    for event in calendar.events:
        owner = owner_of(event, roles=present.roles(), assigned=owners)
        if event.problem is None and owner != NOT_OURS:
            yield event, owner


def _sessions_of(
    event: CalendarEvent, owner: str | None, present: CurrentState, site_zone: str
) -> _Sessions:
    stored = next((plan.series.zone for plan in present.plans if plan.key == event.key), site_zone)
    zone = stored if event.series is None else event.series.zone
    return _Sessions(
        event.line, owner, event.series, zone, event.shifts, event.cut_at, event.is_cancelled
    )


def _is_single(series: Series) -> bool:
    return parse_rule(series.rule).count == 1


def _starts(sessions: _Sessions, series: Series) -> Iterator[datetime]:
    """Yield the local starts of a series, without its changed dates."""
    if sessions.is_cancelled:
        return
    zone = zone_named(series.zone)
    changed = {shift.planned_for for shift in sessions.shifts}
    for day in session_days(parse_rule(series.rule), series.first_day):
        at = instant(day, series.wall_time, zone)
        if sessions.cut_at is not None and at >= sessions.cut_at:
            return
        if at not in changed:
            yield _local(at, series.zone)


def _dates(sessions: _Sessions, effects: Mapping[int, str], now: datetime) -> Iterator[DateInFile]:
    """Yield an event that is a single session, and the changed dates of a series."""
    if sessions.series is not None and _is_single(sessions.series):
        for start in _starts(replace(sessions, is_cancelled=False, shifts=()), sessions.series):
            yield DateInFile(sessions.owner, start, _became(sessions, effects, now))
        return
    for shift in sessions.shifts:
        start = _local(shift.planned_for, sessions.zone)
        yield DateInFile(sessions.owner, start, _shifted(shift, sessions.zone))


def _shifted(shift: Shift, zone: str) -> str:
    if shift.starts_at is None:
        return "cancelled"
    return f"moved to {_local(shift.starts_at, zone).isoformat(timespec='minutes')}"


def _became(sessions: _Sessions, effects: Mapping[int, str], now: datetime) -> str:
    """Return what became of a single session."""
    if sessions.is_cancelled:
        return "cancelled"
    if sessions.shifts:
        return _shifted(sessions.shifts[0], sessions.zone)
    if sessions.line in effects:
        return effects[sessions.line]
    if sessions.series is not None and is_over(sessions.series, now):
        return "over"
    return "unassigned" if sessions.owner is None else "unchanged"


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(zone_named(zone)).replace(tzinfo=None)
