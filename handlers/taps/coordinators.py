"""What the buttons of coordinators carry; one of them patients have too."""

from typing import NamedTuple


class WizardTap(NamedTuple):
    """A choice in a conversation of several steps; the value may hold colons.

    Attributes:
        run: Which conversation: the buttons of an earlier one do nothing in a later one.
    """

    run: str
    step: str
    value: str


class BeginTap(NamedTuple):
    """The wish to begin a conversation of that kind about somebody or something."""

    kind: str
    subject: str


class OpenTap(NamedTuple):
    """A coordinator's screen about somebody or something: sessions, absences, group, preview."""

    what: str
    code: str


class SessionTap(NamedTuple):
    """One session of a plan, and what shall be done with it.

    Attributes:
        planned_for: The instant that the rule gives, as hexadecimal Unix seconds.
    """

    plan_id: str
    planned_for: str
    verb: str


class AbsenceTap(NamedTuple):
    """One absence, and what shall be done with it."""

    absence_id: str
    verb: str


class GroupTap(NamedTuple):
    """One group, and what shall be done with it."""

    group_id: str
    verb: str


class PeopleTap(NamedTuple):
    """A page of the list of people; ``-`` where nothing is filtered.

    Attributes:
        filter: A state, or a role.
        page: Counts from 0.
        code: What the codes begin with.
    """

    filter: str
    page: str
    code: str


class PersonTap(NamedTuple):
    """Something done with a person; the value may be another's code, a day, or ``-``."""

    person_id: str
    verb: str
    value: str


class ReachTap(NamedTuple):
    """A page of those who cannot be reached; counts from 0."""

    page: str


class LinkTap(NamedTuple):
    """The picture of a one-time link; it works only while the link does."""

    token: str


class AuditTap(NamedTuple):
    """A page of the log: about whom, and below which number; ``-`` for all and the newest."""

    person_id: str
    below: str


class UndoTap(NamedTuple):
    """Take back the change of that number."""

    number: str


class HeartbeatTap(NamedTuple):
    """The local time of the daily sign of life, or ``off``; the time holds a colon."""

    time: str


class FileTap(NamedTuple):
    """Something done with a file that was sent; the value may hold a colon.

    Attributes:
        verb: apply, drop, page, whose, is, foreign, missing or links.
    """

    import_id: str
    verb: str
    value: str


class EraseTap(NamedTuple):
    """The second step of erasing a patient: yes or no."""

    person_id: str
    verb: str


CoordinatorTap = (
    WizardTap
    | BeginTap
    | OpenTap
    | SessionTap
    | AbsenceTap
    | GroupTap
    | PeopleTap
    | PersonTap
    | ReachTap
    | LinkTap
    | AuditTap
    | UndoTap
    | HeartbeatTap
    | FileTap
    | EraseTap
)
