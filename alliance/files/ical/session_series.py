"""The sessions of an event: when they start, how they repeat, and how long they last."""

from alliance.calendar.timing import zone_named
from alliance.files.findings import Finding, error_at
from alliance.files.ical.changed_dates import start_instant
from alliance.files.ical.date_times import FileDateTime, parse_date_times
from alliance.files.ical.durations import minutes_of
from alliance.files.ical.event_parts import EventPart
from alliance.files.ical.recurrence_rules import rule_of, single_session_rule
from alliance.files.parsed_calendar import Series


def read_series(
    part: EventPart, start: FileDateTime, written: FileDateTime
) -> tuple[Series, tuple[Finding, ...]]:
    """Return the sessions of an event.

    Args:
        part: The event.
        start: Its start; in UTC if that is its zone.
        written: The same, with the zone as written.
    """
    event, zones = part.component, part.zones
    for extra in (*event.get_all("RDATE"), *event.get_all("EXRULE")):
        if extra.name == "EXRULE" or [at.local for at in parse_date_times(extra)] != [start.local]:
            raise error_at(extra.line, "calendar.extra_dates")
    rules = event.get_all("RRULE")
    for other in rules[1:]:
        if other.value.strip().upper() != rules[0].value.strip().upper():
            raise error_at(other.line, "calendar.several_rules")
    zone = "UTC" if start.is_utc and rules else zones.zone_of(start)
    starts_at = start_instant(start, zones)
    local = start.local
    if start.is_utc:
        local = starts_at.astimezone(zone_named(zone)).replace(tzinfo=None)
    rule = rule_of(rules[0], first=local, zone=zone) if rules else single_session_rule(local)
    minutes = minutes_of(event, written, starts_at, zones)
    notes = zones.notes_on(written, zone, repeats=bool(rules))
    return Series(rule.text(), local.date(), local.time(), zone, minutes), tuple(notes)
