"""Generated tables, read by Attune and by a second reader: equal, or named as not understood.

The second reader is the csv module and dateutil. It is told what Attune must find out: encoding,
separator and where the header is.
"""

import csv
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dateutil import parser

from alliance.calendar.recurrence import parse_rule
from alliance.files.decoding import decode_file
from alliance.files.requests import PlanRequest
from alliance.files.tables.tables import looks_like_table, read_table
from tests.alliance.files.tables.generated_table import DAYS, GeneratedTable, generate

TABLES = 1_500
TODAY = date(2026, 3, 1)


class Row(NamedTuple):
    """What both readers say of a row."""

    code: str
    weekday: int
    start: time
    first_day: date
    minutes: int | None
    times: int | None


def test_both_readers_agree() -> None:
    """Every row is equal, or named by a finding; all rows are counted."""
    named = 0
    for seed in range(TABLES):
        generated = generate(seed)
        table = read_table(
            decode_file(generated.content).text, today=TODAY, site_zone="Europe/Berlin"
        )
        expected = second_reading(generated)
        wrong = {finding.line for finding in table.findings}

        assert wrong == generated.unclear, (seed, table.findings)
        assert table.counts.in_file == len(expected), seed
        assert table.counts.not_understood == len(wrong), seed
        right = {line: row for line, row in expected.items() if line not in wrong}
        assert {one.line: as_row(one) for one in table.wanted.plans} == right, seed
        named += len(wrong)
    assert named > TABLES / 10


def test_each_is_known_as_a_table() -> None:
    """However it is written, what comes before the header does not hide it."""
    for seed in range(0, TABLES, 10):
        assert looks_like_table(decode_file(generate(seed).content).text), seed


def as_row(plan: PlanRequest) -> Row:
    """Return what Attune understood."""
    assert plan.series is not None
    rule = parse_rule(plan.series.rule)
    [weekday] = rule.weekdays
    return Row(
        plan.owner,
        weekday,
        plan.series.wall_time,
        plan.series.first_day,
        plan.series.minutes,
        rule.count,
    )


def second_reading(generated: GeneratedTable) -> dict[int, Row]:
    """Return the rows that can be read, by line; None of the oddities is in a quoted line end."""
    text = generated.content.decode(generated.encoding)
    lines = re.split(r"\r\n|\r|\n", text)
    rows = list(csv.reader(lines[generated.header_line - 1 :], delimiter=generated.delimiter))
    header = [cleaned(cell).lower() for cell in rows[0]]
    found = {}
    for number, row in enumerate(rows[1:], start=generated.header_line + 1):
        cells = dict(zip(header, map(cleaned, row), strict=False))
        if not re.match("[Pp]-", cells.get("code", "")):
            continue
        found[number] = Row(
            cells["code"].upper(),
            DAYS.index(cells["days"]),
            read_time(cells["start"]),
            read_day(cells["from"]),
            read_minutes(cells["duration"]),
            int(float(cells["count"])) if cells["count"] else None,
        )
    return found


def cleaned(cell: str) -> str:
    """Return a cell without format characters, in the compatibility form of Unicode."""
    visible = "".join(one for one in cell if unicodedata.category(one) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", visible).replace("‐", "-").split())


def read_time(cell: str) -> time:
    """Return a time of day with dateutil; a number below one is a part of the day."""
    if re.fullmatch(r"\d\.\d+E[+-]\d+|0\.\d+|0", cell):
        minutes = round(float(cell) * 1_440)
        return time(minutes // 60, minutes % 60)
    if re.fullmatch(r"\d\d\.\d\d", cell):
        cell = cell.replace(".", ":")
    at: datetime = parser.parse(cell)
    return at.time()


def read_day(cell: str) -> date:
    """Return a day with dateutil; a number counts the days since 30 December 1899."""
    if not cell:
        return TODAY
    if re.fullmatch(r"\d{5}(\.0)?", cell):
        return date(1899, 12, 30) + timedelta(days=int(float(cell)))
    at: datetime = parser.parse(cell.replace(". ", "."), dayfirst=not re.match(r"\d{4}", cell))
    return at.date()


def read_minutes(cell: str) -> int | None:
    """Return a length: minutes, hours and minutes, or a part of a day."""
    if not cell:
        return None
    if ":" in cell:
        hours, minutes = map(int, cell.split(":")[:2])
        return 60 * hours + minutes
    number = float(cell.removesuffix(" min"))
    return round(number if number >= 1 else number * 1_440)
