"""Events of a calendar: sessions, whole days, and dates that were moved or called off."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alliance.calendar.timing import instant, zone_named
from alliance.files.findings import Finding, Unfit, unfit
from alliance.files.ical.date_times import Moment, in_range, moment, moments
from alliance.files.ical.durations import away_of, minutes_of
from alliance.files.ical.ical_lines import Component, Property
from alliance.files.ical.recurrence_rules import instants_held, once, rule_of
from alliance.files.ical.zones import Clocks
from alliance.files.parsed_calendar import Event, Series, Shift
from alliance.people.codes import codes_in

MOST_SHIFTS = 500
"""Changed dates of one series: ten years of every second one."""

_LARGEST_SEQUENCE = 2**31 - 1

Hashed = Callable[[str], str]
"""Makes of an identity in a file the key that is kept; the identity may hold a name."""


def read_events(
    calendar: Component,
    *,
    known: Collection[str],
    site_zone: str,
    hashed: Hashed,
    now: datetime,
) -> Iterator[Event]:
    """Yield the events of one calendar; components that share a UID are one.

    A changed date that its series does not hold is an event of its own, as calendars show it.
    """
    reader = _Reader(Clocks(calendar, site_zone=site_zone, now=now), frozenset(known), hashed)
    method = calendar.of("METHOD")
    called_off = method is not None and method.value.strip().upper() == "CANCEL"
    together: dict[str, list[Component]] = {}
    for event in calendar.parts("VEVENT"):
        uid = event.of("UID")
        name = "" if uid is None else uid.value.strip()
        together.setdefault(name or f"\0{event.line}", []).append(event)
    for name, parts in together.items():
        uid_or_none = "" if name.startswith("\0") else name
        yield from reader.events(uid_or_none, parts, called_off=called_off)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the events of one calendar."""

    clocks: Clocks
    known: frozenset[str]
    hashed: Hashed

    def events(self, uid: str, parts: Sequence[Component], *, called_off: bool) -> Iterator[Event]:
        """Yield what the parts of one UID say."""
        dates = [one for one in parts if one.of("RECURRENCE-ID") is not None]
        main = _newest([one for one in parts if one.of("RECURRENCE-ID") is None])
        shown = main or dates[0]
        key = self.hashed(f"event {uid}") if uid else ""
        bare = Event(shown.line, key, (), _sequence(shown))
        try:
            bare = replace(bare, codes=self._codes(shown))
            if not uid:
                raise unfit(shown.line, "calendar.no_uid")
            if main is None:
                shifts = [self._shift(date, None) for date in dates]
                yield replace(bare, shifts=tuple(shifts))
            else:
                whole, strays = self._whole(bare, main, dates, called_off=called_off)
                yield whole
                yield from strays
        except Unfit as refused:
            yield replace(bare, problem=refused.findings[0])

    def _codes(self, event: Component) -> tuple[str, ...]:
        """Return the codes of the first field that names any; our own field comes first."""
        said = event.of("X-ATTUNE-CODE")
        if said is not None:
            code = said.value.strip().upper()
            if code not in self.known:
                raise unfit(said.line, "calendar.unknown_code")
            return (code,)
        for name in ("CATEGORIES", "SUMMARY", "DESCRIPTION"):
            text = " ".join(one.value for one in event.all_of(name))
            if found := codes_in(text, self.known):
                return found
        return ()

    def _whole(
        self, bare: Event, main: Component, dates: Sequence[Component], *, called_off: bool
    ) -> tuple[Event, Sequence[Event]]:
        """Return one event, and the changed dates that it does not hold, each on its own."""
        bare = replace(bare, is_cancelled=called_off or _is_cancelled(main))
        start = in_range(moment(_needed(main, "DTSTART")))
        if start.is_day:
            return replace(bare, away=away_of(main, start)), ()
        series, notes = self._series(main, start)
        bare = replace(bare, series=series, notes=notes)
        if bare.is_cancelled:
            return bare, ()
        shifts, strays = self._shifts(main, dates, series)
        if len(shifts) + len(strays) > MOST_SHIFTS:
            raise unfit(main.line, "calendar.too_many_dates", most=str(MOST_SHIFTS))
        alone = [self._alone(bare, series, stray) for stray in strays]
        return replace(bare, shifts=tuple(shifts)), alone

    def _series(self, main: Component, start: Moment) -> tuple[Series, tuple[Finding, ...]]:
        found = main.of("RRULE")
        for extra in (*main.all_of("RDATE"), *main.all_of("EXRULE")):
            if extra.name == "EXRULE" or [at.local for at in moments(extra)] != [start.local]:
                raise unfit(extra.line, "calendar.extra_dates")
        repeats = found is not None
        zone = "UTC" if start.is_utc and repeats else self.clocks.zone_of(start)
        starts_at = self._begin(start)
        local = start.local
        if start.is_utc:
            local = starts_at.astimezone(zone_named(zone)).replace(tzinfo=None)
        rule = once(local) if found is None else rule_of(found, first=local, zone=zone)
        minutes = minutes_of(main, start, starts_at, self.clocks)
        note = self.clocks.note_on(start, zone, repeats=repeats)
        series = Series(rule.text(), local.date(), local.time(), zone, minutes)
        return series, () if note is None else (note,)

    def _begin(self, start: Moment, usual: str | None = None) -> datetime:
        if start.local.second:
            raise unfit(start.line, "calendar.seconds")
        return self.clocks.instant_of(start, usual=usual)

    def _shifts(
        self, main: Component, dates: Sequence[Component], series: Series
    ) -> tuple[list[Shift], list[Shift]]:
        """Return the dates that are called off or elsewhere, and those the series lacks."""
        gone: dict[datetime, Shift] = {}
        for found in main.all_of("EXDATE"):
            for at in moments(found):
                planned_for = self._planned_for(at, series)
                gone[planned_for] = Shift(found.line, planned_for, None, None, _sequence(main))
        changed: dict[datetime, Shift] = {}
        for date in dates:
            shift = self._shift(date, series)
            kept = changed.get(shift.planned_for)
            if kept is None or shift.sequence >= kept.sequence:
                changed[shift.planned_for] = shift
        both = {**changed, **gone}  # a date that is called off is off, wherever it was moved
        there = instants_held(series, both)
        shifts = [both[at] for at in sorted(there)]
        strays = [shift for at, shift in changed.items() if at not in there]
        return shifts, [shift for shift in strays if shift.starts_at is not None]

    def _shift(self, date: Component, series: Series | None) -> Shift:
        said = _needed(date, "RECURRENCE-ID")
        if "RANGE" in said.params:
            raise unfit(said.line, "calendar.this_and_following")
        planned_for = self._planned_for(moment(said), series)
        sequence = _sequence(date)
        if _is_cancelled(date):
            return Shift(date.line, planned_for, None, None, sequence)
        start = in_range(moment(_needed(date, "DTSTART")))
        if start.is_day:
            raise unfit(start.line, "calendar.moved_to_day")
        starts_at = self._begin(start, None if series is None else series.zone)
        minutes = minutes_of(date, start, starts_at, self.clocks)
        return Shift(date.line, planned_for, starts_at, minutes, sequence)

    def _planned_for(self, at: Moment, series: Series | None) -> datetime:
        """Return the instant of a series that a date of it names."""
        in_range(at)
        if series is None:
            if at.is_day:
                raise unfit(at.line, "calendar.no_series")
            return self.clocks.instant_of(at)
        if at.is_day:
            return instant(at.local.date(), series.wall_time, zone_named(series.zone))
        return self.clocks.instant_of(at, usual=series.zone)

    def _alone(self, whole: Event, series: Series, stray: Shift) -> Event:
        """Return a changed date as an event of its own."""
        at = stray.starts_at or stray.planned_for
        local = at.astimezone(zone_named(series.zone)).replace(tzinfo=None)
        minutes = stray.minutes or series.minutes
        rule = once(local).text()
        return Event(
            stray.line,
            self.hashed(f"date {whole.key} {stray.planned_for.isoformat()}"),
            whole.codes,
            stray.sequence,
            series=Series(rule, local.date(), local.time(), series.zone, minutes),
        )


def _newest(parts: Sequence[Component]) -> Component | None:
    """Return the part that counts: the later change, and of equals the later line."""
    newest = None
    for part in parts:
        if newest is None or _sequence(part) >= _sequence(newest):
            newest = part
    return newest


def _needed(event: Component, name: str) -> Property:
    found = event.of(name)
    if found is None:
        raise unfit(event.line, "calendar.no_start")
    return found


def _sequence(event: Component) -> int:
    said = event.of("SEQUENCE")
    text = "" if said is None else said.value.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return 0
    return min(int(text), _LARGEST_SEQUENCE)


def _is_cancelled(event: Component) -> bool:
    said = event.of("STATUS")
    return said is not None and said.value.strip().upper() == "CANCELLED"
