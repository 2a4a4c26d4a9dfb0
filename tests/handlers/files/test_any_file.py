"""Any file at all: screens that fit into a message, quickly, and never an error."""

import random
import re
import time
from datetime import UTC, date, datetime
from datetime import time as clock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance.calendar.timetable import SiteDefaults
from alliance.errors import Refusal
from alliance.files.current_state import CurrentGroup, CurrentPerson, CurrentPlan, CurrentState
from alliance.files.drafts import FileDraft, draft_from_json, draft_to_json, dry_run, read_file
from alliance.files.findings import BadFile
from alliance.files.parsed_calendar import Series
from alliance.files.tables.rows import COLUMNS
from alliance.files.tables.templates import calendar_template, table_template
from handlers.app.screen import Screen
from handlers.files.screens import FileContext, invalid_file, owner_choice
from handlers.files.screens import dry_run as dry_run_screen
from handlers.taps import MAX_BYTES
from handlers.texts import catalogue, languages, say
from tests.alliance.files.ical.ical_text import calendar_text
from tests.paths import ROOT

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MAX_SECONDS = 3.0
"""For one file on a busy machine; usually it takes a few milliseconds."""

CLINIC = CurrentState(
    {code: CurrentPerson(code, role) for code, role in (("P-1", "patient"), ("T-1", "therapist"))},
    {"G-1": CurrentGroup("G-1")},
    (
        CurrentPlan(
            "a", "P-1", Series("FREQ=WEEKLY;BYDAY=TU", date(2026, 3, 3), clock(14), "UTC", 50)
        ),
    ),
)
FILE_CONTEXT = FileContext("f" * 32, "en", SiteDefaults(), str)

PIECES = (
    *("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE"),
    *("END:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD", "BEGIN:VALARM", "END:VALARM"),
    *("UID:a", "UID:b", "UID:", "SUMMARY:P-1", "SUMMARY:G-1 P-1", "SUMMARY:T-1", "SUMMARY"),
    *("DTSTART:20260303T140000Z", "DTSTART:20260303", "DTSTART;TZID=Europe/Berlin:20260329T023000"),
    *("DTSTART;TZID=X:00010101T000000", "DTSTART:99991231T235959", "DTEND:20260303T150000Z"),
    *("DTEND:20260304", "DURATION:P999999999D", "DURATION:-PT5M", "DURATION:PT50M"),
    *("RRULE:FREQ=WEEKLY", "RRULE:FREQ=SECONDLY", "RRULE:FREQ=WEEKLY;INTERVAL=52;COUNT=1000"),
    *("RRULE:FREQ=MONTHLY;BYDAY=5MO;INTERVAL=12", "RRULE:FREQ=WEEKLY;UNTIL=99991231T000000Z"),
    *("RRULE:", "RRULE:;;;===", "EXDATE:20260310T140000Z", "EXDATE:20260310", "EXDATE:,,,"),
    *("RECURRENCE-ID:20260317T140000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260317T140000Z"),
    *("RDATE:20260303T140000Z", "SEQUENCE:99999999999", "SEQUENCE:-1", "STATUS:CANCELLED"),
    *("TZID:X", "TZOFFSETFROM:+0100", "TZOFFSETTO:+9999", "X-WR-TIMEZONE:Europe/Berlin"),
    *("X-ATTUNE-CODE:P-1", "X-ATTUNE-CODE:", "METHOD:CANCEL", " folded", "\t", "", ":", ";:", "X"),
    *("X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "DTSTART;VALUE=DATE:20260303T000000", "METHOD:REPLY"),
    *("DTSTART;TZID=GMT:20260303T140000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZID:GMT"),
    *("RRULE:FREQ=YEARLY;BYMONTHDAY=1,-1;BYSETPOS=2;COUNT=9", "RDATE:20260329T020000"),
    *("RECURRENCE-ID;VALUE=DATE:20260317", "EXDATE;VALUE=DATE:20260317T000000", "Begin: 9"),
    *("RECURRENCE-ID;RANGE=THISANDFUTURE:20260310T140000Z", "TZOFFSETTO:+0200", "BEGIN:work"),
    *("DTSTART:20260303T000000", "DTEND:20260303T240000", "DURATION:P1D", "SEQUENCE:2"),
)


def screens_of(content: bytes, name: str) -> list[Screen]:
    """Return the screens that a coordinator sees of a file, tap by tap."""
    try:
        draft = read_file(
            content,
            name=name,
            known=frozenset({"P-1", "T-1", "G-1"}),
            site_zone="Europe/Berlin",
            hash_key=lambda identity: f"{hash(identity):x}",
            now=NOW,
        )
    except Refusal as refused:
        return [Screen(say("en", refused.key, **refused.values))]
    except BadFile as bad_file:
        return [invalid_file("en", bad_file.findings)]
    assert draft_from_json(draft_to_json(draft)) == draft
    return _tap_through(draft)


def _tap_through(draft: FileDraft) -> list[Screen]:
    chosen: dict[str, str] = {}
    screens = []
    for _ in range(3):
        run = dry_run(
            draft,
            CLINIC,
            assigned={},
            chosen=chosen,
            ends_missing=False,
            now=NOW,
            default_minutes=50,
        )
        screens += [dry_run_screen(FILE_CONTEXT, run, chosen=chosen, page=page) for page in (0, 1)]
        if not run.open_events:
            break
        event = run.open_events[0]
        screens.append(
            owner_choice(FILE_CONTEXT, event, of=len(run.open_events), codes=["P-1", "G-1", "T-1"])
        )
        chosen[event.key] = "P-1"
    return screens


def fits(screen: Screen) -> bool:
    """Say whether a screen fits into a message."""
    buttons = [button for row in screen.rows for button in row]
    return 0 < len(screen.text) <= 4_096 and all(
        len(button.data.encode()) <= MAX_BYTES and button.label for button in buttons
    )


def check(content: bytes, name: str = "a.ics") -> None:
    """Read a file; it must be quick, and every screen must fit into a message."""
    started = time.process_time()
    screens = screens_of(content, name)
    assert time.process_time() - started < MAX_SECONDS
    assert screens
    assert all(fits(screen) for screen in screens)


unhurried = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(content=st.binary(max_size=2_000), name=st.sampled_from(("a.ics", "a.csv", "", "ü.txt")))
def test_any_bytes(content: bytes, name: str) -> None:
    """Random bytes."""
    check(content, name)


@unhurried
@given(lines=st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_lines_of_a_calendar(lines: list[str]) -> None:
    """Lines of calendars, in any order."""
    check(calendar_text(*lines).encode())
    check("\n".join(lines).encode())


@unhurried
@given(lines=st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_event(lines: list[str]) -> None:
    """Lines of events, in a complete calendar."""
    check(calendar_text("BEGIN:VEVENT", "UID:a", "SUMMARY:P-1", *lines, "END:VEVENT").encode())


@unhurried
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(("ics", "csv")))
def test_files_that_were_damaged_on_the_way(seed: int, kind: str) -> None:
    """Bytes of a good file were lost, repeated or changed."""
    chance = random.Random(seed)
    make = calendar_template if kind == "ics" else table_template
    content = bytearray(make("Europe/Berlin").replace(b"# ", b"").replace(b"P-017", b"P-1"))
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content[place] = chance.randrange(256)
            case 1:
                del content[place : place + chance.randint(1, 40)]
            case 2:
                content[place:place] = content[place : place + chance.randint(1, 40)]
            case _:
                content[place:place] = chance.choice((b"\n", b";", b'"', b"\0", b"=", b"99999999"))
        content = content or bytearray(b"x")
    check(bytes(content), f"a.{kind}")


@unhurried
@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=40), max_size=6), max_size=8
    )
)
def test_any_table(rows: list[dict[str, str]]) -> None:
    """Cells with any content."""
    cells = [[row.get(column, "").replace('"', "'") for column in COLUMNS] for row in rows]
    lines = [";".join(f'"{cell}"' for cell in row) for row in cells]
    check("\n".join([";".join(COLUMNS), *lines]).encode("utf-8", "replace"), "a.csv")


@pytest.mark.parametrize(
    "content",
    [
        calendar_text(*("BEGIN:VEVENT", "UID:a", "SUMMARY:P-1", "DTSTART:20260303T140000Z",
                        "RRULE:FREQ=WEEKLY;COUNT=1000", "END:VEVENT") * 3_000),
        calendar_text("BEGIN:VEVENT", "UID:a", "SUMMARY:P-1", "DTSTART:20260303T140000Z",
                      "RRULE:FREQ=WEEKLY;COUNT=1000",
                      "EXDATE:" + ",".join(["20260303T140000Z"] * 1_000), "END:VEVENT"),
        calendar_text(*(line for number in range(4_000) for line in (
            "BEGIN:VEVENT", f"UID:{number}", "SUMMARY:P-1", "DTSTART:19910305T140000Z",
            "RRULE:FREQ=WEEKLY;COUNT=1000", "END:VEVENT"))),
        calendar_text(*(line for number in range(400) for line in (
            "BEGIN:VTIMEZONE", f"TZID:{number}", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE",
            "BEGIN:VEVENT", f"UID:{number}", "SUMMARY:P-1",
            f"DTSTART;TZID={number}:20260303T140000", "END:VEVENT"))),
        "BEGIN:VCALENDAR\n" * 60_000,
        "BEGIN:VCALENDAR\n" + " \n" * 60_000,
        calendar_text("BEGIN:VEVENT", "SUMMARY:" + "P-1 " * 400_000, "END:VEVENT"),
        calendar_text("BEGIN:VEVENT", "DTSTART" + ";A=B" * 400_000 + ":1", "END:VEVENT"),
        "code;days\n" + '"' * 1_000_000,
        "code;days\n" + ";" * 1_000_000,
        "code\n" + "P-1\n" * 100_000,
        ";".join(["code"] * 200_000),
    ],
    ids=range(12),
)  # fmt: skip
def test_bombs(content: str) -> None:
    """Large, deeply nested, repeating without end: refused, or read in bounded time."""
    check(content.encode(), "a.csv" if content.startswith("code") else "a.ics")


def test_every_finding_has_words() -> None:
    """There is a sentence for every finding about a file."""
    root = ROOT / "alliance/files"
    text = "".join(path.read_text() for path in root.rglob("*.py"))
    keys = {f"file.{key}" for key in re.findall(r'"((?:calendar|table|plan)\.[a-z_]+)"', text)}
    keys |= set(re.findall(r'Refusal\("(file\.[a-z_]+)"', text))
    keys |= {f"file.table.no_{role}" for role in ("patient", "therapist", "group", "person")}
    keys |= {f"file.table.is_{role}" for role in ("patient", "therapist", "coordinator", "group")}
    keys |= {f"file.table.{column}" for column in COLUMNS if f"cells.{column}" in text}
    for language in languages():
        assert keys <= set(catalogue(language)), language
    assert len(keys) > 70
