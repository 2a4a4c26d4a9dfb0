"""What buttons carry: at most 64 bytes, versioned, opaque, and never trusted.

A client can send anything: what does not unpack is a stale button.
"""

from typing import NamedTuple, TypeVar

from alliance.errors import Refusal
from alliance.instruments import Instrument
from alliance.review import AFTER, AFTER_CHOICES, DIRECT, DIRECT_CHOICES

MOST_BYTES = 64
SKIP = "s"

_CHOICES = {DIRECT: DIRECT_CHOICES, AFTER: AFTER_CHOICES}
_LETTERS = {DIRECT: "d", AFTER: "f"}
_QUESTIONS = {letter: question for question, letter in _LETTERS.items()}


class AnswerTap(NamedTuple):
    """One answer: to which check-in, which question, which of its choices.

    Attributes:
        question: ``0`` to ``11`` for items, ``d`` for the direct question, ``f`` for what follows.
        choice: Place among the choices, lowest first; ``s`` to skip the question.
    """

    checkin_id: str
    question: str
    choice: str


class CheckinTap(NamedTuple):
    """Anything else on a check-in's message: back, later, no session ..."""

    checkin_id: str
    verb: str


class ConsentTap(NamedTuple):
    """A decision about the text of that version."""

    decision: str
    version: str


class AlertTap(NamedTuple):
    """Something done with an alert: show, seen, hide."""

    alert_id: str
    verb: str


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


class LanguageTap(NamedTuple):
    """The language somebody wants to read."""

    language: str


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


class CareTap(NamedTuple):
    """A therapist asks what changed in their caseload."""

    care_id: str


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


class OutcomeTap(NamedTuple):
    """What became of a session, one of ``Outcome``."""

    session_id: str
    outcome: str


class EpisodeTap(NamedTuple):
    """Something done with news of an episode: show, hide, or an answer to its question."""

    episode_id: str
    verb: str


class CaseloadTap(NamedTuple):
    """A page of the caseload, counted from 0, or ``hide``."""

    page: str


class CourseTap(NamedTuple):
    """Something done with one patient's course: show, items, hide."""

    patient_id: str
    verb: str


class MembersTap(NamedTuple):
    """Something done with a group's view: show, hide."""

    group_id: str
    verb: str


class DigestTap(NamedTuple):
    """A choice of how to be told, or the digest of a day; the value may hold colons.

    Attributes:
        field: mode, weekday, time, wait, show or hide.
    """

    field: str
    value: str


class EraseTap(NamedTuple):
    """The second step of erasing a patient: yes or no."""

    person_id: str
    verb: str


Tap = (
    AnswerTap
    | CheckinTap
    | ConsentTap
    | AlertTap
    | WizardTap
    | LanguageTap
    | BeginTap
    | OpenTap
    | SessionTap
    | AbsenceTap
    | GroupTap
    | PeopleTap
    | PersonTap
    | ReachTap
    | LinkTap
    | CareTap
    | AuditTap
    | UndoTap
    | HeartbeatTap
    | FileTap
    | OutcomeTap
    | EpisodeTap
    | CaseloadTap
    | CourseTap
    | MembersTap
    | DigestTap
    | EraseTap
)
T = TypeVar(
    "T",
    AnswerTap,
    CheckinTap,
    ConsentTap,
    AlertTap,
    WizardTap,
    LanguageTap,
    BeginTap,
    OpenTap,
    SessionTap,
    AbsenceTap,
    GroupTap,
    PeopleTap,
    PersonTap,
    ReachTap,
    LinkTap,
    CareTap,
    AuditTap,
    UndoTap,
    HeartbeatTap,
    FileTap,
    OutcomeTap,
    EpisodeTap,
    CaseloadTap,
    CourseTap,
    MembersTap,
    DigestTap,
    EraseTap,
)

KINDS: dict[type[Tap], str] = {
    AnswerTap: "1a",
    CheckinTap: "1k",
    ConsentTap: "1c",
    AlertTap: "1t",
    WizardTap: "2w",
    LanguageTap: "1l",
    BeginTap: "1be",
    OpenTap: "1op",
    SessionTap: "1se",
    AbsenceTap: "1ab",
    GroupTap: "1gr",
    PeopleTap: "1pl",
    PersonTap: "1pe",
    ReachTap: "1re",
    LinkTap: "1li",
    CareTap: "1ca",
    AuditTap: "1au",
    UndoTap: "1un",
    HeartbeatTap: "1hb",
    FileTap: "1i",
    OutcomeTap: "1oc",
    EpisodeTap: "1ep",
    CaseloadTap: "1cl",
    CourseTap: "1co",
    MembersTap: "1mb",
    DigestTap: "1di",
    EraseTap: "1er",
}
"""What a button begins with: the version of the format, then a letter for the kind."""


def pack(tap: Tap) -> str:
    """Return the button's data."""
    return ":".join((KINDS[type(tap)], *tap))


def unpack(kind: type[T], data: str | None) -> T:
    """Return the tap of that kind.

    Raises:
        Refusal: The data is not one; the button is stale or made up.
    """
    fields = len(kind._fields)
    parts = (data or "").split(":", fields)
    if len(parts) != fields + 1 or parts[0] != KINDS[kind] or not all(parts):
        raise Refusal("stale_button")
    return kind(*parts[1:])


def answer_tap(instrument: Instrument, checkin_id: str, question: str, choice: str) -> str:
    """Return the data of an answer's button; ``choice`` is a place or ``SKIP``."""
    letter = _LETTERS.get(question) or str(instrument.places[question])
    return pack(AnswerTap(checkin_id, letter, choice))


def meaning(tap: AnswerTap, instrument: Instrument) -> tuple[str, float | str | None]:
    """Return the question's name and the value, None where it is skipped.

    Raises:
        Refusal: The instrument has no such question or choice.
    """
    try:
        choices: tuple[float | str, ...]
        if tap.question in _QUESTIONS:
            question = _QUESTIONS[tap.question]
            choices = _CHOICES[question]
        else:
            question = instrument.items[_natural(tap.question)].id
            choices = instrument.choices
        return question, None if tap.choice == SKIP else choices[_natural(tap.choice)]
    except (ValueError, IndexError):
        raise Refusal("stale_button") from None


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise ValueError
    return int(text)
