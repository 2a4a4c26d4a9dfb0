"""Template files; uploading them unchanged changes nothing."""

from alliance.files.tables.csv_export import csv_file
from alliance.files.tables.rows import COLUMNS

_ROWS = (
    ("# a patient, their therapist, and when they meet",),
    ("# patient", "P-017", "T-02", "", "Tue", "", "14:00", "{zone}", "50", "20"),
    ("# every second week on two days, ten sessions in all",),
    ("# patient", "P-018", "T-02", "", "Mon Thu", "2 weeks", "9:30", "", "", "", "", "", "", "10"),
    ("# a therapist, a group, its members and its leader",),
    ("# therapist", "T-02"),
    ("# group", "G-1", "", "", "2nd Tue", "", "18:00", "{zone}", "90"),
    ("# member", "P-017", "", "G-1"),
    ("# leader", "T-02", "", "G-1"),
    ("# an absence, with a therapist who covers",),
    (
        *("# absence", "T-02", "", "", "", "", "", "", "", "", ""),
        *("2026-08-03", "2026-08-21", "", "T-05"),
    ),
)

_CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//attune//template//EN
X-WR-CALNAME:Template
BEGIN:VEVENT
UID:template-session@attune
DTSTAMP:20260101T000000Z
SUMMARY:the patient's code, e.g. P-017
DTSTART;TZID={zone}:20260106T140000
DTEND;TZID={zone}:20260106T145000
RRULE:FREQ=WEEKLY;BYDAY=TU
END:VEVENT
BEGIN:VEVENT
UID:template-absence@attune
DTSTAMP:20260101T000000Z
SUMMARY:the code of who is away, e.g. T-02
DTSTART;VALUE=DATE:20260803
DTEND;VALUE=DATE:20260822
END:VEVENT
END:VCALENDAR
"""


def table_template(zone: str) -> bytes:
    """Return a table with its header and commented-out examples."""
    rows = [[cell.format(zone=zone) for cell in row] for row in _ROWS]
    return csv_file([COLUMNS, *rows])


def calendar_template(zone: str) -> bytes:
    """Return a calendar with one series and one absence."""
    return _CALENDAR.format(zone=zone).replace("\n", "\r\n").encode()
