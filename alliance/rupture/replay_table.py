"""Read a table of existing data, as statistics programs and spreadsheets write it."""

import csv
import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from alliance.checkins.instruments import Instrument
from alliance.files.decoding import lines_of
from alliance.files.tables.layout import DELIMITERS, Layout, find_layout, is_blank, is_ignored
from alliance.rupture.replay_cells import USUAL_MISSING, MissingCodes
from alliance.rupture.replay_rows import (
    DIRECT,
    SESSION,
    THERAPIST,
    BadRows,
    ReplayRow,
    read_rows,
    required_columns,
)
from alliance.typed.plain_text import plain_text

_UNNAMED = re.compile(r"|unnamed: ?\d+|\.\.\.\d+", re.IGNORECASE)
"""Names that R and pandas give a column without one; it contains numbers of rows."""

_NUMBERED = re.compile(r"(.*?)\d+")
MIN_WIDE = 3
"""So many columns of one name and a number are sessions side by side."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a file are used.

    Attributes:
        mapped: Our name of a column to the file's, where they differ.
        ignored: Columns, by the file's names, that are not used although they are not mapped.
    """

    mapped: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a file.

    Attributes:
        delimiter: What separates its cells.
        rows: Number of rows with a session.
        patients: Number of patients.
        unanswered: Number of sessions without an answer to any item.
        missing: Codes for missing that occur, blank as "", each with its number of cells.
        columns: Our name of each column that is used to the file's.
        ignored: The file's columns that are not used; "" is one without a name.
        lines_above: Number of lines above the header that were left out.
        charset: The name of the character set, if it is not Unicode and was guessed.
    """

    delimiter: str
    rows: int
    patients: int
    unanswered: int
    missing: Mapping[str, int]
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    lines_above: int
    charset: str | None = None


def read_replay_table(
    text: str,
    instrument: Instrument,
    columns: Columns | None = None,
    missing: MissingCodes = USUAL_MISSING,
) -> tuple[list[ReplayRow], Understood]:
    """Return the sessions of a table, and what was understood of it.

    Args:
        text: The file.
        instrument: The instrument that was answered.
        columns: How its columns are used; None expects our names and no others.
        missing: What stands for missing.

    Raises:
        BadRows: A column is missing or unknown, or rows are invalid; each with its line.
    """
    used = columns or Columns()
    lines = lines_of(text)
    layout = _layout_of(lines, instrument, used)
    header, rows = _split_header(list(_rows(lines, layout)))
    places = _Header(layout.header + 1, header, instrument, used).places()
    cells = list(_cells(rows, header, places))
    sessions = read_rows(list(places), cells, instrument, missing)
    return sessions, Understood(
        delimiter=layout.delimiter,
        rows=len(sessions),
        patients=len({session.patient for session in sessions}),
        unanswered=sum(session.observation.answers is None for session in sessions),
        missing=_count_missing((row for _, row in cells), instrument, missing),
        columns={name: header[place] for name, place in places.items()},
        ignored=tuple(name for place, name in enumerate(header) if place not in places.values()),
        lines_above=sum(not is_ignored(line) for line in lines[: layout.header]),
    )


def _layout_of(lines: Sequence[str], instrument: Instrument, used: Columns) -> Layout:
    ours = {*required_columns(instrument), DIRECT, THERAPIST}
    wanted = {name.casefold() for name in (*ours, *map(plain_text, used.mapped.values()))}
    found = find_layout(lines, lambda name: name.casefold() in wanted)
    if found is not None:
        return found
    first = next((index for index, line in enumerate(lines) if not is_ignored(line)), 0)
    return Layout(first, max((",", *DELIMITERS), key=lines[first].count))


def _rows(lines: Sequence[str], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows from the header on that are not empty, each with its line."""
    skipped = layout.header
    reader = csv.reader(
        (line + "\n" for line in lines[skipped:]), delimiter=layout.delimiter, strict=True
    )
    next_line = skipped + 1
    try:
        for row in reader:
            line, next_line = next_line, skipped + reader.line_num + 1
            if not is_blank(row):
                yield line, row
    except csv.Error:
        raise BadRows(
            [f"Line {next_line}: a quotation mark opens here and is not closed properly."]
        ) from None


def _split_header(
    rows: list[tuple[int, list[str]]],
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns and the other rows.

    R leaves out the name of the column with the numbers of rows: then every row has one cell
    more than the header, and the first cells are 1, 2, 3.
    """
    header = [plain_text(cell) for cell in rows[0][1]] if rows else []
    others = rows[1:]
    numbers = [row[0].strip() for _, row in others if len(row) == len(header) + 1]
    if numbers and numbers == [str(number + 1) for number in range(len(others))]:
        header = ["", *header]
    return header, others


def _cells(
    rows: Iterable[tuple[int, list[str]]], header: Sequence[str], places: Mapping[str, int]
) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield the cells of each row by our names, or what is wrong with the row."""
    for line, row in rows:
        if len(row) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            yield (
                line,
                f"the row needs {len(header)} cells, one for each column, and has {len(row)}; "
                "a cell that contains the separator stands in quotation marks",
            )
        else:
            yield line, {name: row[place] for name, place in places.items()}


def _count_missing(
    rows: Iterable[Mapping[str, str] | str], instrument: Instrument, missing: MissingCodes
) -> Mapping[str, int]:
    items = {item.id for item in instrument.items}
    answers = (instrument.lowest, instrument.highest)
    counts: Counter[str] = Counter()
    for row in rows:
        for name, written in row.items() if isinstance(row, Mapping) else ():
            cell = plain_text(written)
            if missing.is_missing(cell, answers=answers if name in items else None):
                counts[cell] += 1
    return dict(counts.most_common())


class _Header:
    """The header of a file: where each column is, or what is wrong with it."""

    def __init__(
        self, line: int, names: Sequence[str], instrument: Instrument, used: Columns
    ) -> None:
        self._line = line
        self._names = names
        self._used = used
        self._required = required_columns(instrument)
        self._known = (*self._required, DIRECT, THERAPIST)

    def places(self) -> dict[str, int]:
        """Return the index of each column that is used, by our name.

        Raises:
            BadRows: A column is missing, unknown or a duplicate; with what to do.
        """
        found = {ours: self._places_of(self._theirs(ours)) for ours in self._known}
        missing = [name for name in self._required if not found[name]]
        problems = [
            *self._not_ours(),
            *self._missing(missing),
            *([] if missing else self._unknown(found.values())),
            *self._duplicate([name for name in self._known if len(found[name]) > 1]),
        ]
        if problems:
            raise BadRows([f"Line {self._line}: {problem}" for problem in problems])
        return {ours: places[0] for ours, places in found.items() if places}

    def _theirs(self, ours: str) -> str:
        return plain_text(self._used.mapped.get(ours, ours))

    def _places_of(self, name: str) -> list[int]:
        exact = [place for place, other in enumerate(self._names) if other == name]
        folded = name.casefold()
        return exact or [
            place for place, other in enumerate(self._names) if other.casefold() == folded
        ]

    def _not_ours(self) -> Iterator[str]:
        for ours, theirs in self._used.mapped.items():
            if ours not in self._known:
                known = ", ".join(self._known)
                yield f"--column {ours}={theirs}: {ours!r} is none of our columns, {known}."
            elif not self._places_of(plain_text(theirs)):
                yield f"there is no column {theirs!r}; the file has {self._listed()}."

    def _missing(self, names: Sequence[str]) -> Iterator[str]:
        names = [name for name in names if name not in self._used.mapped]
        if names:
            yield f"missing columns: {', '.join(map(repr, names))}. {self._remedy(names)}"

    def _remedy(self, missing: Sequence[str]) -> str:
        if len(self._names) <= 1:
            return "Separate the cells by commas, semicolons or tabs."
        unused = [other for other in self._names if other and other not in self._known]
        near = get_close_matches(missing[0], unused, n=1) or unused or ["NAME"]
        remedy = (
            f"The file has {self._listed()}. If a column has another name there, say so, e.g. "
            f"--column {missing[0]}={near[0]}"
        )
        numbered = (found.group(1) for name in unused if (found := _NUMBERED.fullmatch(name)))
        if SESSION in missing and max(Counter(numbered).values(), default=0) >= MIN_WIDE:
            remedy += (
                ". If the sessions are side by side, reshape the table to one row for each "
                "session of each patient (pivot_longer in R, wide_to_long in pandas)."
            )
        return remedy

    def _unknown(self, found: Iterable[Sequence[int]]) -> Iterator[str]:
        used = {place for places in found for place in places}
        if self._used.mapped:  # the file is somebody else's, and so are its other columns
            return
        ignored = {plain_text(name).casefold() for name in self._used.ignored}
        names = [
            name
            for place, name in enumerate(self._names)
            if place not in used and not _UNNAMED.fullmatch(name) and name.casefold() not in ignored
        ]
        if names:
            options = " ".join(f"--ignore={shlex.quote(name)}" for name in names)
            yield (
                f"unknown columns: {', '.join(map(repr, names))}. Rename them to what they are, "
                f"or leave them out with {options}"
            )

    def _duplicate(self, names: Sequence[str]) -> Iterator[str]:
        if names:
            yield f"duplicate columns: {', '.join(map(repr, names))}."

    def _listed(self) -> str:
        return ", ".join(repr(name) for name in self._names if name) or "none with a name"
