"""Tables that we send out: what a spreadsheet opens as it is, and never as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = ";"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as a file that spreadsheets of every country open in columns.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = io.StringIO()
    text.write(f"sep={MARK}\r\n")
    writer = csv.writer(text, delimiter=MARK, lineterminator="\r\n")
    for row in rows:
        writer.writerow([escaped(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def escaped(cell: str) -> str:
    """Return a cell that is read as the words it holds."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
