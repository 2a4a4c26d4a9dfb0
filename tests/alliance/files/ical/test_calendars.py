"""Calendar files: what is read, and what is refused with a line and a reason."""

from datetime import UTC, date, datetime

import pytest

from alliance.errors import Refusal
from alliance.files.findings import BadFile
from alliance.files.ical.calendars import read_calendar
from alliance.files.parsed_calendar import AbsenceInFile, CalendarEvent, ParsedCalendar
from tests.alliance.files.ical.ical_text import calendar_text

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KNOWN = frozenset({"P-1", "P-2", "T-1", "G-1"})


def read(text: str, site_zone: str = "Europe/Berlin") -> ParsedCalendar:
    """Read a file; identifiers are not hashed, for readability."""
    return read_calendar(
        text,
        name="a.ics",
        known=KNOWN,
        site_zone=site_zone,
        hash_key=lambda identity: identity,
        now=NOW,
    )


def event(*lines: str, uid: str = "a") -> tuple[str, ...]:
    """Return the lines of an event."""
    return ("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT")


def only(*lines: str) -> CalendarEvent:
    """Read a calendar with one event whose own lines begin at line 7."""
    [found] = read(calendar_text(*event(*lines))).events
    return found


TUESDAY = "DTSTART;TZID=Europe/Berlin:20260303T140000"
WEEKLY = "RRULE:FREQ=WEEKLY"


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ((), "FREQ=WEEKLY;BYDAY=TU;COUNT=1"),
        ((WEEKLY,), "FREQ=WEEKLY;BYDAY=TU"),
        (("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,TU;WKST=MO",),
         "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH"),
        (("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU",), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        (("RRULE:FREQ=MONTHLY;BYDAY=1TU",), "FREQ=MONTHLY;BYDAY=1TU"),
        (("RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1",), "FREQ=MONTHLY;BYDAY=1TU"),
        (("RRULE:FREQ=WEEKLY;COUNT=10",), "FREQ=WEEKLY;BYDAY=TU;COUNT=10"),
        (("RRULE:FREQ=WEEKLY;UNTIL=20260331",), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260331"),
        (("RRULE:FREQ=WEEKLY;UNTIL=20260331T120000Z",), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260331"),
        (("RRULE:FREQ=WEEKLY;UNTIL=20260331T115900Z",), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260330"),
        (("RRULE:FREQ=WEEKLY;UNTIL=20260331T135959",), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260330"),
    ],
)  # fmt: skip
def test_repetitions_that_are_kept(lines: tuple[str, ...], rule: str) -> None:
    """Weekly and monthly by weekday, as several programs write them, with a local last day."""
    found = only(TUESDAY, *lines)

    assert found.problem is None
    assert found.series is not None
    assert found.series.rule == rule


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("RRULE:FREQ=SECONDLY", "calendar.too_often"),
        ("RRULE:FREQ=MINUTELY;COUNT=5", "calendar.too_often"),
        ("RRULE:FREQ=HOURLY", "calendar.too_often"),
        ("RRULE:FREQ=DAILY", "calendar.daily"),
        ("RRULE:FREQ=YEARLY", "calendar.rule"),
        ("RRULE:FREQ=MONTHLY", "calendar.rule"),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=3", "calendar.rule"),
        ("RRULE:FREQ=MONTHLY;BYDAY=TU,WE;BYSETPOS=1", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;BYDAY=2TU", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=0", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=99999999999", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;COUNT=99999", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;UNTIL=soon", "calendar.rule"),
        ("RRULE:FREQ=WEEKLY;BYDAY=WE", "calendar.first_day"),
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU", "calendar.first_day"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU", "calendar.week_begins"),
        ("RDATE:20260305T140000", "calendar.extra_dates"),
        ("EXRULE:FREQ=WEEKLY", "calendar.extra_dates"),
        ("DTEND;TZID=Europe/Berlin:20260303T130000", "calendar.ends_before"),
        ("DTEND;TZID=Europe/Berlin:20260305T130000", "calendar.too_long"),
        ("DURATION:PT2M", "calendar.too_short"),
        ("DURATION:soon", "calendar.bad_length"),
        ("DTEND:tomorrow", "calendar.bad_time"),
        ("X-ATTUNE-CODE:P-99", "calendar.unknown_code"),
    ],
)
def test_what_cannot_be_kept_is_told_with_its_line(line: str, key: str) -> None:
    """Nothing is guessed or expanded; the finding names the wrong line."""
    found = only(TUESDAY, line)

    assert found.problem is not None
    assert (found.problem.key, found.problem.line) == (key, 8)


@pytest.mark.parametrize(
    ("start", "key"),
    [
        ("DTSTART:20260303", "calendar.away"),
        ("DTSTART:20261303T140000", "calendar.bad_time"),
        ("DTSTART:20260303T140000,20260304T140000", "calendar.bad_time"),
        ("DTSTART:15000101T000000", "calendar.year"),
        ("DTSTART;TZID=Middle Earth:20260303T140000", "calendar.zone"),
        ("DTSTART;TZID=localtime:20260303T140000", "calendar.zone"),
        ("DTSTART:20260303T140030", "calendar.seconds"),
        ("DESCRIPTION:no start", "calendar.no_start"),
    ],
)
def test_beginnings_that_cannot_be_kept(start: str, key: str) -> None:
    """An event needs a start in a valid year and zone, at a full minute."""
    found = only(start, "DTEND:20250101")

    assert found.problem is not None
    assert found.problem.key == key


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ((), 1, 1),
        (("DTEND;VALUE=DATE:20260408",), 1, 7),
        (("DTEND;VALUE=DATE:20260401",), 1, 1),
        (("DURATION:P2D",), 1, 2),
        (("DTEND:20260402T120000",), 1, 2),
    ],
)
def test_whole_days_are_absences(lines: tuple[str, ...], first: int, last: int) -> None:
    """The end is the day after the last."""
    found = only("DTSTART;VALUE=DATE:20260401", "SUMMARY:T-1 away", *lines)

    assert found.away == AbsenceInFile(date(2026, 4, first), date(2026, 4, last))
    assert found.codes == ("T-1",)


def test_whole_days_that_repeat_are_refused() -> None:
    """Birthdays, for example."""
    found = only("DTSTART;VALUE=DATE:20260401", "RRULE:FREQ=YEARLY")

    assert found.problem is not None
    assert found.problem.key == "calendar.repeated_days"


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (("SUMMARY:Therapy P-1",), ("P-1",)),
        (("SUMMARY:Anna Smith", "DESCRIPTION:code p-1\\nsee notes"), ("P-1",)),
        (("CATEGORIES:Red,P-2", "SUMMARY:P-1"), ("P-2",)),
        (("X-ATTUNE-CODE:p-1", "SUMMARY:P-2"), ("P-1",)),
        (("SUMMARY:P-1 and P-2",), ("P-1", "P-2")),
        (("SUMMARY:Ther", " apy P-1"), ("P-1",)),
        (("BEGIN:VALARM", "DESCRIPTION:P-1", "END:VALARM"), ()),
        (("ATTENDEE;CN=P-1:mailto:p-1@example.org",), ()),
    ],
)
def test_codes_stand_in_four_fields(lines: tuple[str, ...], codes: tuple[str, ...]) -> None:
    """Our own field first, then categories, summary, description; never alarms or people."""
    assert only(TUESDAY, *lines).codes == codes


def test_no_word_of_the_file_is_kept() -> None:
    """Summaries, identifiers and the calendar's name contain names; none is stored."""
    text = calendar_text(
        *event(TUESDAY, WEEKLY, "SUMMARY:P-1 Gertrude", "DESCRIPTION:Gertrude", uid="gertrude"),
        *event("RECURRENCE-ID;TZID=Europe/Berlin:20260310T140000", "SUMMARY:Gertrude",
               "DTSTART;TZID=Europe/Berlin:20260311T140000", uid="gertrude"),
        *event("DTSTART:20260303T140000", "RRULE:FREQ=GERTRUDE", uid="gertrude2"),
        name="Gertrude",
    )  # fmt: skip
    found = read_calendar(
        text,
        name="Gertrude.ics",
        known=KNOWN,
        site_zone="UTC",
        hash_key=lambda identity: str(len(identity)),
        now=NOW,
    )

    assert "gertrude" not in repr(found).lower()


def test_the_newest_of_two_with_one_identity_counts() -> None:
    """Merged calendars contain events twice."""
    text = calendar_text(
        *event(TUESDAY, "SEQUENCE:3", "SUMMARY:P-1"),
        *event(TUESDAY, "SEQUENCE:2", "SUMMARY:P-2"),
    )
    [found] = read(text).events

    assert (found.codes, found.sequence) == (("P-1",), 3)


@pytest.mark.parametrize(
    ("lines", "cancelled"),
    [(("STATUS:CANCELLED",), True), (("STATUS:TENTATIVE",), False), ((), False)],
)
def test_cancelled_events(lines: tuple[str, ...], cancelled: bool) -> None:
    """By their status."""
    assert only(TUESDAY, WEEKLY, *lines).is_cancelled is cancelled


def test_a_cancelling_file_cancels_all_of_it() -> None:
    """Invitations use METHOD:CANCEL."""
    [found] = read(calendar_text("METHOD:CANCEL", *event(TUESDAY, WEEKLY))).events
    assert found.is_cancelled


def test_a_changed_date_outside_of_its_series_stands_alone() -> None:
    """Calendar apps show it, so it is a session, with another key than the series."""
    rid = "RECURRENCE-ID;TZID=Europe/Berlin:20260311T140000"
    text = calendar_text(
        *event(TUESDAY, WEEKLY, "SUMMARY:P-1", "DURATION:PT50M"),
        *event(rid, "DTSTART;TZID=Europe/Berlin:20260312T150000"),
    )
    series, alone = read(text).events

    assert series.shifts == ()
    assert alone.series is not None
    assert (alone.series.rule, alone.series.minutes) == ("FREQ=WEEKLY;BYDAY=TH;COUNT=1", 50)
    assert (alone.codes, alone.key != series.key) == (("P-1",), True)


def test_this_and_following_is_refused() -> None:
    """A change of all following sessions cannot be stored as one date."""
    text = calendar_text(
        *event(TUESDAY, WEEKLY),
        *event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260310T130000Z", TUESDAY),
    )
    [found] = read(text).events

    assert found.problem is not None
    assert found.problem.key == "calendar.this_and_following"


def test_far_too_many_events() -> None:
    """The finding says from where on."""
    with pytest.raises(BadFile) as refused:
        read(calendar_text(*("BEGIN:VEVENT", "END:VEVENT") * 5_000))

    [finding] = refused.value.findings
    assert (finding.key, finding.line) == ("calendar.too_many", 10_003)


def test_a_file_that_breaks_off() -> None:
    """An interrupted download."""
    with pytest.raises(BadFile) as refused:
        read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n")
    assert refused.value.findings[0].key == "calendar.breaks_off"


@pytest.mark.parametrize(
    ("text", "key"),
    [("BEGIN:VCARD\nEND:VCARD\n", "file.no_calendar"), (calendar_text(), "file.no_events")],
)
def test_files_without_events(text: str, key: str) -> None:
    """Address books, and empty calendars."""
    with pytest.raises(Refusal) as refused:
        read(text)
    assert refused.value.key == key
