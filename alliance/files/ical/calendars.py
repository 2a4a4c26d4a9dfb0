"""Parse a calendar file into sessions and absences, without any of its text.

Summary and description are only searched for codes. The result contains codes, times and rules,
and a keyed hash instead of each event's identifier.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from alliance.errors import Refusal
from alliance.files.charsets import WESTERN
from alliance.files.findings import BadFile, Finding, list_lines
from alliance.files.ical.components import Component, ParsedComponents, parse_components
from alliance.files.ical.event_parts import EventPart
from alliance.files.ical.events import EventReader, KeyHasher, parts_of
from alliance.files.ical.ical_bytes import CalendarText, split_calendar
from alliance.files.ical.whole_days import is_all_day_flag
from alliance.files.parsed_calendar import ParsedCalendar

FIELDS = {
    "VCALENDAR": frozenset({"METHOD", "NAME", "X-WR-CALNAME", "X-WR-RELCALID", "X-WR-TIMEZONE"}),
    "VEVENT": frozenset(
        {
            *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"),
            *("RECURRENCE-ID", "SEQUENCE", "STATUS"),
            *("SUMMARY", "DESCRIPTION", "CATEGORIES", "X-ATTUNE-CODE"),
        }
    ),
    "VTIMEZONE": frozenset({"TZID", "X-LIC-LOCATION"}),
    "STANDARD": frozenset({"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}),
    "DAYLIGHT": frozenset({"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}),
}
"""The components and properties that are read; alarms, attendees and attachments are not."""


def read_calendar(
    text: str | CalendarText,
    *,
    name: str,
    known: Collection[str],
    site_zone: str,
    hash_key: KeyHasher,
    now: datetime,
) -> ParsedCalendar:
    """Parse a calendar file.

    Args:
        text: The file.
        name: Its name; identifies the calendar if nothing in the file does.
        known: The codes of all people and groups.
        site_zone: IANA name; used if the file names no zone.
        hash_key: Hashes identifiers to keys.
        now: Aware; time zones defined in the file are compared from here on.

    Raises:
        BadFile: Nothing in the file can be used.
        Refusal: It contains no calendar or no events.
    """
    decoded = split_calendar(text) if isinstance(text, str) else text
    parsed = parse_components(decoded.lines, _is_wanted)
    if not parsed.calendars:
        raise Refusal("file.no_calendar")
    errors = tuple(Finding(line, "calendar.breaks_off") for line in parsed.cut_off_at)
    parts: list[EventPart] = []
    for component in parsed.calendars:
        parts += parts_of(component, site_zone=site_zone, now=now)
    if not parts and not errors:
        raise Refusal("file.no_events")
    events, replaced = EventReader(frozenset(known), hash_key).read(parts)
    key = hash_key(f"calendar {_identity(parsed.calendars, name)}")
    notes = _notes_on_lines(decoded, parsed)
    calendar = ParsedCalendar(key, events, len(parts), replaced, errors, notes)
    if errors and not calendar.counts.understood:
        raise BadFile(*errors, counts=calendar.counts)
    return calendar


def _is_wanted(component: str, name: str) -> bool:
    if component == "VEVENT" and is_all_day_flag(name):
        return True
    return component in FIELDS and (not name or name in FIELDS[component])


def _identity(calendars: Sequence[Component], name: str) -> str:
    for field in ("X-WR-RELCALID", "X-WR-CALNAME", "NAME"):
        for calendar in calendars:
            found = calendar.get(field)
            if found is not None and found.value.strip():
                return found.value.strip()
    return name


def _notes_on_lines(decoded: CalendarText, parsed: ParsedComponents) -> tuple[Finding, ...]:
    """Return the notes on lines that were left out, or of which characters were."""
    notes = []
    if decoded.charset not in {None, WESTERN}:
        notes.append(Finding(0, "table.charset", {"charset": str(decoded.charset)}))
    for key, lines in (
        ("calendar.stray_lines", parsed.stray_lines),
        ("calendar.damaged", decoded.damaged),
    ):
        if lines:
            notes.append(Finding(lines[0], key, {"lines": list_lines(lines)}))
    return tuple(notes)
