"""The current state, by codes, as far as a file can change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alliance.files.parsed_calendar import AbsenceInFile, Series


@dataclass(frozen=True, slots=True)
class CurrentPerson:
    """Somebody who takes part, or used to.

    Attributes:
        therapists: Codes of a patient's therapists.
        has_ended: Whether the patient's treatment has ended, or the staff member has left.
    """

    code: str
    role: str
    therapists: tuple[str, ...] = ()
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class CurrentGroup:
    """A group.

    Attributes:
        members: Member's code to the end of the membership; None if it is open-ended.
        leaders: The same for leaders.
    """

    code: str
    members: Mapping[str, datetime | None] = field(default_factory=dict)
    leaders: Mapping[str, datetime | None] = field(default_factory=dict)
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class CurrentAbsence:
    """An absence.

    Attributes:
        key: Its key in a calendar, if it came from one.
        sequence: The calendar's revision number of the stored version.
        calendar: Key of that calendar.
    """

    id: str
    code: str
    away: AbsenceInFile
    cover: str | None = None
    key: str | None = None
    sequence: int | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class CurrentShift:
    """A moved date of a series, or a cancelled one if ``starts_at`` is None.

    Attributes:
        sequence: The calendar's revision number; None if it was changed by hand.
    """

    starts_at: datetime | None
    minutes: int | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class CurrentPlan:
    """An active plan.

    Attributes:
        owner: Code of the patient or group.
        delay: Minutes; None uses the site default.
        instrument: Its id; None uses the site default.
        is_extra: Whether it is a single extra session added by hand.
        shifts: Moved and cancelled dates, by their start according to the series.
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
    shifts: Mapping[datetime, CurrentShift] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CurrentState:
    """All people, groups, plans and absences."""

    people: Mapping[str, CurrentPerson]
    groups: Mapping[str, CurrentGroup]
    plans: tuple[CurrentPlan, ...] = ()
    absences: tuple[CurrentAbsence, ...] = ()

    def roles(self) -> dict[str, str]:
        """Return code to role, ``group``, or ``ended`` for those who have left."""
        roles = {one.code: "ended" if one.has_ended else one.role for one in self.people.values()}
        for group in self.groups.values():
            roles[group.code] = "ended" if group.has_ended else "group"
        return roles
