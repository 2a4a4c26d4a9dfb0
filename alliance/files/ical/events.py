"""Events of a calendar: sessions, absences, and their changed dates."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from alliance.calendar.timing import zone_named
from alliance.files.findings import BadFile, Finding, error_at
from alliance.files.ical.changed_dates import (
    MAX_SHIFTS,
    ChangedDates,
    planned_for_date,
    read_dates,
    read_dates_of_series,
)
from alliance.files.ical.components import Component
from alliance.files.ical.date_times import (
    parse_date_time,
    require_in_range,
)
from alliance.files.ical.event_parts import (
    UNUSABLE_METHODS,
    DistinctEvents,
    EventPart,
    distinct_events,
)
from alliance.files.ical.recurrence_rules import (
    cut_series,
    instants_held,
    single_session_rule,
)
from alliance.files.ical.session_series import read_series
from alliance.files.ical.whole_days import whole_days_of
from alliance.files.ical.zones import CalendarZones
from alliance.files.parsed_calendar import CalendarEvent, Series, Shift

__all__ = ["MAX_SHIFTS", "EventReader", "KeyHasher"]

_MAX_SERIES_PER_UID = 50
"""More series with one UID and with changed dates do not occur."""

KeyHasher = Callable[[str], str]
"""Hashes an identifier in a file, which may contain a name, to the key that is stored."""


def parts_of(calendar: Component, *, site_zone: str, now: datetime) -> list[EventPart]:
    """Return the VEVENTs of one calendar."""
    zones = CalendarZones(calendar, site_zone=site_zone, now=now)
    written = calendar.get("METHOD")
    method = "" if written is None else written.value.strip().upper()
    return [EventPart(event, zones, method) for event in calendar.parts("VEVENT")]


@dataclass(frozen=True, slots=True)
class _Base:
    """An event without its changed dates."""

    part: EventPart
    event: CalendarEvent


@dataclass(frozen=True, slots=True)
class EventReader:
    """Reads the events of a file.

    Attributes:
        known: The codes of all people and groups.
        hash_key: Hashes identifiers to keys.
    """

    known: frozenset[str]
    hash_key: KeyHasher

    def read(self, parts: Sequence[EventPart]) -> tuple[tuple[CalendarEvent, ...], int]:
        """Return the events, and how many parts another part repeats or replaces.

        Parts with one UID are one event, or several with other starts. A changed date that is
        not part of its series is an event of its own, as in calendar apps.
        """
        by_uid: dict[str, list[EventPart]] = {}
        for part in parts:
            is_alone = not part.uid or part.method in UNUSABLE_METHODS
            by_uid.setdefault(f"\0{part.line}" if is_alone else part.uid, []).append(part)
        events: list[CalendarEvent] = []
        replaced = 0
        for uid, same in by_uid.items():
            whole = [part for part in same if not part.is_date]
            if uid.startswith("\0"):
                events.append(self._unusable(same[0]))
            elif whole:
                distinct = distinct_events(whole, self.known)
                events += self._with_uid(uid, distinct, [part for part in same if part.is_date])
                replaced += len(distinct.replaced)
            else:
                events.append(self._dates_only(self.hash_key(f"event {uid}"), same))
        return tuple(events), replaced

    def _unusable(self, part: EventPart) -> CalendarEvent:
        """Return an event that could not be recognised again, or that a message is about."""
        codes = _codes(part, self.known)
        # Without an identity it matters only if it names somebody.
        problem = Finding(part.line, "calendar.no_uid") if codes else None
        try:
            part.check_complete()
        except BadFile as error:
            problem = error.findings[0]
        if part.method in UNUSABLE_METHODS:
            problem = Finding(part.line, "calendar.method")
        return CalendarEvent(
            part.line, "", codes, part.sequence, problem=problem, unread=_all(problem)
        )

    def _with_uid(
        self, uid: str, distinct: DistinctEvents, dates: Sequence[EventPart]
    ) -> Iterator[CalendarEvent]:
        bases = [self._base(uid, part, distinct) for part in distinct.kept]
        notes = tuple(note for _, note in distinct.replaced)
        bases[0] = replace(bases[0], event=_with_notes(bases[0].event, notes))
        shares: list[list[EventPart]] = [[] for _ in bases]
        for date in dates:
            shares[_series_of(date, bases)].append(date)
        for base, share in zip(bases, shares, strict=True):
            yield from self._with_dates(base, share)

    def _base(self, uid: str, part: EventPart, distinct: DistinctEvents) -> _Base:
        """Return an event without its changed dates."""
        single, at_start = f"event {uid}", f"event {uid} at {part.start()}"
        keys = self.hash_key(single), self.hash_key(at_start)
        codes = _codes(part, self.known)
        if len({one.start() for one in distinct.kept}) < len(distinct.kept):
            keys = self.hash_key(single), self.hash_key(f"{at_start} {' '.join(codes)}")
        if len(distinct.kept) > 1:
            keys = keys[::-1]
        is_cancelled = part.is_cancelled or distinct.is_cancelled
        event = CalendarEvent(
            part.line,
            keys[0],
            codes,
            part.sequence,
            is_cancelled,
            other_key=keys[1],
            has_sequence=part.has_sequence,
            by_method=part.by_method,
        )
        try:
            return _Base(part, self._complete(part, event))
        except BadFile as error:
            problem = error.findings[0]
            if is_cancelled and problem.key != "calendar.unknown_code":
                return _Base(part, event)
            return _Base(part, replace(event, problem=problem, unread=(problem,)))

    def _complete(self, part: EventPart, event: CalendarEvent) -> CalendarEvent:
        part.codes(self.known)
        part.check_complete()
        start = part.component.get("DTSTART")
        if start is None:
            raise error_at(part.line, "calendar.no_start")
        at = require_in_range(parse_date_time(start))
        away = whole_days_of(part.component, at, part.zones)
        if away is not None:
            return replace(event, away=away)
        series, notes = read_series(part, part.zones.in_utc(at), at)
        return replace(event, series=series, notes=notes)

    def _with_dates(self, base: _Base, dates: Sequence[EventPart]) -> Iterator[CalendarEvent]:
        """Yield an event with its changed dates, and those outside of it as events."""
        event = replace(base.event, parts=1 + len(dates))
        if event.problem is not None or (event.away is not None and not event.is_cancelled):
            line = {"line": str(event.line)}
            unread = (Finding(one.line, "calendar.date_of_unread", line) for one in dates)
            yield _with_unread(event, *event.unread, *unread)
        elif event.is_cancelled or event.series is None:
            yield event
        else:
            try:
                found = read_dates_of_series(base.part, dates, event.series, known=self.known)
            except BadFile as error:
                yield from self._with_dates(
                    replace(base, event=_with_unread(event, error.findings[0])), dates
                )
                return
            if found.unread:
                yield _with_unread(event, *found.unread)
                return
            yield _with_changes(event, found)
            for stray in found.strays:
                yield self._as_own_event(event, event.series, stray)

    def _dates_only(self, key: str, dates: Sequence[EventPart]) -> CalendarEvent:
        """Return changed dates whose series is not in the file."""
        first = dates[0]
        codes = next((named for one in dates if (named := _codes(one, self.known))), ())
        found = read_dates(dates, None, codes=codes, known=self.known)
        event = CalendarEvent(
            first.line,
            key,
            codes,
            max(one.sequence for one in dates),
            shifts=tuple(found.shifts.values()),
            notes=tuple(found.notes),
            cut_at=found.cut_at,
            has_sequence=first.has_sequence,
            by_method=first.by_method,
            parts=len(dates),
        )
        return _with_unread(event, *found.unread)

    def _as_own_event(self, event: CalendarEvent, series: Series, stray: Shift) -> CalendarEvent:
        """Return a changed date as an event of its own."""
        at = stray.starts_at or stray.planned_for
        local = at.astimezone(zone_named(series.zone)).replace(tzinfo=None)
        minutes = stray.minutes or series.minutes
        rule = single_session_rule(local).text()
        return CalendarEvent(
            stray.line,
            self.hash_key(f"date {event.key} {stray.planned_for.isoformat()}"),
            event.codes,
            stray.sequence,
            series=Series(rule, local.date(), local.time(), series.zone, minutes),
        )


def _series_of(date: EventPart, bases: Sequence[_Base]) -> int:
    """Return the index of the event that has a changed date; the first if none has it."""
    written = date.component.get("RECURRENCE-ID")
    if written is None or not 1 < len(bases) <= _MAX_SERIES_PER_UID:
        return 0
    for index, base in enumerate(bases):
        if (series := base.event.series) is not None:
            with suppress(BadFile):
                at = planned_for_date(parse_date_time(written), series, date.zones)
                if instants_held(series, [at]):
                    return index
    return 0


def _with_changes(event: CalendarEvent, found: ChangedDates) -> CalendarEvent:
    """Return an event with the dates that belong to it."""
    event = replace(
        _with_notes(event, tuple(found.notes)),
        parts=event.parts - len(found.strays),
        shifts=tuple(found.shifts.values()),
    )
    if found.cut_at is not None and event.series is not None:
        series = cut_series(event.series, found.cut_at)
        shifts = tuple(one for one in event.shifts if one.planned_for < found.cut_at)
        event = replace(
            event, series=series or event.series, shifts=shifts, is_cancelled=series is None
        )
    return event


def _with_notes(event: CalendarEvent, notes: tuple[Finding, ...]) -> CalendarEvent:
    return replace(event, notes=(*event.notes, *notes))


def _with_unread(event: CalendarEvent, *unread: Finding) -> CalendarEvent:
    return replace(event, problem=unread[0] if unread else None, unread=unread)


def _codes(part: EventPart, known: Collection[str]) -> tuple[str, ...]:
    try:
        return part.codes(known)
    except BadFile:
        return ()


def _all(problem: Finding | None) -> tuple[Finding, ...]:
    return () if problem is None else (problem,)
