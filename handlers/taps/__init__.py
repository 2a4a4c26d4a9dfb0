"""The data of buttons: at most 64 bytes, versioned, opaque and never trusted.

A client can send anything; data that cannot be unpacked is treated as a stale button.
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
    ConversationTap,
    CoordinatorTap,
    EraseTap,
    FileTap,
    GroupTap,
    HeartbeatTap,
    LinkQrTap,
    OpenTap,
    PeopleTap,
    PersonTap,
    SessionTap,
    UndoTap,
    UnreachableTap,
)
from handlers.taps.patients import (
    AnswerChannelTap,
    AnswerTap,
    CheckinTap,
    ConsentTap,
    LanguageTap,
    PatientTap,
)
from handlers.taps.therapists import (
    AlertTap,
    CaseloadTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    GroupOverviewTap,
    HandoverTap,
    OutcomeTap,
    TherapistTap,
)

__all__ = [
    "CHOICES",
    "KINDS",
    "MAX_BYTES",
    "SKIP",
    "AbsenceTap",
    "AlertTap",
    "AnswerChannelTap",
    "AnswerTap",
    "AuditTap",
    "BeginTap",
    "CaseloadTap",
    "CheckinTap",
    "ConsentTap",
    "ConversationTap",
    "CourseTap",
    "DigestTap",
    "EpisodeTap",
    "EraseTap",
    "FileTap",
    "GroupOverviewTap",
    "GroupTap",
    "HandoverTap",
    "HeartbeatTap",
    "LanguageTap",
    "LinkQrTap",
    "OpenTap",
    "OutcomeTap",
    "PeopleTap",
    "PersonTap",
    "SessionTap",
    "Tap",
    "UndoTap",
    "UnreachableTap",
    "answer_tap",
    "pack",
    "parse_answer_tap",
    "unpack",
]

MAX_BYTES = 64
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
    ConversationTap: "2w",
    LanguageTap: "1l",
    BeginTap: "1be",
    OpenTap: "1op",
    SessionTap: "1se",
    AbsenceTap: "1ab",
    GroupTap: "1gr",
    PeopleTap: "1pl",
    PersonTap: "1pe",
    UnreachableTap: "1re",
    LinkQrTap: "1li",
    HandoverTap: "1ca",
    AuditTap: "1au",
    UndoTap: "1un",
    HeartbeatTap: "1hb",
    FileTap: "1i",
    OutcomeTap: "1oc",
    EpisodeTap: "1ep",
    CaseloadTap: "1cl",
    CourseTap: "1co",
    GroupOverviewTap: "1mb",
    DigestTap: "1di",
    EraseTap: "1er",
    AnswerChannelTap: "1an",
}
"""The prefix of each kind of button: the version of its format, then its code."""


def pack(tap: Tap) -> str:
    """Return the data of a button."""
    return ":".join((KINDS[type(tap)], *tap))


def unpack(kind: type[T], data: str | None) -> T:
    """Parse the data of a button of that kind.

    Raises:
        Refusal: It is malformed: the button is stale or made up.
    """
    fields = len(kind._fields)
    parts = (data or "").split(":", fields)
    is_complete = len(parts) == fields + 1 and parts[0] == KINDS[kind] and all(parts)
    if not is_complete or not _is_plausible(data or ""):
        raise Refusal("stale_button")
    return kind(*parts[1:])


def _is_plausible(data: str) -> bool:
    """Say whether one of our buttons could carry this: short, and printable characters only."""
    return data.isprintable() and len(data.encode()) <= MAX_BYTES


def answer_tap(instrument: Instrument, checkin_id: str, question: str, choice: str) -> str:
    """Return the data of an answer button; ``choice`` is the index of a choice, or ``SKIP``."""
    letter = _LETTERS.get(question) or str(instrument.places[question])
    return pack(AnswerTap(checkin_id, letter, choice))


def parse_answer_tap(tap: AnswerTap, instrument: Instrument) -> tuple[str, float | str | None]:
    """Return the question and the value; None if it is skipped.

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
