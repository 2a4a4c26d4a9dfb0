"""What the cells of existing data mean: codes for missing, numbers, and the direct question."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Self

from alliance.errors import BadAnswer
from alliance.rupture.observation import DirectAnswer, FeltOff, FollowUpAnswer
from alliance.typed.plain_text import plain_text

NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)", re.ASCII)
"""Format of an answer: digits with an optional decimal point or comma."""

MISSING_WORDS = frozenset(
    (
        *("na", "n/a", "n.a.", "nan", "nat", "null", "none", "nil", "missing"),
        *("<na>", "#n/a", "#null!", ".", "..", "-", "--", "?"),
    )
)
"""Words for missing in R, SPSS, SAS, pandas and spreadsheets; case is ignored."""

MISSING_NUMBERS = (-99, -999, -9999, 9999)
"""Numbers that stand for missing unless a site names its own, and unless they are answers."""

DIRECT_WORDS: dict[str, DirectAnswer] = {
    "no": DirectAnswer(FeltOff.NO),
    "0": DirectAnswer(FeltOff.NO),
    "0.0": DirectAnswer(FeltOff.NO),
    "false": DirectAnswer(FeltOff.NO),
    "little": DirectAnswer(FeltOff.A_LITTLE),
    "a little": DirectAnswer(FeltOff.A_LITTLE),
    "yes": DirectAnswer(FeltOff.YES),
    "1": DirectAnswer(FeltOff.YES),
    "1.0": DirectAnswer(FeltOff.YES),
    "true": DirectAnswer(FeltOff.YES),
    "sorted": DirectAnswer(FeltOff.YES, FollowUpAnswer.YES),
    "partly": DirectAnswer(FeltOff.YES, FollowUpAnswer.PARTLY),
    "not_yet": DirectAnswer(FeltOff.YES, FollowUpAnswer.NOT_YET),
    "not yet": DirectAnswer(FeltOff.YES, FollowUpAnswer.NOT_YET),
    "talk": DirectAnswer(FeltOff.YES, FollowUpAnswer.TALK),
}
"""Values of the column ``direct`` besides blank; case is ignored.

``sorted``, ``partly``, ``not yet`` and ``talk`` mean "yes" and its follow-up. Statistics programs
write 0 and 1 as 0.0 and 1.0 if a column also has blanks, or as FALSE and TRUE.
"""

SessionKey = Decimal | datetime | str
"""A session as it is compared: 7, 7.0 and 07 are one number."""


@dataclass(frozen=True, slots=True)
class MissingCodes:
    """What stands for missing besides a blank cell and ``MISSING_WORDS``.

    Attributes:
        words: Further words, in small letters.
        numbers: Numbers.
        is_chosen: Whether somebody chose them. The usual numbers are not codes where they are
            possible answers.
    """

    words: frozenset[str] = frozenset()
    numbers: frozenset[Decimal] = frozenset(map(Decimal, MISSING_NUMBERS))
    is_chosen: bool = False

    @classmethod
    def chosen(cls, codes: Iterable[str]) -> Self:
        """Return the codes that somebody chose, such as ``NA`` and ``-9``."""
        plain = [plain_text(code).casefold() for code in codes]
        numbers = {code: number for code in plain if (number := parse_number(code)) is not None}
        return cls(frozenset(plain) - numbers.keys(), frozenset(numbers.values()), is_chosen=True)

    def is_missing(self, cell: str, *, answers: tuple[float, float] | None = None) -> bool:
        """Whether a cell, in plain form, is missing.

        Args:
            cell: The cell.
            answers: The lowest and the highest answer; None for a cell that is no answer.
        """
        word = cell.casefold()
        if not word or word in MISSING_WORDS or word in self.words:
            return True
        number = parse_number(cell)
        if number is None:
            return False
        if answers is None:  # nobody's name is a negative code
            return number in self.numbers or (number < 0 and number in MISSING_NUMBERS)
        is_answer = answers[0] <= number <= answers[1] and not self.is_chosen
        return number in self.numbers and not is_answer


USUAL_MISSING = MissingCodes()


def parse_number(cell: str) -> Decimal | None:
    """Return the number that a cell is, with a decimal point or comma; None if it is none."""
    return Decimal(cell.replace(",", ".")) if NUMBER.fullmatch(cell) else None


def parse_direct(cell: str) -> DirectAnswer:
    """Return the answer to the direct question.

    Raises:
        BadAnswer: It is none of ``DIRECT_WORDS``.
    """
    try:
        return DIRECT_WORDS[cell.lower().replace(",", ".")]
    except KeyError:
        raise BadAnswer(
            f"direct must be one of {', '.join(DIRECT_WORDS)} or blank, not {cell!r}"
        ) from None


def session_key(cell: str) -> SessionKey:
    """Return a session as it is compared: as a number, as an ISO day or time, or as its name."""
    number = parse_number(cell)
    if number is not None:
        return number
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        return cell
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


class Names:
    """The names of patients or therapists: one person is written in one way.

    Args:
        what: What they are names of, for errors.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._as_written: dict[str, str] = {}
        self._numbers: dict[Decimal, str] = {}

    def take(self, cell: str) -> str:
        """Return a name as it was first written; invisible marks make no difference.

        Raises:
            BadAnswer: It is a number that was written in another way before, such as 1 and 1.0.
        """
        plain = plain_text(cell)
        number = parse_number(plain)
        if number is not None and self._numbers.setdefault(number, plain) != plain:
            raise BadAnswer(
                f"{self._what} {plain} was {self._numbers[number]} before; "
                "write the same person in the same way"
            )
        return self._as_written.setdefault(plain, cell.strip())
