"""Make tables as spreadsheets write them, with their oddities switched on at random.

Each oddity is a way of writing the same; what is unclear by itself is written, too, and must then
be named as not understood.
"""

import csv
import io
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
COLUMNS = ("code", "days", "start", "from", "duration", "count")
SPACES = (" ", "\u00a0", "\u202f", "\u2009", "  ")
MARKS = ("\u200e", "\u200f", "\u2068", "\u2069", "\u200b", "\ufeff")
NOTES = ("Sessions of the spring", "# as of 1 March; by Anna", "Ärzte; Büro", "---;---", "sep=;")
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"),
    *("cp1252", "cp1250", "mac_roman"),
)


@dataclass(frozen=True, slots=True)
class GeneratedTable:
    """A table, and what is needed to read it in another way.

    Attributes:
        content: The file.
        encoding: Its encoding.
        delimiter: What separates its cells.
        header_line: The line of its header, from 1.
        unclear: Lines of rows that can be read in two ways.
    """

    content: bytes
    encoding: str
    delimiter: str
    header_line: int
    unclear: frozenset[int]


def generate(seed: int) -> GeneratedTable:
    """Return the table with that number."""
    chance = random.Random(seed)
    delimiter = chance.choice((";", ",", "\t"))
    columns = list(COLUMNS)
    chance.shuffle(columns)
    before, after = chance.choice((0, 0, 1, 3)), chance.choice((0, 0, 2, 300))
    above = [chance.choice(("", delimiter * 5, *NOTES)) for _ in range(chance.choice((0, 0, 1, 3)))]
    encoding = chance.choice(ENCODINGS)
    is_unicode = encoding.startswith("utf")
    rows: list[Sequence[str]] = [[_styled(chance, name) for name in columns]]
    unclear: set[int] = set()
    for number in range(chance.randint(1, 6)):
        if chance.random() < 0.2:
            rows.append([chance.choice(("", "", "-----", "# note")), *[""] * 5])
        cells, is_unclear = _row(chance, number, is_unicode=is_unicode)
        rows.append([cells[name] for name in columns])
        if is_unclear:
            unclear.add(len(above) + len(rows))
    text = io.StringIO()
    dialect = chance.choice((csv.excel, csv.unix_dialect))  # few cells are quoted, or all
    writer = csv.writer(text, dialect, delimiter=delimiter, lineterminator="\n")
    writer.writerows([[*[""] * before, *row, *[""] * after] for row in rows])
    lines = "\n".join([*above, text.getvalue()])
    line_end = chance.choice(("\n", "\r\n", "\r"))
    content = lines.replace("\n", line_end).encode(encoding, "replace")
    return GeneratedTable(content, encoding, delimiter, len(above) + 1, frozenset(unclear))


def _row(chance: random.Random, number: int, *, is_unicode: bool) -> tuple[dict[str, str], bool]:
    """Return the cells of a row, and whether one of them can be read in two ways."""
    start, is_unclear = _time(chance)
    cells = {
        "code": chance.choice(("P-{}", "p-{}", "P‑{}" if is_unicode else "P-{}")).format(number),
        "days": chance.choice(DAYS),
        "start": start,
        "from": _date(chance),
        "duration": _length(chance),
        "count": chance.choice(("", "5", "12", "12.0")),
    }
    if is_unicode:
        cells = {name: _marked(chance, cell) for name, cell in cells.items()}
    return cells, is_unclear


def _time(chance: random.Random) -> tuple[str, bool]:
    at = time(chance.randrange(24), chance.choice((0, 15, 25, 30, 37, 58)))
    part = (60 * at.hour + at.minute) / 1_440
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{at:%H:%M}",
        lambda: f"{at:%H:%M}:00",
        lambda: f"{at:%H.%M}",
        lambda: f"{at:%I:%M} {chance.choice(('PM', 'AM'))}" if 0 < at.hour < 13 else f"{at:%H:%M}",
        lambda: f"{at:%I:%M %p}",
        lambda: f"{at:%I:%M} {at:%p}".replace("M", ".m.").lower(),
        lambda: f"{part:.15g}",
        lambda: f"{part:.9f}",
        lambda: f"{part:.14E}",
        lambda: f"1899-12-30 {at:%H:%M:%S}",
    )
    is_rounded = chance.random() < 0.05 and part < 0.99
    written = f"{part:.2f}" if is_rounded else chance.choice(forms)()
    return written, re.fullmatch(r"0\.\d\d?", written) is not None


def _date(chance: random.Random) -> str:
    on = date(2026, 3, 1) + timedelta(days=chance.randrange(1_000))
    serial = (on - date(1899, 12, 30)).days
    return chance.choice(
        (
            *("", on.isoformat(), f"{on:%d.%m.%Y}", f"{on.day}.{on.month}.{on.year}"),
            *(f"{on.day}. {on.month}. {on.year}", f"{on:%Y/%m/%d}", str(serial), f"{serial}.0"),
            datetime.combine(on, time(0)).isoformat(" "),
        )
    )


def _length(chance: random.Random) -> str:
    minutes = chance.choice((20, 45, 50, 90, 120))
    hours = f"{minutes // 60}:{minutes % 60:02d}"
    forms = ("", str(minutes), f"{minutes} min", f"{minutes}.0", hours, f"{hours}:00")
    return chance.choice((*forms, f"{minutes / 1_440:.12f}"))


def _styled(chance: random.Random, name: str) -> str:
    return chance.choice((name, name.upper(), name.title(), f" {name} "))


def _marked(chance: random.Random, cell: str) -> str:
    if " " in cell:
        cell = cell.replace(" ", chance.choice(SPACES))
    if cell and chance.random() < 0.2:
        place = chance.randrange(len(cell) + 1)
        cell = cell[:place] + chance.choice(MARKS) + cell[place:]
    return cell
