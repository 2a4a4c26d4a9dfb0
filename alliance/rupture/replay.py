"""What a detector would have said on existing data: rows in, rows out.

Long format, one row per session in order: ``patient,session,<one column per item id>`` and, where
there are any, ``direct`` and ``therapist``. Blank is not answered; a row whose items are all blank
is a check-in that went unanswered. Every row is checked before anything is computed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from alliance.checkins.instruments import Answers, Instrument
from alliance.errors import AttuneError, BadAnswer
from alliance.rupture.observation import DirectAnswer, Felt, Observation, Settled
from alliance.rupture.sentence import in_english
from alliance.rupture.verdict import Verdict
from alliance.rupture.watch import Detector

PATIENT, SESSION, DIRECT, THERAPIST = "patient", "session", "direct", "therapist"
OUTPUT = (
    *("patient", "session", "probability", "alert", "kind"),
    *("item", "drop", "usual_low", "usual_high", "sentence"),
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
"""How an answer is written: digits, and a decimal point where there is one."""

MOST_TOLD = 50
"""After so many bad rows the rest is only counted."""

DIRECT_WORDS: dict[str, DirectAnswer] = {
    "no": DirectAnswer(Felt.NO),
    "0": DirectAnswer(Felt.NO),
    "0.0": DirectAnswer(Felt.NO),
    "little": DirectAnswer(Felt.A_LITTLE),
    "a little": DirectAnswer(Felt.A_LITTLE),
    "yes": DirectAnswer(Felt.YES),
    "1": DirectAnswer(Felt.YES),
    "1.0": DirectAnswer(Felt.YES),
    "sorted": DirectAnswer(Felt.YES, Settled.YES),
    "partly": DirectAnswer(Felt.YES, Settled.PARTLY),
    "not_yet": DirectAnswer(Felt.YES, Settled.NOT_YET),
    "not yet": DirectAnswer(Felt.YES, Settled.NOT_YET),
    "talk": DirectAnswer(Felt.YES, Settled.TALK),
}
"""What the column ``direct`` may hold besides nothing, in small or capital letters.

``sorted``, ``partly``, ``not yet`` and ``talk`` are a "yes" and what followed it. A statistics
program that keeps 0 and 1 beside blanks writes them as 0.0 and 1.0.
"""


class BadRows(AttuneError):
    """Rows that cannot be read; ``problems`` has one sentence each, with its line number."""

    def __init__(self, problems: Sequence[str]) -> None:
        told = list(problems[:MOST_TOLD])
        if len(problems) > len(told):
            told.append(f"and {len(problems) - len(told)} more.")
        super().__init__("\n".join(told))
        self.problems = tuple(problems)


class Row(NamedTuple):
    """One session read from a file.

    Attributes:
        patient: Whose it was.
        session: Its number or name, as it stood in the file.
        observation: What was observed.
    """

    patient: str
    session: str
    observation: Observation


class Said(NamedTuple):
    """One session's verdict, in the columns of ``OUTPUT``; amounts are in instrument units."""

    patient: str
    session: str
    probability: float
    alert: bool
    kind: str
    item: str | None
    drop: float | None
    usual_low: float | None
    usual_high: float | None
    sentence: str

    def cells(self) -> list[object]:
        """Return the cells of a CSV row: every digit, 1 for an alert, None where nothing is."""
        return [int(value) if isinstance(value, bool) else value for value in self]


class Summary(NamedTuple):
    """What a replay amounts to.

    Attributes:
        patients: How many there were.
        sessions: How many took place.
        verdicts: How many of them got a verdict.
        alerts: How many of those were alerts.
        alerts_per_100: Alerts per 100 sessions from each patient's second on; 0 without any.
    """

    patients: int
    sessions: int
    verdicts: int
    alerts: int
    alerts_per_100: float


def read_rows(
    columns: Sequence[str],
    rows: Iterable[tuple[int, Mapping[str, str | None]]],
    instrument: Instrument,
) -> list[Row]:
    """Return the sessions of a file, or refuse all of it.

    Args:
        columns: Column names, in any order.
        rows: Each row's line in the file, and column name to cell, in the order of the file.
        instrument: What the patients answered.

    Raises:
        BadRows: A column is missing or unknown, or a row breaks a rule; each with its line.
    """
    _check_columns(columns, instrument)
    found: list[Row] = []
    problems: list[str] = []
    before: dict[str, dict[str, int]] = {}
    for line, row in rows:
        try:
            read = _read(row, columns, instrument)
            _check_order(read, before.setdefault(read.patient, {}))
        except BadAnswer as bad:
            problems.append(f"Line {line}: {bad}")
            continue
        found.append(read)
    if problems:
        raise BadRows(problems)
    return found


def replay(
    rows: Sequence[Row],
    *,
    detector: Detector,
    instrument: Instrument,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Said], Summary]:
    """Return what the detector would have said, row by row, and what it amounts to.

    Patients may alternate; each patient's rows are in the order of the sessions.

    Args:
        rows: From ``read_rows``.
        detector: Made for the same instrument.
        instrument: What the patients answered.
        progress: Called with the number of rows done, after each.
    """
    states = {row.patient: detector.begin() for row in rows}
    said: list[Said] = []
    alerts = 0
    for done, row in enumerate(rows, start=1):
        states[row.patient], verdict = detector.step(states[row.patient], row.observation)
        if verdict is not None:
            said.append(_said(row, verdict, instrument))
            alerts += verdict.alert
        if progress is not None:
            progress(done)
    later = len(rows) - len(states)
    return said, Summary(
        patients=len(states),
        sessions=len(rows),
        verdicts=len(said),
        alerts=alerts,
        alerts_per_100=100 * alerts / later if later else 0.0,
    )


def _check_columns(columns: Sequence[str], instrument: Instrument) -> None:
    items = [item.id for item in instrument.items]
    wanted = [PATIENT, SESSION, *items]
    missing = [name for name in wanted if name not in columns]
    unknown = [name for name in columns if name not in (*wanted, DIRECT, THERAPIST)]
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    problems = [
        f"Line 1: {trouble}: {', '.join(map(repr, names))}."
        for trouble, names in (
            ("columns are missing", missing),
            ("columns are unknown", unknown),
            ("columns are there twice", twice),
        )
        if names
    ]
    if problems:
        raise BadRows(problems)


def _check_order(row: Row, before: dict[str, int]) -> None:
    """Refuse a session that was there before, or whose number is lower than the last one's."""
    if row.session in before:
        raise BadAnswer(f"patient {row.patient} has session {row.session} twice")
    last = next(reversed(before), "")
    before[row.session] = len(before)
    if row.session.isdecimal() and last.isdecimal() and int(row.session) < int(last):
        raise BadAnswer(f"session {row.session} of patient {row.patient} stands after {last}")


def _read(row: Mapping[str, str | None], columns: Sequence[str], instrument: Instrument) -> Row:
    if any(row.get(name) is None for name in columns) or len(row) > len(columns):
        raise BadAnswer(f"there are not {len(columns)} cells, one for each column")
    cells = {name: (row[name] or "").strip() for name in columns}
    for name in (PATIENT, SESSION):
        if not cells[name]:
            raise BadAnswer(f"the {name} is blank")
    answers: Answers = dict(_answers(cells, instrument))
    return Row(
        patient=cells[PATIENT],
        session=cells[SESSION],
        observation=Observation(
            answers=answers or None,
            direct=_direct(cells.get(DIRECT, "")),
            therapist=cells.get(THERAPIST) or None,
        ),
    )


def _answers(cells: Mapping[str, str], instrument: Instrument) -> Iterator[tuple[str, float]]:
    """Yield what was answered; a value between two steps was read from a finer scale, and stays."""
    for item in instrument.items:
        cell = cells[item.id]
        if not cell:
            continue
        if not NUMBER.fullmatch(cell):
            raise BadAnswer(f"{item.id} is no number: {cell!r}")
        value = float(cell)
        if not instrument.lowest <= value <= instrument.highest:
            raise BadAnswer(
                f"{item.id} lies between {instrument.lowest:g} and {instrument.highest:g}, "
                f"not at {cell}"
            )
        yield item.id, value


def _direct(cell: str) -> DirectAnswer | None:
    if not cell:
        return None
    try:
        return DIRECT_WORDS[cell.lower()]
    except KeyError:
        raise BadAnswer(
            f"direct is one of {', '.join(DIRECT_WORDS)} or blank, not {cell!r}"
        ) from None


def _said(row: Row, verdict: Verdict, instrument: Instrument) -> Said:
    return Said(
        patient=row.patient,
        session=row.session,
        probability=verdict.probability,
        alert=verdict.alert,
        kind=verdict.kind.value,
        item=verdict.item,
        drop=verdict.drop,
        usual_low=verdict.usual_low,
        usual_high=verdict.usual_high,
        sentence=in_english(verdict, instrument),
    )
