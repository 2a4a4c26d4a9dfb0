"""Parse a table saved by a spreadsheet: one row per person, group, plan or absence."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from alliance.files.counts import Counts
from alliance.files.decoding import lines_of
from alliance.files.findings import BadFile, Finding, error_at
from alliance.files.requests import (
    AbsenceRequest,
    FileRequests,
    GroupRequest,
    MembershipRequest,
    PersonRequest,
    PlanRequest,
)
from alliance.files.tables import cells
from alliance.files.tables.cells import Cell
from alliance.files.tables.layout import (
    DELIMITERS,
    Layout,
    find_layout,
    has_delimiter_hint,
    is_idle,
    is_ignored,
    name_of_column,
)
from alliance.files.tables.rows import COLUMNS, RowRequest, requests_of
from alliance.typed.plain_text import plain_text

MAX_ROWS = 5_000
MAX_COLUMNS = 50
MAX_FINDINGS = 200
_TEXT_FORMULA = re.compile('="(.*)"')
"""How some programs keep spreadsheets from turning a code into a number."""


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """What a table asks for.

    Attributes:
        wanted: What its rows ask for, without those that are wrong.
        counts: Its rows, without empty ones and comments.
        findings: What is wrong with it.
        notes: What was left out.
    """

    wanted: FileRequests
    counts: Counts
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def looks_like_table(text: str) -> bool:
    """Whether one of the first rows of a text names a column."""
    lines = lines_of(text)
    return has_delimiter_hint(lines) or find_layout(lines, _is_column) is not None


def read_table(text: str, *, today: date, site_zone: str) -> ParsedTable:
    """Return what a table asks for, and everything that is wrong with it.

    Args:
        text: The file.
        today: The site's local day; plans without a first day start on it.
        site_zone: IANA name; used if a row names none.
    """
    lines = lines_of(text)
    layout = _layout_of(lines)
    requests, findings, counts = _read_rows(_rows(lines, layout), today, site_zone)
    findings.sort(key=lambda finding: finding.line)
    return ParsedTable(
        _group_requests(requests),
        counts,
        tuple(findings[:MAX_FINDINGS]),
        _notes_above(lines, layout),
    )


def _read_rows(
    rows: Iterator[tuple[int, list[str]]], today: date, site_zone: str
) -> tuple[list[RowRequest], list[Finding], Counts]:
    """Return what the right rows ask for, what is wrong with the others, and how many are which."""
    requests: list[RowRequest] = []
    findings: list[Finding] = []
    read: set[int] = set()
    wrong: set[int] = set()
    header: list[str] | None = None
    try:
        header = _header(next(rows, None))
    except BadFile as error:
        findings += error.findings
    try:
        for line, row in rows:
            read.add(line)
            if header is None or len(findings) >= MAX_FINDINGS:
                wrong.add(line)
                continue
            try:
                filled = _filled_cells(line, row, header)
                requests += requests_of(line, filled, today=today, site_zone=site_zone)
            except BadFile as error:
                findings += error.findings
                wrong.add(line)
    except BadFile as error:  # the rest of the file is one row that cannot be read
        findings += error.findings
        wrong |= {finding.line for finding in error.findings}
    duplicates = _find_duplicates(requests)
    wrong |= {finding.line for finding in duplicates}
    counts = Counts(len(read | wrong), len(read - wrong), len(wrong))
    right = [request for request in requests if request.line not in wrong]
    return right, [*findings, *duplicates], counts


def _is_column(name: str) -> bool:
    return name in COLUMNS


def _layout_of(lines: Sequence[str]) -> Layout:
    """Return the layout; if no row names a column, the first one is the header."""
    found = find_layout(lines, _is_column)
    if found is not None:
        return found
    first = next((index for index, line in enumerate(lines) if not is_ignored(line)), len(lines))
    text = lines[first] if first < len(lines) else ""
    return Layout(first, max(DELIMITERS, key=text.count))


def _notes_above(lines: Sequence[str], layout: Layout) -> tuple[Finding, ...]:
    """Return a note about each line above the header that is not empty and no comment."""
    return tuple(
        Finding(number, "table.above")
        for number, line in enumerate(lines[: layout.header], start=1)
        if not is_ignored(line)
    )


def _rows(lines: Sequence[str], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows from the header on that are not empty or comments, each with its line."""
    skipped = layout.header
    # Lines keep their ends so that quoted cells can span lines and line numbers stay right.
    reader = csv.reader(
        (line + "\n" for line in lines[skipped:]),
        delimiter=layout.delimiter,
        strict=True,
        skipinitialspace=True,
    )
    count, next_line = 0, skipped + 1
    try:
        for row in reader:
            line, next_line = next_line, skipped + reader.line_num + 1
            if is_idle(row):
                continue
            count += 1
            if count > MAX_ROWS + 1:
                raise error_at(line, "table.too_many", most=f"{MAX_ROWS:,}")
            yield line, row
    except csv.Error:
        raise error_at(next_line, "table.broken") from None


def _header(first_row: tuple[int, list[str]] | None) -> list[str]:
    """Return the names of the columns; unknown and duplicate ones are errors."""
    if first_row is None:
        raise error_at(1, "table.no_header", known=", ".join(COLUMNS))
    line, row = first_row
    names = [name_of_column(cell) for cell in row]
    if sum(map(bool, names)) > MAX_COLUMNS:
        raise error_at(line, "table.too_wide", most=str(MAX_COLUMNS))
    findings: list[Finding] = []
    for index, name in enumerate(names):
        if not name:
            continue
        cell = Cell(line, "header", plain_text(row[index]))
        if name not in COLUMNS:
            near = cells.closest_match(name, COLUMNS)
            known = ", ".join(COLUMNS)
            key = "table.header" if near is None else "table.header_near"
            findings += cell.error(key, near=near or "", known=known).findings
        elif name in names[:index]:
            findings += cell.error("table.header_twice").findings
    if findings:
        raise BadFile(*findings)
    if "code" not in names:
        raise error_at(line, "table.no_code")
    return names


def _filled_cells(line: int, row: Sequence[str], header: Sequence[str]) -> dict[str, Cell]:
    """Return the non-empty cells of a row by column."""
    filled = {}
    for index, written in enumerate(row):
        text = plain_text(written)
        name = header[index] if index < len(header) else ""
        if formula := _TEXT_FORMULA.fullmatch(text):
            text = formula.group(1).strip()
        if text and not name:
            raise error_at(line, "table.beyond", column=str(index + 1))
        if text:
            filled[name] = Cell(line, name, text)
    return filled


def _find_duplicates(requests: Sequence[RowRequest]) -> list[Finding]:
    """Return a finding for each row that repeats or contradicts an earlier one.

    A person or group may have several rows if each is another plan.
    """
    seen: dict[tuple[str, ...], RowRequest] = {}
    findings: list[Finding] = []
    owners: set[str] = {request.owner for request in requests if isinstance(request, PlanRequest)}
    for request in requests:
        match request:
            case PersonRequest() | GroupRequest():
                identity: tuple[str, ...] = ("code", request.code)
            case MembershipRequest():
                identity = ("membership", request.code, request.group, str(request.leads))
            case AbsenceRequest():
                identity = ("away", request.code, request.away.first_day.isoformat())
            case PlanRequest():
                identity = ("plan", request.owner, repr(request.series))
        earlier = seen.setdefault(identity, request)
        if earlier is request or _is_allowed_repeat(earlier, request, owners):
            continue
        findings.append(Finding(request.line, "table.twice", {"line": str(earlier.line)}))
    return findings


def _is_allowed_repeat(earlier: RowRequest, later: RowRequest, owners: set[str]) -> bool:
    """Whether two rows about the same person or group only differ in their plans."""
    match earlier, later:
        case (PersonRequest(), PersonRequest()):
            same = earlier.role == later.role and later.therapists in {None, earlier.therapists}
            return same and earlier.code in owners
        case (GroupRequest(), GroupRequest()):
            return earlier.code in owners
        case (MembershipRequest(), MembershipRequest()):
            is_other_row = earlier.line != later.line
            return is_other_row and earlier.code in owners and later.stay.last_day is None
        case _:
            return False


def _group_requests(requests: Sequence[RowRequest]) -> FileRequests:
    """Group the requests by kind, with each person and group only once."""
    people: dict[str, PersonRequest] = {}
    groups: dict[str, GroupRequest] = {}
    for request in requests:
        if isinstance(request, PersonRequest):
            people.setdefault(request.code, request)
        elif isinstance(request, GroupRequest):
            groups.setdefault(request.code, request)
    memberships = {
        (request.code, request.group, request.leads): request
        for request in requests
        if isinstance(request, MembershipRequest)
    }
    return FileRequests(
        tuple(people.values()),
        tuple(groups.values()),
        tuple(memberships.values()),
        tuple(request for request in requests if isinstance(request, AbsenceRequest)),
        tuple(request for request in requests if isinstance(request, PlanRequest)),
    )
