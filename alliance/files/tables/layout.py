"""Find where a table begins: the row that names its columns, and what separates its cells."""

import csv
import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from alliance.typed.plain_text import plain_text

DELIMITERS = (";", ",", "\t")
MAX_ROWS_ABOVE = 50
"""Rows above the header: notes and empty ones."""

_MAX_SEARCHED = 20_000
"""Characters of a row that are searched for names of columns."""

_EXCEL_HINT = "sep="
_COMMENT = "#"
_ERROR_VALUE = re.compile(r"#(?:N/A|NV|[^\W\d_/]+[!?]|[^\W\d_]+/0!)$", re.IGNORECASE)
_RULER = re.compile(r"[-=_*~\s]*")


class Layout(NamedTuple):
    """Where the header is.

    Attributes:
        header: Index of its line, from 0.
        delimiter: What separates the cells.
    """

    header: int
    delimiter: str


def find_layout(lines: Sequence[str], is_column: Callable[[str], bool]) -> Layout | None:
    """Return the layout of a table; None if no row names a column.

    The header is the first row of which two cells, or all, are names of columns, or the very
    first row if one cell is; otherwise any row of which one cell is.

    Args:
        lines: The lines of the file.
        is_column: Whether a text, in plain form and small letters, is the name of a column.
    """
    possible: Layout | None = None
    rows = (index for index, line in enumerate(lines) if not is_ignored(line))
    for place, index in enumerate(islice(rows, MAX_ROWS_ABOVE + 1)):
        delimiter, names, others = _names_in(lines[index], is_column)
        layout = Layout(index, delimiter)
        if names > 1 or (names and (not others or place == 0)):
            return layout
        if names and possible is None:
            possible = layout
    return possible


def _names_in(line: str, is_column: Callable[[str], bool]) -> tuple[str, int, int]:
    """Return the delimiter with which most cells are names, their number, and the other cells'."""
    best = (DELIMITERS[0], 0, 0)
    for delimiter in DELIMITERS:
        try:
            row = next(csv.reader([line[:_MAX_SEARCHED]], delimiter=delimiter), [])
        except csv.Error:
            continue
        cells = [cell for cell in map(name_of_column, row) if cell]
        names = sum(map(is_column, cells))
        if names > best[1]:
            best = (delimiter, names, len(cells) - names)
    return best


def name_of_column(cell: str) -> str:
    """Return a cell of the header in the form in which names of columns are compared."""
    return plain_text(cell).lower()


def is_ignored(line: str) -> bool:
    """Whether a line above the header is empty, a comment, a ruler, or Excel's delimiter hint."""
    bare = plain_text(line).strip(' ;,"').lower()
    return bare.startswith((_EXCEL_HINT, _COMMENT)) or is_idle(re.split(r"[;,\t]", bare))


def has_delimiter_hint(lines: Sequence[str]) -> bool:
    """Whether a file begins with Excel's delimiter hint."""
    first = next((plain_text(line) for line in lines if line.strip()), "")
    return first.strip('"').lower().startswith(_EXCEL_HINT)


def is_blank(row: Sequence[str]) -> bool:
    """Whether a row is empty or a ruler."""
    return _first_filled(row) is None


def is_idle(row: Sequence[str]) -> bool:
    """Whether a row is empty, a ruler, or a comment.

    A row that begins with an error value of a spreadsheet, such as #N/A, is none of these.
    """
    first = _first_filled(row)
    return first is None or (first.startswith(_COMMENT) and not _ERROR_VALUE.match(first))


def _first_filled(row: Sequence[str]) -> str | None:
    cells = (plain_text(cell) for cell in row)
    return next((cell for cell in cells if not _RULER.fullmatch(cell)), None)
