"""What a file asks for, by codes: people, groups, memberships, absences and plans."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from alliance.files.parsed_calendar import OPEN_ENDED, AbsenceInFile, MembershipDates, Series, Shift


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A person who takes part.

    Attributes:
        line: Line in the file.
        code: The person's code.
        role: patient or therapist.
        therapists: Codes of all therapists of a patient; None leaves them unchanged.
        zone: IANA name, for a new person; None uses the site default.
    """

    line: int
    code: str
    role: str
    therapists: tuple[str, ...] | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """A group."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class MembershipRequest:
    """A member or leader of a group.

    Attributes:
        leads: Whether they lead it.
        stay: First and last day.
    """

    line: int
    code: str
    group: str
    leads: bool = False
    stay: MembershipDates = OPEN_ENDED


@dataclass(frozen=True, slots=True)
class AbsenceRequest:
    """An absence.

    Attributes:
        cover: Code of the therapist who covers.
        key: Its key in a calendar; None in a table, where the first day identifies it.
        sequence: The calendar's revision number.
        is_cancelled: Whether it is cancelled.
    """

    line: int
    code: str
    away: AbsenceInFile
    cover: str | None = None
    key: str | None = None
    sequence: int = 0
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The sessions of a patient or a group.

    Attributes:
        owner: Code of the patient or group.
        series: The sessions; None if a calendar only contains changed dates of a series.
        key: Its key in a calendar; None in a table, where the owner identifies plans.
        sequence: The calendar's revision number.
        delay: Minutes from the end to the question; None uses the site default.
        instrument: Its id; None uses the site default.
        begins_open: Whether the file gives no first day, so that the current one is kept.
        shifts: Moved and cancelled dates.
        is_cancelled: Whether all of it is cancelled.
        cut_at: Start of the first session that is cancelled with all that follow it.
    """

    line: int
    owner: str
    series: Series | None
    key: str | None = None
    sequence: int = 0
    delay: int | None = None
    instrument: str | None = None
    begins_open: bool = False
    shifts: tuple[Shift, ...] = ()
    is_cancelled: bool = False
    cut_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileRequests:
    """Everything a file asks for, in the order of the file.

    Stored drafts call ``memberships`` ``belongings``.
    """

    people: tuple[PersonRequest, ...] = ()
    groups: tuple[GroupRequest, ...] = ()
    memberships: Annotated[tuple[MembershipRequest, ...], Field(alias="belongings")] = ()
    absences: tuple[AbsenceRequest, ...] = ()
    plans: tuple[PlanRequest, ...] = ()
