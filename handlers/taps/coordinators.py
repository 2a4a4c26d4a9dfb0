"""The data of coordinators' buttons; patients have ``EraseTap`` too."""

from typing import NamedTuple


class ConversationTap(NamedTuple):
    """A choice in a conversation of several steps; the value may contain colons.

    Attributes:
        run: Id of the conversation, so that buttons of an earlier one do nothing in a later one.
    """

    run: str
    step: str
    value: str


class BeginTap(NamedTuple):
    """Begin a conversation of that kind about a person or thing."""

    kind: str
    subject: str


class OpenTap(NamedTuple):
    """Open a screen about a person or thing: sessions, absences, groups, preview."""

    what: str
    code: str


class SessionTap(NamedTuple):
    """An action on one session of a plan.

    Attributes:
        planned_for: Its time according to the rule, as hexadecimal Unix seconds.
    """

    plan_id: str
    planned_for: str
    verb: str


class AbsenceTap(NamedTuple):
    """An action on an absence."""

    absence_id: str
    verb: str


class GroupTap(NamedTuple):
    """An action on a group."""

    group_id: str
    verb: str


class PeopleTap(NamedTuple):
    """A page of the list of people; ``-`` means no filter.

    Attributes:
        filter: A state or a role.
        page: Page number, from 0.
        code: Prefix of the codes.
    """

    filter: str
    page: str
    code: str


class PersonTap(NamedTuple):
    """An action on a person; the value is another person's code, a day, or ``-``."""

    person_id: str
    verb: str
    value: str


class UnreachableTap(NamedTuple):
    """A page of the unreachable people, counted from 0."""

    page: str


class LinkQrTap(NamedTuple):
    """Show the QR code of a one-time link, as long as the link is valid."""

    token: str


class AuditTap(NamedTuple):
    """A page of the audit log: about a person (``-`` for all), below a number (``-``: newest)."""

    person_id: str
    below: str


class UndoTap(NamedTuple):
    """Undo the change with that number."""

    number: str


class HeartbeatTap(NamedTuple):
    """The local time of the daily heartbeat, or ``off``; the time contains a colon."""

    time: str


class FileTap(NamedTuple):
    """An action on a file that was sent; the value may contain a colon.

    Attributes:
        verb: apply, drop, page, whose, is, foreign, missing or links.
    """

    import_id: str
    verb: str
    value: str


class EraseTap(NamedTuple):
    """Confirm or cancel the erasure of a patient: yes or no."""

    person_id: str
    verb: str


CoordinatorTap = (
    ConversationTap
    | BeginTap
    | OpenTap
    | SessionTap
    | AbsenceTap
    | GroupTap
    | PeopleTap
    | PersonTap
    | UnreachableTap
    | LinkQrTap
    | AuditTap
    | UndoTap
    | HeartbeatTap
    | FileTap
    | EraseTap
)
