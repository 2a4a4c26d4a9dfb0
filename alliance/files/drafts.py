"""From an uploaded file to its dry run.

A draft is stored until somebody taps Apply. It contains no text of the file, and its changes
are computed anew each time it is shown.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from alliance.files.changes import AbsenceEnded, FileChange, PlanEnded, fingerprint
from alliance.files.charsets import WESTERN
from alliance.files.counts import Counts
from alliance.files.current_state import CurrentState
from alliance.files.decoding import DecodedText, decode_file
from alliance.files.diff import compare
from alliance.files.findings import BadFile, Finding
from alliance.files.ical.calendars import read_calendar
from alliance.files.ical.events import KeyHasher
from alliance.files.ical.ical_bytes import decode_calendar, is_calendar
from alliance.files.match_owners import MatchedRequests, match_owners
from alliance.files.parsed_calendar import CalendarEvent, ParsedCalendar
from alliance.files.plan_changes import is_over
from alliance.files.requests import FileRequests
from alliance.files.stored_events import owners_of_cancelled, with_stored_keys
from alliance.files.tables.tables import looks_like_table, read_table


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A parsed file: a calendar, or what a table asks for.

    Attributes:
        is_guessed: Whether it was not Unicode, so that accented letters may be wrong.
        table_notes: What the sender should know of a table.
        table_errors: What is wrong with the other rows of a table; it is neither stored nor
            applied then.
        counts: How much of it was understood.
    """

    calendar: ParsedCalendar | None = None
    wanted: FileRequests | None = None
    is_guessed: bool = False
    table_notes: tuple[Finding, ...] = ()
    table_errors: tuple[Finding, ...] = ()
    counts: Counts | None = None


_DRAFT = TypeAdapter(FileDraft)


def draft_to_json(draft: FileDraft) -> str:
    """Return a draft as text, for storage."""
    return _DRAFT.dump_json(draft, by_alias=True).decode()


def draft_from_json(text: str) -> FileDraft:
    """Restore the draft that ``draft_to_json`` returned."""
    return _DRAFT.validate_json(text)


def read_file(
    content: bytes,
    *,
    name: str,
    known: Collection[str],
    site_zone: str,
    hash_key: KeyHasher,
    now: datetime,
) -> FileDraft:
    """Return what a file asks for; the arguments are those of ``parse_file``.

    Raises:
        Refusal: It is not a supported file.
        BadFile: It is a table with errors, or nothing in it can be used; the findings name
            the lines.
    """
    draft = parse_file(
        content, name=name, known=known, site_zone=site_zone, hash_key=hash_key, now=now
    )
    if draft.table_errors:
        raise BadFile(*draft.table_errors, counts=draft.counts)
    return draft


def parse_file(
    content: bytes,
    *,
    name: str,
    known: Collection[str],
    site_zone: str,
    hash_key: KeyHasher,
    now: datetime,
) -> FileDraft:
    """Return what can be understood of a file.

    Args:
        content: The file.
        name: Its name; used for its extension, and to identify a calendar without a name.
        known: The codes of all people and groups.
        site_zone: IANA name; used if the file names no zone.
        hash_key: Hashes an identifier in the file to the key that is stored.
        now: Aware.

    Raises:
        Refusal: It is not a supported file.
        BadFile: Nothing in it can be used; the findings name the lines.
    """
    if is_calendar(content, name):
        lines = decode_calendar(content)
        calendar = read_calendar(
            lines, name=name, known=known, site_zone=site_zone, hash_key=hash_key, now=now
        )
        return FileDraft(
            calendar=calendar, is_guessed=lines.charset == WESTERN, counts=calendar.counts
        )
    text = decode_file(content)
    if name.lower().endswith(".ics"):
        raise Refusal("file.no_calendar")
    return _table_draft(text, site_zone, now)


def _table_draft(text: DecodedText, site_zone: str, now: datetime) -> FileDraft:
    if not looks_like_table(text.text):
        raise Refusal("file.unknown")
    today = now.astimezone(zone_named(site_zone)).date()
    table = read_table(text.text, today=today, site_zone=site_zone)
    notes = [Finding(line, "table.damaged") for line in text.damaged]
    if text.charset not in {None, WESTERN}:
        notes.append(Finding(0, "table.charset", {"charset": str(text.charset)}))
    return FileDraft(
        wanted=table.wanted,
        is_guessed=text.charset == WESTERN,
        table_notes=(*notes, *table.notes),
        table_errors=table.findings,
        counts=table.counts,
    )


@dataclass(frozen=True, slots=True)
class DryRun:
    """What applying a file would do now.

    Attributes:
        changes: In the order in which they would be made.
        errors: Problems; if there are any, nothing is applied.
        notes: What the sender should know.
        open_events: Events of a calendar whose owner is unknown.
        left_out: Number of events that are ignored.
        missing: What came from this calendar and is no longer in it. It ends only if a
            coordinator says so, and is then among the changes.
        ends_missing: Whether the coordinator has said so.
        fingerprint: Equal only if the same would be done.
        unread: Findings about events that cannot be read and whose owner is unknown.
    """

    changes: tuple[FileChange, ...]
    errors: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    open_events: tuple[CalendarEvent, ...]
    left_out: int
    missing: tuple[FileChange, ...]
    ends_missing: bool
    fingerprint: str
    unread: tuple[Finding, ...] = ()

    @property
    def needs_decision(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.changes or self.errors or self.open_events or self.missing)


def dry_run(
    draft: FileDraft,
    present: CurrentState,
    *,
    assigned: Mapping[str, str],
    chosen: Mapping[str, str],
    ends_missing: bool,
    now: datetime,
    default_minutes: int,
) -> DryRun:
    """Return what a draft would do.

    Args:
        draft: The parsed file.
        present: The current state.
        assigned: Event key to the code it was given when an earlier file was applied.
        chosen: The same for this file.
        ends_missing: Whether what is no longer in the calendar ends.
        now: Aware.
        default_minutes: Default length of a session in minutes.
    """
    matched, missing, notes = _match(draft, present, assigned, chosen, now)
    comparison = compare(matched.wanted, present, now=now, default_minutes=default_minutes)
    changes = (*comparison.changes, *(missing if ends_missing else ()))
    return DryRun(
        changes,
        (*matched.errors, *comparison.errors),
        (*notes, *matched.notes, *comparison.notes),
        matched.open_events,
        matched.left_out,
        missing,
        ends_missing,
        fingerprint(changes, chosen),
        matched.unread,
    )


def _match(
    draft: FileDraft,
    present: CurrentState,
    assigned: Mapping[str, str],
    chosen: Mapping[str, str],
    now: datetime,
) -> tuple[MatchedRequests, tuple[FileChange, ...], list[Finding]]:
    """Return what a draft asks for, what is missing from it, and the notes about it."""
    notes = _file_notes(draft)
    if draft.calendar is None:
        return MatchedRequests(draft.wanted or FileRequests()), (), notes
    calendar = with_stored_keys(draft.calendar, present, assigned)
    owners = {**owners_of_cancelled(calendar, present), **assigned, **chosen}
    matched = match_owners(calendar, roles=present.roles(), assigned=owners, today=now.date())
    missing, unrelated = _missing(calendar, present, now)
    return matched, missing, [*notes, *_calendar_notes(calendar, present, unrelated, now)]


def _file_notes(draft: FileDraft) -> list[Finding]:
    """Return the notes about a file as a whole."""
    return [*([Finding(0, "guessed")] if draft.is_guessed else []), *draft.table_notes]


def _calendar_notes(
    calendar: ParsedCalendar, present: CurrentState, unrelated: int, now: datetime
) -> Iterator[Finding]:
    """Yield the notes about a calendar as a whole."""
    if unrelated:
        yield Finding(0, "calendar.other", {"count": str(unrelated)})
    yield from calendar.notes
    stored = {plan.key for plan in present.plans} | {one.key for one in present.absences}
    for event in calendar.events:
        is_unknown = event.by_method and event.is_cancelled and event.key not in stored
        is_past = event.series is not None and is_over(event.series, now)
        if is_unknown and not is_past:
            yield Finding(event.line, "calendar.nothing_to_cancel")


def _missing(
    calendar: ParsedCalendar, present: CurrentState, now: datetime
) -> tuple[tuple[FileChange, ...], int]:
    """Return what came from a calendar and is no longer in it, and a count of unrelated items.

    Many calendars are called "Calendar". If less than half of what came from one with that name
    is in this file, it is a different calendar: nothing is missing, and the items that are not
    in it are only counted. A message that cancels names only what it cancels, and a file that
    breaks off has lost its end.
    """
    if calendar.errors or all(event.by_method for event in calendar.events):
        return (), 0
    keys = {event.key for event in calendar.events}
    plans = [
        plan
        for plan in present.plans
        if plan.calendar == calendar.key and not is_over(plan.series, now)
    ]
    absences = [
        one
        for one in present.absences
        if one.calendar == calendar.key and one.away.last_day >= now.date()
    ]
    gone: list[FileChange] = [
        PlanEnded(0, plan.owner, plan.id, plan.series) for plan in plans if plan.key not in keys
    ]
    gone += [AbsenceEnded(0, one.code, one.id, one.away) for one in absences if one.key not in keys]
    if 2 * len(gone) > len(plans) + len(absences):
        return (), len(gone)
    return tuple(gone), 0
