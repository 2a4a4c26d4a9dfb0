"""Tables: what a row asks for, and what is wrong with it, cell by cell."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.recurrence import WEEKDAYS, parse_rule
from alliance.files.parsed_calendar import AbsenceInFile, MembershipDates, Series
from alliance.files.requests import (
    AbsenceRequest,
    GroupRequest,
    MembershipRequest,
    PersonRequest,
    PlanRequest,
)
from alliance.files.tables.rows import COLUMNS
from alliance.files.tables.tables import (
    MAX_FINDINGS,
    MAX_ROWS,
    ParsedTable,
    looks_like_table,
    read_table,
)

TODAY = date(2026, 3, 1)
HERE = MembershipDates(zone="Europe/Berlin")


def read(text: str) -> ParsedTable:
    """Read a table on the first of March, in Berlin."""
    return read_table(text, today=TODAY, site_zone="Europe/Berlin")


def wrong(text: str) -> list[tuple[int, str]]:
    """Return line and key of every finding about a table."""
    return [(one.line, one.key) for one in read(text).findings]


def plan(cells: str) -> PlanRequest:
    """Return the plan of one row: days, every, start, zone, duration, from, until, count."""
    table = read(f"code;days;every;start;zone;duration;from;until;count\nP-1;{cells}\n")
    assert table.findings == ()
    return table.wanted.plans[0]


def test_each_kind_of_row() -> None:
    """A whole clinic in eight rows, with columns in any order, comments and empty rows."""
    table = read(
        "sep=;\n"
        '"Code";kind;therapist;days;start;group;from;until;cover;delay;instrument\n'
        "# the therapists\n"
        ";;;;;;;;;;\n"
        "t-1;therapist\n"
        "P-1;;T-1 T-2;Tue;14:00;G-1;;;;30;check_in_4\n"
        "P-2;patient;;;\n"
        "G-1;group;;2nd Thu;18:30\n"
        "P-2;member;;;;G-1\n"
        "T-1;leader;;;;G-1\n"
        "P-3;member;;;;G-1;;28.2.2026\n"
        "T-1;absence;;;;;2026-04-01;2026-04-07;T-2\n"
    )

    assert table.findings == ()
    assert table.wanted.people == (
        PersonRequest(5, "T-1", "therapist"),
        PersonRequest(6, "P-1", "patient", ("T-1", "T-2")),
        PersonRequest(7, "P-2", "patient"),
    )
    assert table.wanted.groups == (GroupRequest(8, "G-1"),)
    assert table.wanted.memberships == (
        MembershipRequest(6, "P-1", "G-1"),
        MembershipRequest(9, "P-2", "G-1", stay=HERE),
        MembershipRequest(10, "T-1", "G-1", leads=True, stay=HERE),
        MembershipRequest(11, "P-3", "G-1", stay=replace(HERE, last_day=date(2026, 2, 28))),
    )
    april = AbsenceInFile(date(2026, 4, 1), date(2026, 4, 7))
    assert table.wanted.absences == (AbsenceRequest(12, "T-1", april, "T-2"),)
    assert [one.owner for one in table.wanted.plans] == ["P-1", "G-1"]
    first = table.wanted.plans[0]
    assert first.series == Series("FREQ=WEEKLY;BYDAY=TU", TODAY, time(14), "Europe/Berlin", None)
    assert (first.delay, first.instrument, first.begins_open) == (30, "check_in_4", True)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ("Tue;;9", "FREQ=WEEKLY;BYDAY=TU"),
        ("tuesday / TH;;9", "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("th+tu;2;9", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH"),
        ("Tue.;2 weeks;9", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ("2nd Tue;;9", "FREQ=MONTHLY;BYDAY=2TU"),
        ("last fri;3 months;9", "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR"),
        ("-1FR;month;9", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("2. Tue;;9;;;;;6", "FREQ=MONTHLY;BYDAY=2TU;COUNT=6"),
        ("Tue;;9;;;;31.12.2026", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231"),
        ('"FREQ=WEEKLY;BYDAY=TU;COUNT=4";;9', "FREQ=WEEKLY;BYDAY=TU;COUNT=4"),
        ('"RRULE:FREQ=MONTHLY;BYDAY=1MO";;9', "FREQ=MONTHLY;BYDAY=1MO"),
    ],
)
def test_days_as_people_type_them(cells: str, rule: str) -> None:
    """Names, abbreviations, several days, the nth of the month, or an RRULE."""
    found = plan(cells)
    assert found.series is not None
    assert found.series.rule == rule


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("14:00", time(14)),
        ("9", time(9)),
        ("9.30", time(9, 30)),
        ("14:00:00", time(14)),
        ("2:00 PM", time(14)),
        ("12:15 am", time(0, 15)),
        ("12:00:00 PM", time(12)),
    ],
)
def test_times_as_spreadsheets_save_them(typed: str, meant: time) -> None:
    """With seconds, with AM and PM, with a dot."""
    found = plan(f"Tue;;{typed}")
    assert found.series is not None
    assert found.series.wall_time == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("2026-03-17", 17), ("17.3.2026", 17), ("17.03.2026", 17), ("5. 3. 2026", 5)],
)
def test_days_of_the_year(typed: str, meant: int) -> None:
    """ISO, or day, month and year with dots."""
    found = plan(f"Tue;;9;;;{typed}")
    assert found.series is not None
    assert (found.series.first_day, found.begins_open) == (date(2026, 3, meant), False)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (";;Tue;9", "table.missing"),
        ("patient;Anna Smith;Tue;9", "table.code"),
        ("patient;P-1;Tue", "table.missing"),
        ("patient;P-1;;9", "table.missing"),
        ("patient;P-1;Di;9", "table.days"),
        ("patient;P-1;T;9", "table.days"),
        ("patient;P-1;2nd 3rd;9", "table.days"),
        ("patient;P-1;FREQ=DAILY;9", "table.days"),
        ("patient;P-1;Tue;25", "table.start"),
        ("patient;P-1;Tue;13 pm", "table.start"),
        ("patient;P-1;Tue;noon", "table.start"),
        ("patient;P-1;Tue;9;fortnight", "table.every"),
        ("patient;P-1;Tue;9;0", "table.every"),
        ("patient;P-1;Tue;9;2 months", "table.every_unit"),
        ("patient;P-1;Tue;9;;Mars", "table.zone"),
        ("patient;P-1;Tue;9;;;3", "table.duration"),
        ("patient;P-1;Tue;9;;;;-5", "table.delay"),
        ("patient;P-1;Tue;9;;;;;srs", "table.instrument"),
        ("patient;P-1;Tue;9;;;;;;3/4/2026", "table.day"),
        ("patient;P-1;Tue;9;;;;;;31.2.2026", "table.day"),
        ("patient;P-1;Tue;9;;;;;;2026-03-03;2026-03-01", "table.ends_before"),
        ("patient;P-1;Tue;9;;;;;;;;many", "table.count"),
        ('patient;P-1;"FREQ=WEEKLY;BYDAY=TU;COUNT=4";9;;;;;;;;5', "table.said_twice"),
        ("patient;P-1;;;;;;;;;;;;T-1", "table.not_its_column"),
        ("doctor;T-1", "table.kind"),
        ("member;P-1", "table.missing"),
        ("member;P-1;;;;;;;;2027-01-02;2027-01-01;;G-1", "table.ends_before"),
        ("leader;T-1;;;;;;;;;2027-01-01;;G-1", "table.leads_later"),
        ("absence;P-1;;;;;;;;2026-04-01", "table.missing"),
        ("absence;P-1;;;;;;;;2026-04-02;2026-04-01", "table.ends_before"),
        ("absence;P-1;;;;;;;;2026-04-02;2036-04-01", "table.away"),
        ("therapist;T-1;Tue;9", "table.not_its_column"),
        ("patient;P-1;Tue;9;;;;;;;;;;;more", "table.beyond"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(row: str, key: str) -> None:
    """Each kind of error has its message; only the other rows are understood."""
    table = read(
        "kind;code;days;start;every;zone;duration;delay;instrument;from;until;count;group;cover\n"
        f"patient;P-9;Tue;9\n{row}\n"
    )

    assert {(one.line, one.key) for one in table.findings} == {(3, key)}
    assert [one.code for one in table.wanted.people] == ["P-9"]
    assert (table.counts.understood, table.counts.not_understood) == (1, 1)


def test_every_wrong_cell_of_a_row_is_told() -> None:
    """So that all can be fixed at once."""
    found = wrong("code;days;start;from;delay\nP 1;Di;25:00;3/4/2026;soon\n")
    keys = ("code", "days", "start", "day", "delay")
    assert found == [(2, f"table.{key}") for key in keys]


@pytest.mark.parametrize(
    ("header", "key", "near"),
    [
        ("code;weekday", "table.header_near", "days"),
        ("code;therapists", "table.header_near", "therapist"),
        ("code;qqq", "table.header", ""),
        ("code;code", "table.header_twice", None),
        ("kind;days", "table.no_code", None),
    ],
)
def test_an_unknown_column_is_refused_by_its_name(header: str, key: str, near: str | None) -> None:
    """The message suggests the most similar column."""
    [finding] = read(f"{header}\n").findings

    assert (finding.line, finding.key) == (1, key)
    assert near is None or finding.values["near"] == near


def test_a_code_may_have_several_plans_but_no_two_therapists() -> None:
    """Rows with the same code are its plans; they must not contradict each other otherwise."""
    head = "code;days;start;therapist\n"
    assert len(read(f"{head}P-1;Mon;9;T-1\nP-1;Thu;14;\n").wanted.plans) == 2
    assert wrong(f"{head}P-1;Mon;9;T-1\nP-1;Thu;14;T-2\n") == [(3, "table.twice")]
    assert wrong(f"{head}P-1;Mon;9\nP-1;Mon;9\n") == [(3, "table.twice")]
    assert wrong("kind;code\npatient;X-1\ngroup;X-1\n") == [(3, "table.twice")]


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_any_usual_mark_between_cells(mark: str) -> None:
    """Spreadsheets use different delimiters in different countries."""
    table = read(mark.join(("code", "days", "start")) + "\n" + mark.join(("P-1", "Tue", "9")))
    assert len(table.wanted.plans) == 1


def test_lines_are_counted_as_an_editor_does() -> None:
    """A quoted cell may span several lines."""
    assert wrong('code;days;start\nP-1;"Tue\nThu";9\nP-2;Tue;99\n') == [(4, "table.start")]


def test_a_quote_that_never_ends() -> None:
    """It contains the rest of the file."""
    assert wrong('code;days\nP-1;"Tue\nP-2;Wed\n') == [(2, "table.broken")]


def test_far_too_many() -> None:
    """Rows are limited, and so is the list of findings."""
    rows = "".join(f"P-{number}\n" for number in range(MAX_ROWS + 1))
    assert wrong("code\n" + rows) == [(MAX_ROWS + 2, "table.too_many")]
    assert len(wrong("code\n" + "Anna Smith\n" * 1_000)) == MAX_FINDINGS


def test_what_is_a_table() -> None:
    """Its first line names at least one column."""
    assert looks_like_table("\n\nkind,code\n")
    assert looks_like_table('"Code"\n')
    assert not looks_like_table("Dear coordinator, here is the code; thank you\n")
    assert not looks_like_table("")


@given(
    row=st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=12), min_size=1),
    mark=st.sampled_from((";", ",")),
)
def test_any_cell_is_read_or_told(row: dict[str, str], mark: str) -> None:
    """Any cell is either accepted or reported with its line; nothing else happens."""
    cells = {name: '"' + text.replace('"', '""') + '"' for name, text in row.items()}
    text = mark.join(cells) + "\n" + mark.join(cells.values()) + "\n"

    table = read(text)

    assert all(one.line in {1, 2} or one.key == "table.broken" for one in table.findings)
    assert not (table.findings and table.wanted.people)


@given(days=st.sets(st.sampled_from(WEEKDAYS), min_size=1), every=st.integers(1, 52))
def test_weekdays_come_back_as_they_were_typed(days: set[str], every: int) -> None:
    """Any set of weekdays, in any order."""
    found = plan(f"{' '.join(days)};{every};9")
    assert found.series is not None
    rule = parse_rule(found.series.rule)
    assert {WEEKDAYS[day] for day in rule.weekdays} == days
    assert rule.interval == every
