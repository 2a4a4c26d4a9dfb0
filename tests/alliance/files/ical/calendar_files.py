"""Calendar files read as the bot reads them, and compared with a small clinic."""

from collections.abc import Mapping
from datetime import UTC, datetime

from alliance.files.changes import FileChange
from alliance.files.current_state import CurrentGroup, CurrentPerson, CurrentPlan, CurrentState
from alliance.files.drafts import DryRun, FileDraft, dry_run, read_file
from alliance.files.parsed_calendar import CalendarEvent
from tests.paths import ROOT

CASES = ROOT / "tests/alliance/files/cases"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = {"P-1": "patient", "P-2": "patient", "T-1": "therapist"}
KNOWN = frozenset({*PEOPLE, "G-1"})


def case(name: str) -> bytes:
    """Return a file of the cases, by its name."""
    [path] = CASES.glob(f"*/{name}")
    return path.read_bytes()


def draft_of(
    content: bytes | str, *, name: str = "a.ics", site_zone: str = "Europe/Berlin"
) -> FileDraft:
    """Read a file; identifiers are not hashed, for readability."""
    return read_file(
        content.encode() if isinstance(content, str) else content,
        name=name,
        known=KNOWN,
        site_zone=site_zone,
        hash_key=lambda identity: identity,
        now=NOW,
    )


def clinic(*plans: CurrentPlan) -> CurrentState:
    """Return a clinic with two patients, a therapist, a group and some plans."""
    people = {code: CurrentPerson(code, role) for code, role in PEOPLE.items()}
    return CurrentState(people, {"G-1": CurrentGroup("G-1")}, plans)


def dry_run_of(
    content: bytes | str | FileDraft,
    *plans: CurrentPlan,
    present: CurrentState | None = None,
    chosen: Mapping[str, str] | None = None,
    now: datetime = NOW,
) -> DryRun:
    """Return the dry run of a file in that clinic."""
    draft = content if isinstance(content, FileDraft) else draft_of(content)
    return dry_run(
        draft,
        present or clinic(*plans),
        assigned={},
        chosen=chosen or {},
        ends_missing=False,
        now=now,
        default_minutes=50,
    )


def changes_of(content: bytes | str, *plans: CurrentPlan) -> tuple[FileChange, ...]:
    """Return what a file changes; it must come without errors."""
    run = dry_run_of(content, *plans)
    assert run.errors == ()
    return run.changes


def events_of(content: bytes | str, *, site_zone: str = "Europe/Berlin") -> list[CalendarEvent]:
    """Return the events of a file."""
    calendar = draft_of(content, site_zone=site_zone).calendar
    assert calendar is not None
    return list(calendar.events)


def first_of(content: bytes | str, code: str = "P-1") -> CalendarEvent:
    """Return the first event that names somebody."""
    return next(event for event in events_of(content) if code in event.codes)


def keys_of(run: DryRun) -> list[tuple[int, str]]:
    """Return line and key of every finding, in the order of the lines."""
    return sorted((one.line, one.key) for one in (*run.errors, *run.notes, *run.unread))


def event(*lines: str, uid: str = "a") -> tuple[str, ...]:
    """Return the lines of an event."""
    return ("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT")


def session(day: str, *lines: str, uid: str = "a", code: str = "P-1") -> tuple[str, ...]:
    """Return the lines of a session at two in Berlin, on a day such as 20260303."""
    start = f"DTSTART;TZID=Europe/Berlin:{day}T140000"
    return event(f"SUMMARY:{code}", start, "DURATION:PT50M", *lines, uid=uid)


def moved(day: str, *lines: str, uid: str = "a") -> tuple[str, ...]:
    """Return the lines of a changed date of that session's series."""
    return event(f"RECURRENCE-ID;TZID=Europe/Berlin:{day}T140000", *lines, uid=uid)


WEEKLY = "RRULE:FREQ=WEEKLY"
