"""What a file asks for, by codes: people, groups, absences and plans as they shall be."""

from dataclasses import dataclass

from alliance.files.parsed_calendar import FOR_GOOD, Away, Series, Shift, Stay


@dataclass(frozen=True, slots=True)
class PersonAsk:
    """Somebody takes part.

    Attributes:
        line: Where the file says so; likewise below.
        code: Whose.
        role: patient or therapist.
        therapists: Codes of all who look after a patient; None leaves that as it is.
        zone: IANA name, for somebody new; None for the site's.
    """

    line: int
    code: str
    role: str
    therapists: tuple[str, ...] | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class GroupAsk:
    """There is a group."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class BelongingAsk:
    """Somebody is in a group, or leads it.

    Attributes:
        leads: They lead it.
        stay: From when to when.
    """

    line: int
    code: str
    group: str
    leads: bool = False
    stay: Stay = FOR_GOOD


@dataclass(frozen=True, slots=True)
class AwayAsk:
    """Somebody is away.

    Attributes:
        cover: Code of the therapist who stands in.
        key: What a calendar calls it; None for a table's, which knows it by its first day.
        sequence: How often the calendar changed it.
        is_cancelled: It is called off.
    """

    line: int
    code: str
    away: Away
    cover: str | None = None
    key: str | None = None
    sequence: int = 0
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class PlanAsk:
    """A patient or a group has these sessions.

    Attributes:
        owner: Code of the patient or group.
        series: When they are; None where a calendar only has changed dates of a series.
        key: What a calendar calls it; None for a table's, which knows plans by their owner.
        sequence: How often the calendar changed it.
        delay: Minutes from the end to the question; None for the site's.
        instrument: Its id; None for the site's.
        begins_open: The file names no first day: the one that is kept stays.
        shifts: Dates that are called off or moved.
        is_cancelled: All of it is called off.
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that a file asks for, in its order."""

    people: tuple[PersonAsk, ...] = ()
    groups: tuple[GroupAsk, ...] = ()
    belongings: tuple[BelongingAsk, ...] = ()
    absences: tuple[AwayAsk, ...] = ()
    plans: tuple[PlanAsk, ...] = ()
