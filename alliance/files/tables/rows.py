"""One row of a table: which columns its kind allows, and what it requests for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from alliance.calendar.recurrence import RecurrenceRule
from alliance.errors import BadPlan
from alliance.files.findings import BadFile, Finding, error_at
from alliance.files.ical.durations import MAX_ABSENCE, MIN_MINUTES
from alliance.files.parsed_calendar import AbsenceInFile, MembershipDates, Series
from alliance.files.requests import (
    AbsenceRequest,
    GroupRequest,
    MembershipRequest,
    PersonRequest,
    PlanRequest,
)
from alliance.files.tables import cells
from alliance.files.tables.cells import Cell

RowRequest = PersonRequest | GroupRequest | MembershipRequest | AbsenceRequest | PlanRequest
TableRow = Mapping[str, Cell]

_PLAN = (
    *("days", "every", "start", "zone", "duration", "delay", "instrument"),
    *("from", "until", "count"),
)
KINDS: Mapping[str, tuple[str, ...]] = {
    "patient": ("therapist", "group", *_PLAN),
    "therapist": ("zone",),
    "group": _PLAN,
    "member": ("group", "from", "until"),
    "leader": ("group", "until"),
    "absence": ("from", "until", "cover"),
}
"""Each kind of row, and the columns it may use besides kind and code."""

COLUMNS = (
    *("kind", "code", "therapist", "group", "days", "every", "start", "zone", "duration"),
    *("delay", "instrument", "from", "until", "count", "cover"),
)
DEFAULT_KIND = "patient"

_PARSERS: Mapping[str, Callable[[Cell], object]] = {
    "code": cells.code,
    "therapist": cells.codes,
    "group": cells.codes,
    "days": cells.rule,
    "start": cells.time_of_day,
    "zone": cells.zone,
    "duration": partial(cells.minutes, least=MIN_MINUTES),
    "delay": partial(cells.minutes, least=0),
    "instrument": cells.instrument_id,
    "from": cells.day,
    "until": cells.day,
    "count": cells.count,
    "cover": cells.code,
}


def requests_of(line: int, row: TableRow, *, today: date, site_zone: str) -> list[RowRequest]:
    """Return what one row requests for.

    Args:
        line: Its line in the file.
        row: Its non-empty cells by column.
        today: The site's local day.
        site_zone: IANA name; used if the row names none.

    Raises:
        BadFile: A cell is missing, invalid, or not allowed for the kind of row.
    """
    kind = _kind(row)
    _check(row)
    code = cells.code(_required(line, row, "code"))
    if kind == "absence":
        return [_absence(line, row, code)]
    if kind in {"member", "leader"}:
        return [_membership(line, row, code, leads=kind == "leader", today=today, zone=site_zone)]
    zone = cells.zone(row["zone"]) if "zone" in row else None
    requests: list[RowRequest] = []
    if kind == "group":
        requests.append(GroupRequest(line, code))
    else:
        therapists = cells.codes(row["therapist"]) if "therapist" in row else None
        requests.append(PersonRequest(line, code, kind, therapists, zone))
        groups = cells.codes(row["group"]) if "group" in row else ()
        requests += [MembershipRequest(line, code, group) for group in groups]
    if any(column in row for column in _PLAN if column != "zone"):
        requests.append(_plan(line, row, code, zone or site_zone, today))
    return requests


def _kind(row: TableRow) -> str:
    cell = row.get("kind")
    kind = DEFAULT_KIND if cell is None else cell.text.lower()
    if kind not in KINDS and cell is not None:
        raise cell.error(known=", ".join(KINDS))
    findings = [
        cell.error("table.not_its_column", column=column, kind=kind).findings[0]
        for column, cell in row.items()
        if column not in {"kind", "code", *KINDS[kind]}
    ]
    if findings:
        raise BadFile(*findings)
    return kind


def _check(row: TableRow) -> None:
    """Report every invalid cell of a row, so that all can be fixed at once."""
    findings: list[Finding] = []
    for column, cell in row.items():
        parse = _PARSERS.get(column)
        try:
            if parse is not None:
                parse(cell)
        except BadFile as error:
            findings += error.findings
    if findings:
        raise BadFile(*findings)


def _required(line: int, row: TableRow, column: str) -> Cell:
    if column not in row:
        raise error_at(line, "table.missing", column=column)
    return row[column]


def _membership(
    line: int, row: TableRow, code: str, *, leads: bool, today: date, zone: str
) -> MembershipRequest:
    """Return the membership or lead that a row requests for."""
    group = cells.code(_required(line, row, "group"))
    first, last = (cells.day(row[name]) if name in row else None for name in ("from", "until"))
    if last is not None and leads and last > today:
        raise row["until"].error("table.leads_later")
    if last is not None and first is not None and last < first:
        raise row["until"].error("table.ends_before")
    return MembershipRequest(line, code, group, leads, MembershipDates(first, last, zone))


def _absence(line: int, row: TableRow, code: str) -> AbsenceRequest:
    first, last = (cells.day(_required(line, row, column)) for column in ("from", "until"))
    if last < first:
        raise row["until"].error("table.ends_before")
    if last - first > MAX_ABSENCE:
        raise row["until"].error("table.away")
    cover = cells.code(row["cover"]) if "cover" in row else None
    return AbsenceRequest(line, code, AbsenceInFile(first, last), cover)


def _plan(line: int, row: TableRow, code: str, zone: str, today: date) -> PlanRequest:
    rule = _rule(row, _required(line, row, "days"))
    start = cells.time_of_day(_required(line, row, "start"))
    first = cells.day(row["from"]) if "from" in row else today
    if rule.until is not None and "from" in row and rule.until < first:
        raise row["until" if "until" in row else "days"].error("table.ends_before")
    minutes = cells.minutes(row["duration"], least=MIN_MINUTES) if "duration" in row else None
    return PlanRequest(
        line,
        code,
        Series(rule.text(), first, start, zone, minutes),
        delay=cells.minutes(row["delay"], least=0) if "delay" in row else None,
        instrument=cells.instrument_id(row["instrument"]) if "instrument" in row else None,
        begins_open="from" not in row,
    )


def _rule(row: TableRow, cell: Cell) -> RecurrenceRule:
    rule = cells.rule(cell)
    if rule.interval > 1 or rule.until is not None or rule.count is not None:
        # The cell is a complete RRULE, so the other columns would contradict or repeat it.
        for column in ("every", "until", "count"):
            if column in row:
                raise row[column].error("table.said_twice", column=column)
        return rule
    try:
        return replace(
            rule,
            interval=cells.interval(row["every"], monthly=rule.every == "month")
            if "every" in row
            else 1,
            until=cells.day(row["until"]) if "until" in row else None,
            count=cells.count(row["count"]) if "count" in row else None,
        )
    except BadPlan:
        raise cell.error() from None
