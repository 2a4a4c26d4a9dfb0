"""What buttons carry: at most 64 bytes, versioned, opaque, and never trusted.

A client can send anything: what does not unpack is a stale button.
"""

from collections.abc import Mapping
from typing import TypeVar

from alliance.checkins.instruments import Instrument
from alliance.checkins.review import AFTER, AFTER_CHOICES, DIRECT, DIRECT_CHOICES
from alliance.errors import Refusal
from handlers.taps.coordinators import (
    AbsenceTap,
    AuditTap,
    BeginTap,
    CoordinatorTap,
    EraseTap,
    FileTap,
    GroupTap,
    HeartbeatTap,
    LinkTap,
    OpenTap,
    PeopleTap,
    PersonTap,
    ReachTap,
    SessionTap,
    UndoTap,
    WizardTap,
)
from handlers.taps.patients import (
    AnswerTap,
    CheckinTap,
    ConsentTap,
    LanguageTap,
    PatientTap,
    PlaceTap,
)
from handlers.taps.therapists import (
    AlertTap,
    CareTap,
    CaseloadTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    MembersTap,
    OutcomeTap,
    TherapistTap,
)

__all__ = [
    "CHOICES",
    "KINDS",
    "MOST_BYTES",
    "SKIP",
    "_LETTERS",
    "_QUESTIONS",
    "AbsenceTap",
    "AlertTap",
    "AnswerTap",
    "AuditTap",
    "BeginTap",
    "CareTap",
    "CaseloadTap",
    "CheckinTap",
    "ConsentTap",
    "CourseTap",
    "DigestTap",
    "EpisodeTap",
    "EraseTap",
    "FileTap",
    "GroupTap",
    "HeartbeatTap",
    "LanguageTap",
    "LinkTap",
    "MembersTap",
    "OpenTap",
    "OutcomeTap",
    "PeopleTap",
    "PersonTap",
    "PlaceTap",
    "ReachTap",
    "SessionTap",
    "Tap",
    "UndoTap",
    "WizardTap",
    "answer_tap",
    "meaning",
    "pack",
    "unpack",
]

MOST_BYTES = 64
SKIP = "s"

CHOICES = {DIRECT: DIRECT_CHOICES, AFTER: AFTER_CHOICES}
_LETTERS = {DIRECT: "d", AFTER: "f"}
_QUESTIONS = {letter: question for question, letter in _LETTERS.items()}

Tap = PatientTap | TherapistTap | CoordinatorTap
T = TypeVar("T", bound=Tap)

KINDS: Mapping[type, str] = {
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
    PlaceTap: "1an",
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
    is_whole = len(parts) == fields + 1 and parts[0] == KINDS[kind] and all(parts)
    if not is_whole or not is_ours(data or ""):
        raise Refusal("stale_button")
    return kind(*parts[1:])


def is_ours(data: str) -> bool:
    """Say whether a button of ours could carry this: short, and nothing but visible letters."""
    return data.isprintable() and len(data.encode()) <= MOST_BYTES


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
            choices = CHOICES[question]
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
