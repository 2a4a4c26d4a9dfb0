"""Tables that we give out: what a spreadsheet opens as it is, and never as a formula.

The only place that writes them; a test of the house sees to it.
"""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = ";"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as a file that spreadsheets of every country open in columns.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    return f"sep={MARK}\r\n{lines(rows, mark=MARK)}".encode("utf-8-sig")


def lines(rows: Iterable[Sequence[object]], *, mark: str = ",") -> str:
    """Return rows as lines for programs; numbers are written as such, words are escaped."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator="\r\n")
    for row in rows:
        writer.writerow([escaped(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def escaped(cell: str) -> str:
    """Return a cell that is read as the words it holds."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
