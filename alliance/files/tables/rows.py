"""One row of a table: which of its cells belong to its kind, and what they ask for together."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from alliance.calendar.recurrence import Rule
from alliance.errors import BadPlan
from alliance.files.findings import Finding, Unfit, unfit
from alliance.files.ical.durations import LONGEST_AWAY
from alliance.files.parsed_calendar import Away, Series, Stay
from alliance.files.requests import AwayAsk, BelongingAsk, GroupAsk, PersonAsk, PlanAsk
from alliance.files.tables import cells
from alliance.files.tables.cells import Cell

Ask = PersonAsk | GroupAsk | BelongingAsk | AwayAsk | PlanAsk
Row = Mapping[str, Cell]

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
"""What a row is about, and which columns besides kind and code it may fill."""

COLUMNS = (
    *("kind", "code", "therapist", "group", "days", "every", "start", "zone", "duration"),
    *("delay", "instrument", "from", "until", "count", "cover"),
)
USUAL_KIND = "patient"

_READERS: Mapping[str, Callable[[Cell], object]] = {
    "code": cells.code,
    "therapist": cells.codes,
    "group": cells.codes,
    "days": cells.rule,
    "start": cells.clock,
    "zone": cells.zone,
    "duration": partial(cells.minutes, least=cells.SHORTEST),
    "delay": partial(cells.minutes, least=0),
    "instrument": cells.instrument_id,
    "from": cells.day,
    "until": cells.day,
    "count": cells.count,
    "cover": cells.code,
}


def asks_of(line: int, row: Row, *, today: date, site_zone: str) -> list[Ask]:
    """Return what one row asks for.

    Args:
        line: Where it stands.
        row: Its filled cells by column.
        today: The site's local day.
        site_zone: IANA name; meant where the row names none.

    Raises:
        Unfit: A cell is missing, wrong, or not one of its kind.
    """
    kind = _kind(row)
    _check(row)
    code = cells.code(_needed(line, row, "code"))
    if kind == "absence":
        return [_absence(line, row, code)]
    if kind in {"member", "leader"}:
        return [_belonging(line, row, code, leads=kind == "leader", today=today, zone=site_zone)]
    zone = cells.zone(row["zone"]) if "zone" in row else None
    asks: list[Ask] = []
    if kind == "group":
        asks.append(GroupAsk(line, code))
    else:
        therapists = cells.codes(row["therapist"]) if "therapist" in row else None
        asks.append(PersonAsk(line, code, kind, therapists, zone))
        groups = cells.codes(row["group"]) if "group" in row else ()
        asks += [BelongingAsk(line, code, group) for group in groups]
    if any(column in row for column in _PLAN if column != "zone"):
        asks.append(_plan(line, row, code, zone or site_zone, today))
    return asks


def _kind(row: Row) -> str:
    cell = row.get("kind")
    kind = USUAL_KIND if cell is None else cell.text.lower()
    if kind not in KINDS and cell is not None:
        raise cell.wrong(known=", ".join(KINDS))
    wrong = [
        cell.wrong("table.not_its_column", column=column, kind=kind).findings[0]
        for column, cell in row.items()
        if column not in {"kind", "code", *KINDS[kind]}
    ]
    if wrong:
        raise Unfit(*wrong)
    return kind


def _check(row: Row) -> None:
    """Refuse a row for every cell of it that cannot be read, so that all are put right at once."""
    wrong: list[Finding] = []
    for column, cell in row.items():
        read = _READERS.get(column)
        try:
            if read is not None:
                read(cell)
        except Unfit as refused:
            wrong += refused.findings
    if wrong:
        raise Unfit(*wrong)


def _needed(line: int, row: Row, column: str) -> Cell:
    if column not in row:
        raise unfit(line, "table.missing", column=column)
    return row[column]


def _belonging(
    line: int, row: Row, code: str, *, leads: bool, today: date, zone: str
) -> BelongingAsk:
    """Return a membership from the morning of a day to the night of another, or a lead."""
    group = cells.code(_needed(line, row, "group"))
    first, last = (cells.day(row[name]) if name in row else None for name in ("from", "until"))
    if last is not None and leads and last > today:
        raise row["until"].wrong("table.leads_later")
    if last is not None and first is not None and last < first:
        raise row["until"].wrong("table.ends_before")
    return BelongingAsk(line, code, group, leads, Stay(first, last, zone))


def _absence(line: int, row: Row, code: str) -> AwayAsk:
    first, last = (cells.day(_needed(line, row, column)) for column in ("from", "until"))
    if last < first:
        raise row["until"].wrong("table.ends_before")
    if last - first > LONGEST_AWAY:
        raise row["until"].wrong("table.away")
    cover = cells.code(row["cover"]) if "cover" in row else None
    return AwayAsk(line, code, Away(first, last), cover)


def _plan(line: int, row: Row, code: str, zone: str, today: date) -> PlanAsk:
    rule = _rule(row, _needed(line, row, "days"))
    start = cells.clock(_needed(line, row, "start"))
    first = cells.day(row["from"]) if "from" in row else today
    if rule.until is not None and "from" in row and rule.until < first:
        raise row["until" if "until" in row else "days"].wrong("table.ends_before")
    minutes = cells.minutes(row["duration"], least=cells.SHORTEST) if "duration" in row else None
    return PlanAsk(
        line,
        code,
        Series(rule.text(), first, start, zone, minutes),
        delay=cells.minutes(row["delay"], least=0) if "delay" in row else None,
        instrument=cells.instrument_id(row["instrument"]) if "instrument" in row else None,
        begins_open="from" not in row,
    )


def _rule(row: Row, cell: Cell) -> Rule:
    rule = cells.rule(cell)
    if rule.interval > 1 or rule.until is not None or rule.count is not None:
        # All that could be said was said in the cell itself.
        for column in ("every", "until", "count"):
            if column in row:
                raise row[column].wrong("table.said_twice", column=column)
        return rule
    try:
        return replace(
            rule,
            interval=cells.every(row["every"], monthly=rule.every == "month")
            if "every" in row
            else 1,
            until=cells.day(row["until"]) if "until" in row else None,
            count=cells.count(row["count"]) if "count" in row else None,
        )
    except BadPlan:
        raise cell.wrong() from None
