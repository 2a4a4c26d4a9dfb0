"""Forms that spreadsheets and people give a table: read as they are meant, or refused by line."""

from datetime import date, time

import pytest

from alliance.files.counts import Counts
from alliance.files.tables.layout import DELIMITERS, MAX_ROWS_ABOVE
from alliance.files.tables.tables import looks_like_table
from tests.alliance.files.tables.test_tables import TODAY, plan, read, wrong

ROW = "P-1;Tue;14:00\n"
HEAD = "code;days;start\n"


@pytest.mark.parametrize(
    ("above", "notes"),
    [
        (";;;;;;;;\n", []),
        ("\n \t\n\u00a0;\u00a0;\n", []),
        ("# as of 1 March; by Anna\n", []),
        ("; # as of 1 March\n", []),
        ("-----;-----;-----\n=====\n", []),
        ('"";"";""\n', []),
        ("\u200f;\u200e;\n", []),
        ("Sessions of the spring\n", [1]),
        ("Sessions, as of 1 March, of the code\n\n", [1]),
        ("Clinic;North\nPrinted;1 March 2026\n;;\n", [1, 2]),
        ('He said "spring\n', [1]),
        ("sep=;\n", []),
        ("\n" * 200, []),
    ],
)
def test_what_is_above_the_header(above: str, notes: list[int]) -> None:
    """Empty rows, rulers and comments are passed over; any other line is named."""
    table = read(above + HEAD + ROW)

    assert looks_like_table(above + HEAD + ROW)
    assert [found.line for found in table.findings] == []
    assert [(note.line, note.key) for note in table.notes] == [(at, "table.above") for at in notes]
    assert table.wanted.plans[0].line == above.count("\n") + 2
    assert table.counts == Counts(1, 1, 0)


def test_a_header_far_below_is_not_looked_for() -> None:
    """A long letter is no table."""
    assert looks_like_table("Dear all\n" * MAX_ROWS_ABOVE + HEAD)
    assert not looks_like_table("Dear all\n" * (MAX_ROWS_ABOVE + 1) + HEAD)


@pytest.mark.parametrize(
    "text",
    [
        ";code;days;start\n;P-1;Tue;14:00\n",
        ";;;code;;days;start;;\n;;;P-1;;Tue;14:00;;\n",
        f"code;days;start{';' * 600}\nP-1;Tue;14:00{';' * 600}\n",
        f"code;days;start\nP-1;Tue;14:00{';' * 16_000}\n",
        "code;days;start\n;;\n---;---;---\nP-1;Tue;14:00\n;;\n# the end;;\n",
        '"code";"days";"start"\n"P-1";"Tue";"14:00"\n',
        'code; days; start\nP-1; "Tue"; "14:00"\n',
        'code;days;start\n="P-1";="Tue";"=""14:00"""\n',
        "\ufeffCODE;\u200eDays\u00a0;Start\nP\u20111;Tue;14:00\n",
        "\n".join(("code\tdays\tstart", "P-1\tTue\t14:00")),
        "code,days,start\rP-1,Tue,14:00\r",
    ],
)
def test_where_the_cells_are(text: str) -> None:
    """Empty columns do not count, wherever they are and however many."""
    table = read(text)

    assert table.findings == ()
    assert [(one.owner, one.series and one.series.wall_time) for one in table.wanted.plans] == [
        ("P-1", time(14))
    ]


def test_a_cell_under_no_name_is_refused() -> None:
    """An empty column is passed over only if it is empty in every row."""
    assert wrong(";code;days;start\nx;P-1;Tue;14:00\n") == [(2, "table.beyond")]


@pytest.mark.parametrize("value", ["#N/A", "#REF!", "#NAME?", "#DIV/0!", "#NV", "#WERT!"])
def test_an_error_value_is_no_comment(value: str) -> None:
    """A row whose code could not be computed is refused, and not passed over."""
    assert wrong(f"{HEAD}{value};Tue;14:00\n") == [(2, "table.code")]


@pytest.mark.parametrize("value", ["NA", "n/a", "NaN", "NULL"])
def test_a_code_for_missing_is_nobodys_code(value: str) -> None:
    """Statistics programs write it for an empty cell; nobody of that name is invited."""
    assert wrong(f"{HEAD}{value};Tue;14:00\n") == [(2, "table.code")]
    assert wrong(f"code;therapist\nP-1;{value}\n") == [(2, "table.code")]


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        *(("0.583333333333333", time(14)), ("0,583333333333333", time(14)), ("0.5833", time(14))),
        *(("0.58333", time(14)), ("0.625", time(15)), ("0.604", time(14, 30)), ("0.583", None)),
        *(("2.08333333333333E-02", time(0, 30)), (".583333333", time(14)), ("0.99999999", None)),
        *(("0.25", None), ("0.5", None), ("0,75", None), ("0.00", None), ("0.6", None)),
        *(("14.0", time(14)), ("9.30", time(9, 30)), ("00.25", time(0, 25)), ("14.5", None)),
        *(("1899-12-30 14:00:00", time(14)), ("1900-01-00 14:00", time(14))),
        *(("46098.5833333", None), ("2026-03-17 14:00", None), ("1.58333", None)),
        *(("2:00\u202fp.\u00a0m.", time(14)), ("\u20682:00 PM\u2069", time(14))),
    ],
)
def test_times_of_spreadsheets(cell: str, meant: time | None) -> None:
    """A part of a day is read if it is exactly one minute, and refused if it may be a time."""
    text = f'code;days;start\nP-1;Tue;"{cell}"\n'
    if meant is None:
        assert [line for line, _ in wrong(text)] == [2]
    else:
        assert read(text).wanted.plans[0].series is not None
        assert read(text).wanted.plans[0].series.wall_time == meant  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        *(
            ("50", 50),
            ("50.0", 50),
            ("50 min", 50),
            ("50 Min.", 50),
            ("0:50", 50),
            ("00:50:00", 50),
        ),
        *(("1:30", 90), ("1:30:00", 90), ("1 h", 60), ("1h30", 90), ("1 hour 30 min", 90)),
        *(("0.0347222222222222", 50), ("0,0625", 90), ("3.47222222222222E-02", 50), ("٥٠", 50)),
        *(("5:00", None), ("50:00", None), ("1.5", None), ("0.5", None), ("1.000", None)),
        *(("fifty", None), ("-50", None), ("50 h", None), ("1:75", None)),
    ],
)
def test_lengths_of_spreadsheets(cell: str, minutes: int | None) -> None:
    """Minutes, hours and minutes, or a part of a day."""
    text = f'code;days;start;duration\nP-1;Tue;9;"{cell}"\n'
    if minutes is None:
        assert wrong(text) == [(2, "table.duration")]
    else:
        assert plan(f'Tue;;9;;"{cell}"').series.minutes == minutes  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        *(
            ("46098", date(2026, 3, 17)),
            ("46098.0", date(2026, 3, 17)),
            ("47177", date(2029, 2, 28)),
        ),
        *(("46812", date(2028, 2, 29)), ("29.2.2028", date(2028, 2, 29)), ("29.2.2027", None)),
        *(("2026-03-17 00:00:00", date(2026, 3, 17)), ("2026/3/17", date(2026, 3, 17))),
        *(
            ("46098.58", None),
            ("4609", None),
            ("99999", None),
            ("17.3.", None),
            ("3/17/2026", None),
        ),
    ],
)
def test_days_of_spreadsheets(cell: str, meant: date | None) -> None:
    """The number of a day counts from 1900; a day that may be two is refused."""
    text = f"code;days;start;from\nP-1;Tue;9;{cell}\n"
    if meant is None:
        assert wrong(text) == [(2, "table.day")]
    else:
        found = read(text).wanted.plans[0].series
        assert found is not None
        assert found.first_day == meant


def test_numbers_with_a_decimal_are_whole() -> None:
    """Programs write 2 as 2.0 if a column also has empty cells; 1.000 may be a thousand."""
    found = plan("Tue;2.0;9;;;;;10.0").series
    assert found is not None
    assert found.rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=10"
    assert wrong("code;days;start;count\nP-1;Tue;9;1.000\n") == [(2, "table.count")]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (HEAD + ROW + "P-2;Wed;9\n", Counts(2, 2, 0)),
        (HEAD + ROW + "P-2;Di;9\n\n# P-3;Wed;9\n", Counts(2, 1, 1)),
        (HEAD + ROW + ROW, Counts(2, 1, 1)),
        ("code;weekday\nP-1;Tue\nP-2;Wed\n", Counts(2, 0, 2)),
        (HEAD + ROW + 'P-2;"Wed;9\nP-3;Wed;9\n', Counts(2, 1, 1)),
        (HEAD, Counts(0, 0, 0)),
        (HEAD + "Anna Smith;Tue;9\n" * 1_000, Counts(1_000, 0, 1_000)),
    ],
)
def test_the_counts_add_up(text: str, counts: Counts) -> None:
    """Each row was understood, or is named; a header that cannot be read condemns them all."""
    assert read(text).counts == counts
    assert counts.in_file == counts.understood + counts.not_understood


@pytest.mark.parametrize("mark", DELIMITERS)
def test_the_header_decides_what_separates_cells(mark: str) -> None:
    """A note above it may contain any of the marks."""
    text = "A, note; with\tall; marks,\n" + mark.join(("code", "days", "start")) + "\n"
    assert read(text + mark.join(("P-1", "Tue", "9")) + "\n").wanted.plans[0].series is not None
    assert date(2026, 3, 1) == TODAY
