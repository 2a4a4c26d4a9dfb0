"""Calendars with damaged bytes and lines: the rest is read, the damage is named (case 09)."""

from datetime import time

import pytest

from alliance.errors import Refusal
from alliance.files.findings import BadFile
from alliance.files.ical.ical_bytes import decode_calendar
from tests.alliance.files.ical.calendar_files import (
    WEEKLY,
    case,
    draft_of,
    dry_run_of,
    event,
    first_of,
    keys_of,
    session,
)
from tests.alliance.files.ical.ical_text import calendar_text

OURS = session("20260303", WEEKLY)
PRIVATE = ("SUMMARY:dentist", "DTSTART:20260305T090000Z", "DTEND:20260305T093000Z")


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("c01-folded-in-a-character.ics", []),
        ("c01b-folded-in-an-umlaut.ics", []),
        ("c02-control-character.ics", [(14, "calendar.damaged")]),
        ("c18a-joined-with-marks.ics", []),
        ("c18b-two-marks.ics", []),
        ("c20a-raw-lines.ics", [(18, "calendar.stray_lines")]),
        ("c20b-raw-line-end.ics", [(18, "calendar.stray_lines")]),
        ("c20c-broken-private-line.ics", []),
    ],
)
def test_our_own_event_is_read(name: str, notes: list[tuple[int, str]]) -> None:
    """Case 09: P-1's series is read, as if nothing were damaged."""
    run = dry_run_of(case(name))
    series = first_of(case(name)).series

    assert series is not None
    assert (series.rule, series.wall_time) == ("FREQ=WEEKLY;BYDAY=TU", time(14))
    assert (keys_of(run), run.errors) == (notes, ())
    assert not draft_of(case(name)).is_guessed


def test_both_joined_calendars_are_read() -> None:
    """Case 09: each begins with its own byte order mark."""
    assert first_of(case("c18a-joined-with-marks.ics"), "P-2").series is not None


@pytest.mark.parametrize("text", ["Zürich", "“sehr”", "日本", "🙂🙂", "a\u0308"])
def test_a_text_folded_at_any_byte(text: str) -> None:
    """Bytes are unfolded before they are decoded, and line numbers stay right."""
    content = f"DESCRIPTION:{text}".encode()
    whole = calendar_text(*OURS).encode()
    for place in range(13, len(content)):
        folded = content[:place] + b"\r\n " + content[place:]
        damaged = whole.replace(b"RRULE", folded + b"\r\nRRULE")
        decoded = decode_calendar(damaged)

        assert (decoded.charset, decoded.damaged) == (None, ())
        assert text in "".join(decoded.lines).replace(" ", "")
        assert first_of(damaged).series is not None


def test_a_character_folded_at_each_of_its_bytes() -> None:
    """Four bytes on four lines."""
    content = b"\r\n ".join(bytes([byte]) for byte in "🙂".encode())
    text = calendar_text(*OURS).encode().replace(b"RRULE", b"DESCRIPTION:" + content + b"\r\nRRULE")
    assert "DESCRIPTION:🙂" in decode_calendar(text).lines


@pytest.mark.parametrize("byte", [b"\x00", b"\x07", b"\x15", b"\x1f", b"\x7f"])
@pytest.mark.parametrize("line", ["SUMMARY:dentist", "UID:b", "X-NOTE:x"])
def test_control_characters(byte: bytes, line: str) -> None:
    """They are left out, and their line is named."""
    text = calendar_text(*OURS, *event(line, *PRIVATE, uid="b")).encode()
    damaged = text.replace(line.encode(), line.encode() + byte)
    run = dry_run_of(damaged)

    assert (len(run.changes), run.errors) == (1, ())
    assert {key for _, key in keys_of(run)} == {"calendar.damaged"}


def test_a_control_character_in_our_own_event() -> None:
    """The code beside it is still found."""
    text = calendar_text(*OURS).replace("SUMMARY:P-1", "SUMMARY:\x0eP-1\x0f")
    assert first_of(text).series is not None


def test_a_broken_byte_among_good_ones() -> None:
    """The file is UTF-8 all the same, and only that line is named."""
    text = calendar_text(*OURS, *event(*PRIVATE, "LOCATION:Zürich – Köln", uid="b")).encode()
    damaged = text.replace(b"dentist", b"d\xe9ntist")
    run = dry_run_of(damaged)

    assert not draft_of(damaged).is_guessed
    assert keys_of(run) == [(14, "calendar.damaged")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_any_form(encoding: str) -> None:
    """With and without a byte order mark."""
    content = calendar_text(*OURS).encode(encoding)
    assert first_of(content).series is not None


@pytest.mark.parametrize(
    "between", ["\ufeff", "\ufeff\ufeff", "", "\r\n", "\r\n\ufeff\r\n", " \ufeff", "\n\n\n"]
)
def test_joined_calendars(between: str) -> None:
    """With marks in between, or without a line end."""
    second = calendar_text(*session("20260305", WEEKLY, uid="b", code="P-2"))
    text = calendar_text(*OURS).rstrip() + between + second

    assert len(dry_run_of(text.encode()).changes) == 2


@pytest.mark.parametrize("end", ["\n", "\r", "\r\r\n", "\r\n\r\n", "\n\n"])
def test_line_ends(end: str) -> None:
    """Of all systems, doubled, and with empty lines; folded lines stay together."""
    text = calendar_text(*session("20260303", "RRULE:FREQ=WEE", " KLY")).replace("\r\n", end)
    series = first_of(text).series

    assert series is not None
    assert series.rule == "FREQ=WEEKLY;BYDAY=TU"


@pytest.mark.parametrize(
    "lines",
    [
        ("Begin: 09:00", "End: 09:30"),
        ("END: 09:30",),
        ("END:0930",),
        ("BEGIN:work", "and more"),
        ("Begin:Arbeit", "Ende:Feierabend"),
        ("", "Status: cancelled", "Summary: P-2"),
        ("- bread", "- butter"),
        ("Tel. 030 123",),
        ("END:VALARM",),
    ],
)
def test_text_with_stray_line_ends(lines: tuple[str, ...]) -> None:
    """Lines that look like lines of the calendar change nothing, in our own events, too."""
    text = calendar_text(*session("20260303", WEEKLY, "DESCRIPTION:Plan", *lines), *event(*PRIVATE))
    run = dry_run_of(text)

    assert (len(run.changes), run.errors) == (1, ())
    assert {key for _, key in keys_of(run)} == {"calendar.stray_lines"}


@pytest.mark.parametrize(
    "line",
    [
        "SUMMARY;LANGUAGE:team day",
        "SUMMARY",
        "SUMMARY;:x",
        'DESCRIPTION;ALTREP=x"y:z',
        "ATTENDEE;CN:x",
        ";;;",
    ],
)
def test_broken_lines_with_text(line: str) -> None:
    """They concern nobody's times; the events are read."""
    text = calendar_text(*session("20260303", WEEKLY, line), *event(line, *PRIVATE[1:], uid="b"))
    assert first_of(text).problem is None


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("RRULE;X:FREQ=WEEKLY", "calendar.bad_line"),
        ("DTSTART;TZID:20260303T140000", "calendar.bad_line"),
        ("STATUS", "calendar.bad_line"),
        ("DTSTART:2026-03-03T14:00:00", "calendar.bad_time"),
    ],
)
def test_a_broken_line_that_matters_is_named(line: str, key: str) -> None:
    """Of ours it is an error; of a private event it is not, and the others are read."""
    start: tuple[str, ...] = ("DTSTART;TZID=Europe/Berlin:20260303T140000",)
    start = () if line.startswith("DTSTART") else start
    broken = event("SUMMARY:P-2", line, *start, uid="b")
    private = event("SUMMARY:x", line, *start, uid="c")

    ours, theirs = (dry_run_of(calendar_text(*OURS, *one)) for one in (broken, private))

    assert [(one.line, one.key) for one in ours.errors] == [(15, key)]
    assert (theirs.errors, [one.key for one in theirs.unread]) == ((), [key])
    assert len(theirs.changes) == 1


def test_an_event_without_its_end_is_named() -> None:
    """The events around it are read."""
    text = calendar_text(*event("SUMMARY:P-2", uid="b")[:-1], *OURS)
    run = dry_run_of(text)

    assert keys_of(run) == [(5, "calendar.no_end")]
    assert [change.line for change in run.changes] == [8]


def test_an_alarm_without_its_end_is_named() -> None:
    """What follows in its event would be taken for the alarm's."""
    text = calendar_text(*session("20260303", "BEGIN:VALARM", "TRIGGER:-PT5M"))
    assert keys_of(dry_run_of(text)) == [(5, "calendar.no_end")]


def test_a_file_that_breaks_off_cannot_be_applied() -> None:
    """What was read is shown; what came after is unknown, so nothing is missing either."""
    text = calendar_text(*OURS, *event(*PRIVATE, uid="b")).removesuffix("END:VCALENDAR\r\n")
    run = dry_run_of(text)

    assert [(one.line, one.key) for one in run.errors] == [(17, "calendar.breaks_off")]
    assert [change.line for change in run.changes] == [5]


def test_a_file_of_which_nothing_can_be_read() -> None:
    """There is no draft then."""
    with pytest.raises(BadFile) as refused:
        draft_of("BEGIN:VCALENDAR\nBEGIN:VEVENT\n")
    assert [one.key for one in refused.value.findings] == ["calendar.breaks_off"]


def test_an_event_behind_its_calendar_is_read() -> None:
    """A program added it at the end of the file."""
    text = calendar_text(*OURS) + "\r\n".join(session("20260305", uid="b", code="P-2"))
    assert len(dry_run_of(text).changes) == 2


def test_words_before_the_calendar() -> None:
    """A file that is called a calendar and has one further down; its first lines are named."""
    run = dry_run_of("HTTP/1.1 200 OK\nServer: x\n\n" + calendar_text(*OURS))
    assert keys_of(run) == [(1, "calendar.stray_lines")]


def test_small_letters() -> None:
    """A whole file in small letters is read; only in others are they taken for text."""
    text = calendar_text(*OURS)
    small = text.lower()
    assert first_of(small).series is not None


def test_what_is_no_calendar_stays_none() -> None:
    """A picture that is called one."""
    with pytest.raises(Refusal):
        draft_of(b"\x89PNG\r\n\x1a\n\x00\x01BEGIN:VCALENDAR\n")
