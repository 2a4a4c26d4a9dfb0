"""Read existing data row by row: sessions in the order in which they took place.

Long format, one row per session: ``patient,session,<one column per item id>`` and, optionally,
``direct`` and ``therapist``. Blank means not answered; a row whose items are all blank is an
unanswered check-in. All rows are checked before anything is computed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from alliance.checkins.instruments import Answers, Instrument
from alliance.errors import AttuneError, BadAnswer
from alliance.rupture.observation import Observation
from alliance.rupture.replay_cells import (
    USUAL_MISSING,
    MissingCodes,
    Names,
    SessionKey,
    parse_direct,
    parse_number,
    session_key,
)
from alliance.typed.plain_text import plain_text

PATIENT, SESSION, DIRECT, THERAPIST = "patient", "session", "direct", "therapist"
MAX_REPORTED = 50
"""Problems that are listed; any others are only counted."""


class BadRows(AttuneError):
    """Rows are invalid; ``problems`` has one sentence each, with its line number."""

    def __init__(self, problems: Sequence[str]) -> None:
        listed = list(problems[:MAX_REPORTED])
        if len(problems) > len(listed):
            listed.append(f"and {len(problems) - len(listed)} more.")
        super().__init__("\n".join(listed))
        self.problems = tuple(problems)


class ReplayRow(NamedTuple):
    """One session read from a file.

    Attributes:
        patient: The patient, as in the file.
        session: Its number or name, as in the file.
        observation: What the patient answered.
    """

    patient: str
    session: str
    observation: Observation


def required_columns(instrument: Instrument) -> tuple[str, ...]:
    """Return the names of the columns that every file needs."""
    return (PATIENT, SESSION, *(item.id for item in instrument.items))


def read_rows(
    columns: Sequence[str],
    rows: Iterable[tuple[int, Mapping[str, str] | str]],
    instrument: Instrument,
    missing: MissingCodes = USUAL_MISSING,
) -> list[ReplayRow]:
    """Parse the sessions of a file, or refuse the whole file.

    Args:
        columns: The columns that are used, by our names.
        rows: Line number of each row, in the order of the file, with its cells by column, or
            with a sentence that says why it has none.
        instrument: The instrument that was answered.
        missing: What stands for missing.

    Raises:
        BadRows: Rows are invalid; each with its line.
    """
    reader = _RowReader(columns, instrument, missing)
    parsed: list[ReplayRow] = []
    problems: list[str] = []
    for line, cells in rows:
        if isinstance(cells, str):
            problems.append(f"Line {line}: {cells}")
            continue
        try:
            parsed.append(reader.read(cells))
        except BadAnswer as error:
            problems.append(f"Line {line}: {error}")
    if problems:
        raise BadRows(problems)
    return parsed


class _Course:
    """The sessions of one patient so far."""

    def __init__(self) -> None:
        self._sessions: dict[SessionKey, str] = {}
        self._last: dict[type, SessionKey] = {}

    def add(self, patient: str, session: str) -> None:
        """Add the next session.

        Raises:
            BadAnswer: It is a duplicate, or its number or day is before the previous one's.
        """
        key = session_key(session)
        if key in self._sessions:
            other = self._sessions[key]
            also = "" if other == session else f" (the other is written {other})"
            raise BadAnswer(f"patient {patient} has session {session} twice{also}")
        self._sessions[key] = session
        last = self._last.get(type(key))
        self._last[type(key)] = key
        if last is not None and _is_before(key, last):
            raise BadAnswer(
                f"session {session} of patient {patient} comes after {self._sessions[last]}; "
                "sort the rows of each patient by session"
            )


def _is_before(key: SessionKey, last: SessionKey) -> bool:
    if isinstance(key, Decimal) and isinstance(last, Decimal):
        return key < last
    return isinstance(key, datetime) and isinstance(last, datetime) and key < last


class _RowReader:
    """Reads one row after the other; knows what the earlier ones were."""

    def __init__(
        self, columns: Sequence[str], instrument: Instrument, missing: MissingCodes
    ) -> None:
        self._columns = columns
        self._instrument = instrument
        self._missing = missing
        self._patients, self._therapists = Names(PATIENT), Names(THERAPIST)
        self._courses: dict[str, _Course] = {}

    def read(self, row: Mapping[str, str]) -> ReplayRow:
        """Return the session of a row.

        Raises:
            BadAnswer: A cell is invalid, or the session does not follow the earlier ones.
        """
        cells = {name: plain_text(row[name]) for name in self._columns}
        for name in (PATIENT, SESSION):
            self._require(name, cells[name])
        answers: Answers = dict(self._answers(cells))
        direct, therapist = cells.get(DIRECT, ""), cells.get(THERAPIST, "")
        observation = Observation(
            answers=answers or None,
            direct=None if self._missing.is_missing(direct) else parse_direct(direct),
            therapist=None
            if self._missing.is_missing(therapist)
            else self._therapists.take(row[THERAPIST]),
        )
        patient = self._patients.take(row[PATIENT])
        self._courses.setdefault(patient, _Course()).add(patient, cells[SESSION])
        return ReplayRow(patient, row[SESSION].strip(), observation)

    def _require(self, name: str, cell: str) -> None:
        if not cell:
            raise BadAnswer(f"the {name} is blank")
        if self._missing.is_missing(cell):
            is_word = parse_number(cell) is None
            other = "" if is_word else "; if it is not missing, name your own codes with --missing"
            raise BadAnswer(
                f"the {name} is {cell!r}, which stands for missing: fill it in, or take the row "
                f"out{other}"
            )

    def _answers(self, cells: Mapping[str, str]) -> Iterator[tuple[str, float]]:
        """Yield the answered items; values between two steps are accepted, from a finer scale."""
        lowest, highest = self._instrument.lowest, self._instrument.highest
        for item in self._instrument.items:
            cell = cells[item.id]
            if self._missing.is_missing(cell, answers=(lowest, highest)):
                continue
            value = parse_number(cell)
            remedy = f"if {cell} stands for missing, add --missing={cell}"
            if value is None:
                raise BadAnswer(
                    f"{item.id} is not a number: {cell!r}; leave it blank if there is no answer, "
                    f"or {remedy}"
                )
            if not lowest <= value <= highest:
                raise BadAnswer(
                    f"{item.id} must be between {lowest:g} and {highest:g}, not {cell}; {remedy}"
                )
            yield item.id, float(value)
