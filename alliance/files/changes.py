"""What applying a file would change: one change a line of the dry run, and of the deed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from json import dumps
from typing import Literal

from alliance.files.findings import Finding
from alliance.files.parsed_calendar import FOR_GOOD, Away, Series, Stay


@dataclass(frozen=True, slots=True)
class PersonAdded:
    """Somebody is new, and invited."""

    line: int
    code: str
    role: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class CareSet:
    """Other therapists look after a patient."""

    line: int
    code: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupAdded:
    """A group is new."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody comes into a group, or leads it; from now where no first day is said."""

    line: int
    code: str
    group: str
    leads: bool
    stay: Stay = FOR_GOOD


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody leaves a group, or leads it no longer; at once where no last day is said."""

    line: int
    code: str
    group: str
    leads: bool
    stay: Stay = FOR_GOOD


@dataclass(frozen=True, slots=True)
class AwayAdded:
    """Somebody will be away."""

    line: int
    code: str
    away: Away
    cover: str | None
    key: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class AwayChanged:
    """Somebody will be away on other days, or covered by somebody else."""

    line: int
    code: str
    absence_id: str
    before: Away
    away: Away
    cover: str | None
    key: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class AwayEnded:
    """Somebody will not be away after all; ``line`` is 0 where the file is silent."""

    line: int
    code: str
    absence_id: str
    away: Away


@dataclass(frozen=True, slots=True)
class PlanAdded:
    """A patient or a group has sessions that are new."""

    line: int
    code: str
    series: Series
    delay: int | None
    instrument: str | None
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """A plan says something else."""

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
class PlanClaimed:
    """A plan that somebody made by hand is the calendar's from now on, as it is."""

    line: int
    code: str
    plan_id: str
    series: Series
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """A plan ends; ``line`` is 0 where the file is silent about it."""

    line: int
    code: str
    plan_id: str
    series: Series


@dataclass(frozen=True, slots=True)
class DateMoved:
    """One session of a plan takes place at another time."""

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
    """One session of a plan does not take place."""

    line: int
    code: str
    key: str
    zone: str
    planned_for: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class DateRestored:
    """One session of a plan takes place as planned after all."""

    line: int
    code: str
    key: str
    zone: str
    planned_for: datetime


PeopleChange = PersonAdded | CareSet | GroupAdded | Joined | Left
CalendarChange = (
    AwayAdded
    | AwayChanged
    | AwayEnded
    | PlanAdded
    | PlanChanged
    | PlanClaimed
    | PlanEnded
    | DateMoved
    | DateCancelled
    | DateRestored
)
Change = PeopleChange | CalendarChange

_ADDED = (PersonAdded, GroupAdded, Joined, AwayAdded, PlanAdded)
_ENDED = (Left, AwayEnded, PlanEnded)


def side_of(change: Change) -> Literal["added", "changed", "ended"]:
    """Say whether a change adds, changes or ends something."""
    if isinstance(change, _ADDED):
        return "added"
    return "ended" if isinstance(change, _ENDED) else "changed"


def counted(changes: Sequence[Change]) -> dict[str, int]:
    """Return how many changes add, change and end something, by these words."""
    found = {"added": 0, "changed": 0, "ended": 0}
    for change in changes:
        found[side_of(change)] += 1
    return found


def fingerprint(changes: Sequence[Change], chosen: Mapping[str, str]) -> str:
    """Return a digest of changes and choices: equal only where the same would be done."""
    told = [(type(change).__name__, asdict(change)) for change in changes]
    text = dumps([told, dict(chosen)], default=_plain, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(type(value).__name__)


@dataclass(slots=True)
class Ledger:
    """What comes of comparing: changes in the order to make them, errors, and notes."""

    changes: list[Change] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
