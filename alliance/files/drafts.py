"""A file from its bytes to its dry run: what it asks for, kept until somebody taps Apply.

A draft holds no word of the file, so it may be kept; what it would change is worked out anew
each time it is looked at.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from alliance.files.changes import AwayEnded, Change, PlanEnded, fingerprint
from alliance.files.current_state import Present
from alliance.files.decoding import decoded
from alliance.files.diff import compare
from alliance.files.findings import Finding, Unfit
from alliance.files.ical.calendars import read_calendar
from alliance.files.ical.events import Hashed
from alliance.files.match_owners import Understood, understood
from alliance.files.parsed_calendar import Calendar, Event
from alliance.files.plan_changes import is_over
from alliance.files.requests import Wanted
from alliance.files.tables.tables import looks_like_table, read_table

_CALENDAR = "BEGIN:VCALENDAR"


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that was read: a calendar, or what a table asks for.

    Attributes:
        is_guessed: It was no Unicode, so accents in it may be wrong.
    """

    calendar: Calendar | None = None
    wanted: Wanted | None = None
    is_guessed: bool = False


_DRAFT = TypeAdapter(Draft)


def written(draft: Draft) -> str:
    """Return a draft as text, to be kept."""
    return _DRAFT.dump_json(draft).decode()


def reread(text: str) -> Draft:
    """Return the draft that ``written`` wrote."""
    return _DRAFT.validate_json(text)


def read_file(
    content: bytes,
    *,
    name: str,
    known: Collection[str],
    site_zone: str,
    hashed: Hashed,
    now: datetime,
) -> Draft:
    """Return what a file asks for.

    Args:
        content: The file.
        name: Its name; only its ending and its use as a calendar's identity count.
        known: The codes of all people and groups.
        site_zone: IANA name; meant where the file names none.
        hashed: Makes of an identity in the file the key that is kept.
        now: Aware.

    Raises:
        Refusal: It is no file that we read; one sentence.
        Unfit: Something is wrong with it; findings with their lines.
    """
    text = decoded(content)
    if text.text.lstrip("\ufeff \t\r\n")[: len(_CALENDAR)].upper() == _CALENDAR:
        calendar = read_calendar(
            text.text, name=name, known=known, site_zone=site_zone, hashed=hashed, now=now
        )
        return Draft(calendar=calendar, is_guessed=text.is_guessed)
    if name.lower().endswith(".ics"):
        raise Refusal("file.no_calendar")
    return Draft(wanted=_asked(text.text, site_zone, now), is_guessed=text.is_guessed)


def _asked(text: str, site_zone: str, now: datetime) -> Wanted:
    if not looks_like_table(text):
        raise Refusal("file.unknown")
    today = now.astimezone(zone_named(site_zone)).date()
    table = read_table(text, today=today, site_zone=site_zone)
    if table.findings:
        raise Unfit(*table.findings)
    return table.wanted


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a file would do now.

    Attributes:
        changes: In the order in which they would be made.
        errors: What cannot be done; with one of them nothing is.
        notes: What its sender should know.
        open_events: Events of a calendar of which nobody knows whose they are.
        left_out: How many events are not ours.
        missing: What came from this calendar and is no longer in it. It ends only where a
            coordinator says so, and is then among the changes.
        ends_missing: Whether they have said so.
        fingerprint: The same only where the same would be done.
    """

    changes: tuple[Change, ...]
    errors: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    open_events: tuple[Event, ...]
    left_out: int
    missing: tuple[Change, ...]
    ends_missing: bool
    fingerprint: str

    @property
    def is_open(self) -> bool:
        """Say whether there is anything to decide."""
        return bool(self.changes or self.errors or self.open_events or self.missing)


def dry_run(
    draft: Draft,
    present: Present,
    *,
    assigned: Mapping[str, str],
    chosen: Mapping[str, str],
    ends_missing: bool,
    now: datetime,
    usual: int,
) -> DryRun:
    """Return what a draft would do.

    Args:
        draft: The file.
        present: What is so.
        assigned: Key of an event to the code it was given when an earlier file was applied.
        chosen: Likewise, for this file.
        ends_missing: Whether what is no longer in the calendar ends.
        now: Aware.
        usual: Minutes that a session has where nothing says otherwise.
    """
    said = Understood(draft.wanted or Wanted())
    missing: tuple[Change, ...] = ()
    others = 0
    if draft.calendar is not None:
        owners = {**assigned, **chosen}
        roles = present.roles()
        said = understood(draft.calendar, roles=roles, assigned=owners, today=now.date())
        missing, others = _missing(draft.calendar, present, now)
    found = compare(said.wanted, present, now=now, usual=usual)
    changes = (*found.changes, *(missing if ends_missing else ()))
    return DryRun(
        changes,
        (*said.errors, *found.errors),
        (*_of_all(draft, others), *said.notes, *found.notes),
        said.open_events,
        said.left_out,
        missing,
        ends_missing,
        fingerprint(changes, chosen),
    )


def _of_all(draft: Draft, others: int) -> Iterator[Finding]:
    """Yield what is to be said of a file as a whole."""
    if draft.is_guessed:
        yield Finding(0, "guessed")
    if others:
        yield Finding(0, "calendar.other", {"count": str(others)})


def _missing(calendar: Calendar, present: Present, now: datetime) -> tuple[tuple[Change, ...], int]:
    """Return what came from a calendar and is not in it now.

    Many calendars are called "Calendar". Where less than half of what came from one of that
    name is here, this is another one: nothing is missing in it, and how many are not here is
    returned beside.
    """
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
    gone: list[Change] = [
        PlanEnded(0, plan.owner, plan.id, plan.series) for plan in plans if plan.key not in keys
    ]
    gone += [AwayEnded(0, one.code, one.id, one.away) for one in absences if one.key not in keys]
    if 2 * len(gone) > len(plans) + len(absences):
        return (), len(gone)
    return tuple(gone), 0
