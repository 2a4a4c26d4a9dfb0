"""The changes that applying a file would make; each is one line of the dry run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from json import dumps
from typing import Literal

from alliance.files.findings import Finding
from alliance.files.parsed_calendar import OPEN_ENDED, AbsenceInFile, MembershipDates, Series


@dataclass(frozen=True, slots=True)
class PersonAdded:
    """A new person, who is invited."""

    line: int
    code: str
    role: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class CareChanged:
    """A patient has other therapists."""

    line: int
    code: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupAdded:
    """A new group."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class GroupJoined:
    """Somebody joins or leads a group; from now on unless a first day is given."""

    line: int
    code: str
    group: str
    leads: bool
    stay: MembershipDates = OPEN_ENDED


@dataclass(frozen=True, slots=True)
class GroupLeft:
    """Somebody leaves a group or stops leading it; at once unless a last day is given."""

    line: int
    code: str
    group: str
    leads: bool
    stay: MembershipDates = OPEN_ENDED


@dataclass(frozen=True, slots=True)
class AbsenceAdded:
    """A new absence."""

    line: int
    code: str
    away: AbsenceInFile
    cover: str | None
    key: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class AbsenceChanged:
    """An absence has other days or another cover."""

    line: int
    code: str
    absence_id: str
    before: AbsenceInFile
    away: AbsenceInFile
    cover: str | None
    key: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class AbsenceEnded:
    """An absence is removed; ``line`` is 0 if the file does not mention it."""

    line: int
    code: str
    absence_id: str
    away: AbsenceInFile


@dataclass(frozen=True, slots=True)
class PlanAdded:
    """A new plan for a patient or a group."""

    line: int
    code: str
    series: Series
    delay: int | None
    instrument: str | None
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """A plan has another series or other settings."""

    line: int
    code: str
    plan_id: str
    before: Series
    series: Series
    delay: int | None
    instrument: str | None
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class PlanLinked:
    """A plan made by hand is linked to a calendar event without changing it."""

    line: int
    code: str
    plan_id: str
    series: Series
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """A plan ends; ``line`` is 0 if the file does not mention it."""

    line: int
    code: str
    plan_id: str
    series: Series


@dataclass(frozen=True, slots=True)
class DateMoved:
    """One session of a plan is moved to another time."""

    line: int
    code: str
    key: str
    zone: str
    planned_for: datetime
    starts_at: datetime
    minutes: int | None
    sequence: int


@dataclass(frozen=True, slots=True)
class DateCancelled:
    """One session of a plan is cancelled."""

    line: int
    code: str
    key: str
    zone: str
    planned_for: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class DateRestored:
    """One session of a plan is moved back or no longer cancelled."""

    line: int
    code: str
    key: str
    zone: str
    planned_for: datetime


PeopleChange = PersonAdded | CareChanged | GroupAdded | GroupJoined | GroupLeft
CalendarChange = (
    AbsenceAdded
    | AbsenceChanged
    | AbsenceEnded
    | PlanAdded
    | PlanChanged
    | PlanLinked
    | PlanEnded
    | DateMoved
    | DateCancelled
    | DateRestored
)
FileChange = PeopleChange | CalendarChange

_ADDED = (PersonAdded, GroupAdded, GroupJoined, AbsenceAdded, PlanAdded)
_ENDED = (GroupLeft, AbsenceEnded, PlanEnded)


def effect_of(change: FileChange) -> Literal["added", "changed", "ended"]:
    """Return whether a change adds, changes or ends something."""
    if isinstance(change, _ADDED):
        return "added"
    return "ended" if isinstance(change, _ENDED) else "changed"


def count_by_effect(changes: Sequence[FileChange]) -> dict[str, int]:
    """Return how many changes add, change and end something."""
    counts = {"added": 0, "changed": 0, "ended": 0}
    for change in changes:
        counts[effect_of(change)] += 1
    return counts


def fingerprint(changes: Sequence[FileChange], chosen: Mapping[str, str]) -> str:
    """Return a hash of changes and choices; equal only if the same would be done."""
    named_changes = [(type(change).__name__, asdict(change)) for change in changes]
    text = dumps([named_changes, dict(chosen)], default=_to_json, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _to_json(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(type(value).__name__)


@dataclass(slots=True)
class ChangeCollector:
    """The result of a comparison: changes in the order to make them, errors and notes."""

    changes: list[FileChange] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
