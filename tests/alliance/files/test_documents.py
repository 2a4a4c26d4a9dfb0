"""The page about files is correct, and our own examples and templates can be uploaded."""

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.files.decoding import MAX_BYTES
from alliance.files.drafts import read_file
from alliance.files.ical.components import MAX_COMPONENTS
from alliance.files.ical.events import MAX_SHIFTS
from alliance.files.ical.recurrence_rules import MAX_COUNT
from alliance.files.tables.csv_export import csv_file, escape_cell
from alliance.files.tables.rows import COLUMNS, KINDS
from alliance.files.tables.tables import MAX_COLUMNS, MAX_ROWS, read_table
from alliance.files.tables.templates import calendar_template, table_template
from tests.paths import ROOT

PAGE = (ROOT / "docs/files.md").read_text()
TABLES = PAGE.split("## Tables")[1]
*_, TABLE, CALENDAR = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)


def test_every_column_and_kind_has_its_row() -> None:
    """In the order of the template."""
    assert (
        tuple(re.findall(r"^\| `(\w+)` \|", TABLES.split("| Kind |")[0], re.MULTILINE)) == COLUMNS
    )
    assert all(f"`{kind}`" in PAGE for kind in KINDS)


@pytest.mark.parametrize(
    "limit",
    [
        f"{MAX_BYTES // 1_000_000} MB",
        f"{MAX_COMPONENTS:,} events",
        f"{MAX_SHIFTS} changed dates",
        f"{MAX_COUNT:,} sessions",
        f"{MAX_ROWS:,} rows",
        f"{MAX_COLUMNS} columns",
    ],
)
def test_the_limits_are_those_of_the_code(limit: str) -> None:
    """The page states each limit."""
    assert limit in PAGE


def test_the_table_on_the_page_can_be_sent() -> None:
    """Every row of it is accepted."""
    found = read_table(TABLE, today=date(2026, 3, 1), site_zone="UTC")
    assert found.findings == ()
    wanted = found.wanted
    assert len(wanted.people) + len(wanted.groups) == 4
    assert (len(wanted.memberships), len(wanted.absences), len(wanted.plans)) == (2, 1, 3)


@pytest.mark.parametrize("content", [CALENDAR.encode(), calendar_template("Europe/Berlin")])
def test_calendars_that_we_show_can_be_sent(content: bytes) -> None:
    """The one on the page and the template."""
    draft = read_file(
        content,
        name="a.ics",
        known={"P-017"},
        site_zone="UTC",
        hash_key=lambda identity: identity,
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert draft.calendar is not None
    assert [event.problem for event in draft.calendar.events] in ([None], [None, None])


def test_the_examples_of_the_template_are_rows_without_their_mark() -> None:
    """Unchanged it asks for nothing; uncommented, each example is accepted."""
    text = table_template("Europe/Berlin").decode("utf-8-sig")
    assert read_table(text, today=date(2026, 3, 1), site_zone="UTC").wanted.people == ()
    rows = [line.removeprefix("# ") if ";" in line else line for line in text.splitlines()]
    found = read_table("\n".join(rows), today=date(2026, 3, 1), site_zone="UTC")
    assert found.findings == ()
    assert len(found.wanted.plans) == 3


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\tx", "\rx", "  =cmd()"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A leading apostrophe makes spreadsheets treat it as text."""
    assert escape_cell(cell).startswith("'")


@given(rows=st.lists(st.lists(st.text(max_size=9), min_size=1, max_size=4), max_size=5))
def test_what_was_written_is_read_again(rows: list[list[str]]) -> None:
    """With delimiters, quotes and line ends in cells; and no cell starts like a formula."""
    text = csv_file(rows).decode("utf-8-sig").removeprefix("sep=;\r\n")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert read == [[escape_cell(cell) for cell in row] for row in rows]
    assert not [cell for row in read for cell in row if cell.lstrip(" ")[:1] in set("=+-@\t\r")
                and cell.strip(" ")]  # fmt: skip
