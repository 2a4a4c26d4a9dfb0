"""A table, as a spreadsheet saves it: one row for each person, group, plan or absence."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from alliance.files.decoding import lines_of
from alliance.files.findings import Finding, Unfit, unfit
from alliance.files.requests import AwayAsk, BelongingAsk, GroupAsk, PersonAsk, PlanAsk, Wanted
from alliance.files.tables import cells
from alliance.files.tables.cells import Cell
from alliance.files.tables.rows import COLUMNS, Ask, asks_of

MARKS = (";", ",", "\t")
MOST_ROWS = 5_000
MOST_COLUMNS = 50
MOST_FINDINGS = 200
_EXCEL_HINT = "sep="
_NOTE = "#"


@dataclass(frozen=True, slots=True)
class Table:
    """What a table asks for; where something is wrong with it, it asks for nothing."""

    wanted: Wanted
    findings: tuple[Finding, ...] = ()


def looks_like_table(text: str) -> bool:
    """Say whether the first line of a text could be the header of a table."""
    first = next((line for line in lines_of(text) if line.strip()), "").lower()
    return first.startswith(_EXCEL_HINT) or any(
        word.strip().strip('"') in COLUMNS for mark in MARKS for word in first.split(mark)
    )


def read_table(text: str, *, today: date, site_zone: str) -> Table:
    """Return what a table asks for, or everything that is wrong with it.

    Args:
        text: The file.
        today: The site's local day; plans that name no first day begin on it.
        site_zone: IANA name; meant where a row names none.
    """
    asks: list[Ask] = []
    findings: list[Finding] = []
    rows = _rows(text)
    try:
        header = _header(next(rows, None))
        for line, row in rows:
            try:
                filled = _filled(line, row, header)
                asks += asks_of(line, filled, today=today, site_zone=site_zone)
            except Unfit as refused:
                findings += refused.findings
            if len(findings) >= MOST_FINDINGS:
                break
        findings += _twice(asks)
    except Unfit as refused:
        findings += refused.findings
    findings.sort(key=lambda finding: finding.line)
    return Table(Wanted(), tuple(findings)) if findings else Table(_wanted(asks))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that say something, each with its line."""
    lines = lines_of(text)
    skipped = 0
    while skipped < len(lines) and _is_idle(lines[skipped]):
        skipped += 1
    first = lines[skipped] if skipped < len(lines) else ""
    mark = max(MARKS, key=first.count)
    # A quote may hold a line's end; the reader is told of it, and counts lines as we do.
    reader = csv.reader((line + "\n" for line in lines[skipped:]), delimiter=mark, strict=True)
    count, begins = 0, skipped + 1
    try:
        for row in reader:
            line, begins = begins, skipped + reader.line_num + 1
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith(_NOTE):
                continue
            count += 1
            if count > MOST_ROWS + 1:
                raise unfit(line, "table.too_many", most=f"{MOST_ROWS:,}")
            yield line, row
    except csv.Error:
        raise unfit(begins, "table.broken") from None


def _is_idle(line: str) -> bool:
    """Say whether a line before the header says nothing; Excel is told the mark by one."""
    bare = line.strip(' \t;,"').lower()
    return not bare or bare.startswith((_EXCEL_HINT, _NOTE))


def _header(found: tuple[int, list[str]] | None) -> list[str]:
    """Return the names of the columns; an unknown one is refused by its name."""
    if found is None:
        raise unfit(1, "table.no_header", known=", ".join(COLUMNS))
    line, row = found
    if len(row) > MOST_COLUMNS:
        raise unfit(line, "table.too_wide", most=str(MOST_COLUMNS))
    names = [cell.strip().lower() for cell in row]
    wrong: list[Finding] = []
    for place, name in enumerate(names):
        cell = Cell(line, "header", row[place].strip())
        if not name:
            continue
        if name not in COLUMNS:
            near = cells.nearest(name, COLUMNS)
            known = ", ".join(COLUMNS)
            key = "table.header" if near is None else "table.header_near"
            wrong += cell.wrong(key, near=near or "", known=known).findings
        elif name in names[:place]:
            wrong += cell.wrong("table.header_twice").findings
    if wrong:
        raise Unfit(*wrong)
    if "code" not in names:
        raise unfit(line, "table.no_code")
    return names


def _filled(line: int, row: Sequence[str], header: Sequence[str]) -> dict[str, Cell]:
    """Return the cells of a row that hold something, by column."""
    found = {}
    for place, text in enumerate(cell.strip() for cell in row):
        name = header[place] if place < len(header) else ""
        if text and not name:
            raise unfit(line, "table.beyond", column=str(place + 1))
        if text:
            found[name] = Cell(line, name, text)
    return found


def _twice(asks: Sequence[Ask]) -> list[Finding]:
    """Return a finding for each row that says again what an earlier one says, or contradicts it.

    Several plans for one code are several rows; all else stands once.
    """
    seen: dict[tuple[str, ...], Ask] = {}
    findings: list[Finding] = []
    plans: set[str] = {ask.owner for ask in asks if isinstance(ask, PlanAsk)}
    for ask in asks:
        match ask:
            case PersonAsk() | GroupAsk():
                place: tuple[str, ...] = ("code", ask.code)
            case BelongingAsk():
                place = ("belonging", ask.code, ask.group, str(ask.leads))
            case AwayAsk():
                place = ("away", ask.code, ask.away.first_day.isoformat())
            case PlanAsk():
                place = ("plan", ask.owner, repr(ask.series))
        earlier = seen.setdefault(place, ask)
        if earlier is ask or _agree(earlier, ask, plans):
            continue
        findings.append(Finding(ask.line, "table.twice", {"line": str(earlier.line)}))
    return findings


def _agree(earlier: Ask, later: Ask, plans: set[str]) -> bool:
    """Say whether two rows of one person or group are just two plans of theirs."""
    match earlier, later:
        case (PersonAsk(), PersonAsk()):
            same = earlier.role == later.role and later.therapists in {None, earlier.therapists}
            return same and earlier.code in plans
        case (GroupAsk(), GroupAsk()):
            return earlier.code in plans
        case (BelongingAsk(), BelongingAsk()):
            return (
                earlier.line != later.line and earlier.code in plans and later.stay.last_day is None
            )
        case _:
            return False


def _wanted(asks: Sequence[Ask]) -> Wanted:
    """Return the asks by their kinds, people and groups once each."""
    people: dict[str, PersonAsk] = {}
    groups: dict[str, GroupAsk] = {}
    for ask in asks:
        if isinstance(ask, PersonAsk):
            people.setdefault(ask.code, ask)
        elif isinstance(ask, GroupAsk):
            groups.setdefault(ask.code, ask)
    belongings = {
        (ask.code, ask.group, ask.leads): ask for ask in asks if isinstance(ask, BelongingAsk)
    }
    return Wanted(
        tuple(people.values()),
        tuple(groups.values()),
        tuple(belongings.values()),
        tuple(ask for ask in asks if isinstance(ask, AwayAsk)),
        tuple(ask for ask in asks if isinstance(ask, PlanAsk)),
    )
