"""A calendar file: what its events say of sessions and absences, without a word of theirs.

Summary and description are looked through for codes while reading, and then gone: what is
returned holds codes, times and rules, and a keyed hash in place of each event's identity.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from alliance.errors import Refusal
from alliance.files.ical.events import Hashed, read_events
from alliance.files.ical.ical_lines import Component, components
from alliance.files.parsed_calendar import Calendar, Event

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
"""What is read of a calendar; alarms, attendees, notes and pictures are not."""


def read_calendar(
    text: str,
    *,
    name: str,
    known: Collection[str],
    site_zone: str,
    hashed: Hashed,
    now: datetime,
) -> Calendar:
    """Return what a calendar file says.

    Args:
        text: The file.
        name: Its name; stands for the calendar where that says nothing of itself.
        known: The codes of all people and groups.
        site_zone: IANA name; meant where the file names no zone.
        hashed: Makes the keys.
        now: Aware; zones that the file defines are understood from here on.

    Raises:
        Unfit: The file as a whole cannot be read; the finding says from which line on.
        Refusal: There is no calendar in it.
    """
    root = components(text, FIELDS)
    calendars = root.parts("VCALENDAR")
    if not calendars:
        raise Refusal("file.no_calendar")
    events: list[Event] = []
    for calendar in calendars:
        events += read_events(calendar, known=known, site_zone=site_zone, hashed=hashed, now=now)
    if not events:
        raise Refusal("file.no_events")
    return Calendar(hashed(f"calendar {_identity(calendars, name)}"), tuple(events))


def _identity(calendars: Sequence[Component], name: str) -> str:
    for field in ("X-WR-RELCALID", "X-WR-CALNAME", "NAME"):
        for calendar in calendars:
            said = calendar.of(field)
            if said is not None and said.value.strip():
                return said.value.strip()
    return name
