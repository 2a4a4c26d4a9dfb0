"""What is so now, by codes, as far as a file can bear on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alliance.files.parsed_calendar import Away, Series


@dataclass(frozen=True, slots=True)
class PersonNow:
    """Somebody who takes part, or did.

    Attributes:
        therapists: Codes of who looks after a patient.
        has_ended: The treatment, or the work here, is over.
    """

    code: str
    role: str
    therapists: tuple[str, ...] = ()
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group.

    Attributes:
        members: Code to when a membership ends; None while nobody has said.
        leaders: Likewise.
    """

    code: str
    members: Mapping[str, datetime | None] = field(default_factory=dict)
    leaders: Mapping[str, datetime | None] = field(default_factory=dict)
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class AwayNow:
    """An absence.

    Attributes:
        key: What a calendar calls it, where it came from one; likewise below.
        sequence: The calendar's number of the version that is kept.
        calendar: Key of that calendar.
    """

    id: str
    code: str
    away: Away
    cover: str | None = None
    key: str | None = None
    sequence: int | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class ShiftNow:
    """A date that is not where its series has it; without ``starts_at`` it is called off.

    Attributes:
        sequence: None when somebody changed it by hand.
    """

    starts_at: datetime | None
    minutes: int | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class PlanNow:
    """A plan that runs.

    Attributes:
        owner: Code of the patient or group.
        delay: Minutes; None, as below, for the site's.
        is_extra: One more session, put there by hand.
        shifts: Dates that are not where the series has them, by the series' instant.
    """

    id: str
    owner: str
    series: Series
    delay: int | None = None
    instrument: str | None = None
    key: str | None = None
    sequence: int | None = None
    calendar: str | None = None
    is_extra: bool = False
    shifts: Mapping[datetime, ShiftNow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Present:
    """Everything that is so now."""

    people: Mapping[str, PersonNow]
    groups: Mapping[str, GroupNow]
    plans: tuple[PlanNow, ...] = ()
    absences: tuple[AwayNow, ...] = ()

    def roles(self) -> dict[str, str]:
        """Return code to role, ``group``, or ``ended`` for those who have left."""
        found = {one.code: "ended" if one.has_ended else one.role for one in self.people.values()}
        for group in self.groups.values():
            found[group.code] = "ended" if group.has_ended else "group"
        return found
