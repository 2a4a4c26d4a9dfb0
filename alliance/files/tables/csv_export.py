"""Write CSV that spreadsheets open directly, without ever treating a cell as a formula.

The only module that writes CSV; a test enforces it.
"""

import csv
import io
from collections.abc import Iterable, Sequence

DELIMITER = ";"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_file(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as a CSV file for spreadsheets, whatever their locale's separator."""
    return f"sep={DELIMITER}\r\n{csv_lines(rows, delimiter=DELIMITER)}".encode("utf-8-sig")


def csv_lines(rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> str:
    """Return rows as CSV lines; only text is escaped, numbers are not."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow([escape_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def escape_cell(cell: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would treat as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
