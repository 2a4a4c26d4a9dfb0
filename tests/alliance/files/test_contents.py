"""What a file contains is listed part by part, with what becomes of each."""

from alliance.files.contents import FileContents, contents_of, counts_of
from alliance.files.counts import Counts
from alliance.files.drafts import FileDraft
from tests.alliance.files.ical.calendar_files import NOW, clinic, draft_of, dry_run_of
from tests.alliance.files.ical.ical_text import calendar_text

BERLIN = "DTSTART;TZID=Europe/Berlin:"


def event(*lines: str, uid: str = "one", summary: str = "P-1") -> tuple[str, ...]:
    """Return an event of a calendar."""
    return ("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT")


def contents(draft: FileDraft) -> FileContents:
    """Return the contents of a draft, in a clinic without plans."""
    return contents_of(
        draft, dry_run_of(draft), clinic(), assigned={}, site_zone="Europe/Berlin", now=NOW
    )


def listed(*events: tuple[str, ...]) -> FileContents:
    """Return the contents of a calendar."""
    return contents(draft_of(calendar_text(*(line for one in events for line in one))))


def test_starts_stop_at_the_end_of_the_series() -> None:
    """Five at most, on the clock of the zone, also across its changes."""
    [short] = listed(event(f"{BERLIN}20260324T140000", "RRULE:FREQ=WEEKLY;COUNT=2")).series
    assert [start.isoformat() for start in short.starts] == [
        "2026-03-24T14:00:00",
        "2026-03-31T14:00:00",
    ]
    [endless] = listed(event(f"{BERLIN}20260324T140000", "RRULE:FREQ=WEEKLY")).series
    assert len(endless.starts) == 5


def test_a_cancelled_series_has_no_starts() -> None:
    """It is in the file, but takes place at no time."""
    cancelled = listed(
        event(f"{BERLIN}20260324T140000", "RRULE:FREQ=WEEKLY", "STATUS:CANCELLED")
    ).series
    assert [one.starts for one in cancelled] == [()]


def test_single_sessions_say_what_became_of_them() -> None:
    """New, over, cancelled, or nobody's."""
    found = listed(
        event(f"{BERLIN}20260324T140000", uid="a"),
        event(f"{BERLIN}20250324T140000", uid="b"),
        event(f"{BERLIN}20260325T140000", "STATUS:CANCELLED", uid="c"),
        event(f"{BERLIN}20260326T140000", uid="d", summary="Dentist"),
    ).dates
    assert [(one.owner, one.start.day, one.became) for one in found] == [
        ("P-1", 24, "added"),
        ("P-1", 24, "over"),
        ("P-1", 25, "cancelled"),
        (None, 26, "unassigned"),
    ]


def test_rows_that_do_not_fit_the_clinic_are_not_understood() -> None:
    """Each is counted once, whatever is wrong with it, and the others stay."""
    draft = draft_of(
        "code;therapist;days;start\nP-1;T-1;Tue;9:00\nP-2;T-9;Wed;9:00\n", name="a.csv"
    )
    assert draft.counts == Counts(2, 2, 0)
    assert counts_of(draft, dry_run_of(draft)) == Counts(2, 1, 1)
    assert [one.owner for one in contents(draft).series] == ["P-1", "P-2"]
