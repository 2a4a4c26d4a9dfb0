"""The page about files says what is so, and what we send out is read as it was meant."""

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.files.decoding import MOST_BYTES
from alliance.files.drafts import read_file
from alliance.files.ical.events import MOST_SHIFTS
from alliance.files.ical.ical_lines import MOST_COMPONENTS
from alliance.files.ical.recurrence_rules import MOST_COUNT
from alliance.files.tables.csv_export import escaped, table
from alliance.files.tables.rows import COLUMNS, KINDS
from alliance.files.tables.tables import MOST_COLUMNS, MOST_ROWS, read_table
from alliance.files.tables.templates import calendar_template, table_template

PAGE = (Path(__file__).parents[3] / "docs/files.md").read_text()
TABLE, CALENDAR = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)


def test_every_column_and_kind_has_its_row() -> None:
    """In the order of the template."""
    assert tuple(re.findall(r"^\| `(\w+)` \|", PAGE.split("| Kind |")[0], re.MULTILINE)) == COLUMNS
    assert all(f"`{kind}`" in PAGE for kind in KINDS)


@pytest.mark.parametrize(
    "limit",
    [
        f"{MOST_BYTES // 1_000_000} MB",
        f"{MOST_COMPONENTS:,} events",
        f"{MOST_SHIFTS} changed dates",
        f"{MOST_COUNT:,} sessions",
        f"{MOST_ROWS:,} rows",
        f"{MOST_COLUMNS} columns",
    ],
)
def test_the_limits_are_those_of_the_code(limit: str) -> None:
    """Each stands on the page."""
    assert limit in PAGE


def test_the_table_on_the_page_can_be_sent() -> None:
    """Every row of it is read."""
    found = read_table(TABLE, today=date(2026, 3, 1), site_zone="UTC")
    assert found.findings == ()
    wanted = found.wanted
    assert len(wanted.people) + len(wanted.groups) == 4
    assert (len(wanted.belongings), len(wanted.absences), len(wanted.plans)) == (2, 1, 3)


@pytest.mark.parametrize("content", [CALENDAR.encode(), calendar_template("Europe/Berlin")])
def test_calendars_that_we_show_can_be_sent(content: bytes) -> None:
    """The one on the page and the template."""
    draft = read_file(
        content,
        name="a.ics",
        known={"P-017"},
        site_zone="UTC",
        hashed=lambda identity: identity,
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert draft.calendar is not None
    assert [event.problem for event in draft.calendar.events] in ([None], [None, None])


def test_the_examples_of_the_template_are_rows_without_their_mark() -> None:
    """Sent back as it is it asks for nothing; each example, unmarked, is read."""
    text = table_template("Europe/Berlin").decode("utf-8-sig")
    assert read_table(text, today=date(2026, 3, 1), site_zone="UTC").wanted.people == ()
    rows = [line.removeprefix("# ") if ";" in line else line for line in text.splitlines()]
    found = read_table("\n".join(rows), today=date(2026, 3, 1), site_zone="UTC")
    assert found.findings == ()
    assert len(found.wanted.plans) == 3


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\tx", "\rx", "  =cmd()"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A spreadsheet reads an apostrophe and then words."""
    assert escaped(cell).startswith("'")


@given(rows=st.lists(st.lists(st.text(max_size=9), min_size=1, max_size=4), max_size=5))
def test_what_was_written_is_read_again(rows: list[list[str]]) -> None:
    """Marks, quotes and line ends within cells; and nothing begins as a formula does."""
    text = table(rows).decode("utf-8-sig").removeprefix("sep=;\r\n")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert read == [[escaped(cell) for cell in row] for row in rows]
    assert not [cell for row in read for cell in row if cell.lstrip(" ")[:1] in set("=+-@\t\r")
                and cell.strip(" ")]  # fmt: skip
