"""Tables of existing data in the forms of statistics programs; what is unclear is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.rupture.replay_cells import MISSING_WORDS, MissingCodes
from alliance.rupture.replay_rows import BadRows, ReplayRow
from alliance.rupture.replay_table import Columns, read_replay_table
from tests.alliance.rupture.observations import CHECK_IN_4

HEAD = "patient,session,goal,task,bond,overall"
ROW = "p1,1,9,8,9,9"


def read(
    *lines: str, columns: Columns | None = None, missing: MissingCodes | None = None
) -> list[ReplayRow]:
    """Read a table of these lines."""
    return read_replay_table(
        "\n".join(lines) + "\n", CHECK_IN_4, columns, missing or MissingCodes()
    )[0]


def problems(
    *lines: str, columns: Columns | None = None, missing: MissingCodes | None = None
) -> list[str]:
    """Return why a table of these lines is refused."""
    with pytest.raises(BadRows) as refused:
        read(*lines, columns=columns, missing=missing)
    return list(refused.value.problems)


def answers(*lines: str) -> list[dict[str, float | None] | None]:
    """Return the answers of each session."""
    return [row.observation.answers for row in read(*lines)]


@pytest.mark.parametrize(
    "code", [*sorted(MISSING_WORDS), "NaN", "Na", "-99", "-99.0", "9999,0", " "]
)
def test_a_code_for_missing_is_no_value(code: str) -> None:
    """In an answer it is blank, as a therapist nobody, as a patient or session refused."""
    row = f"{ROW},t1"
    quoted = f'"{code}"'
    assert answers(HEAD, f"p1,1,9,{quoted},9,9") == [{"goal": 9, "bond": 9, "overall": 9}]
    assert [
        one.observation.therapist
        for one in read(f"{HEAD},therapist", row, f"p1,2,9,9,9,9,{quoted}")
    ] == ["t1", None]
    assert read(f"{HEAD},direct", f"{ROW},{quoted}")[0].observation.direct is None
    for refused in (f"{quoted},1,9,9,9,9", f"p1,{quoted},9,9,9,9"):
        [problem] = problems(HEAD, refused)
        assert problem.startswith("Line 2: the ")


def test_a_code_that_is_a_possible_answer_is_one() -> None:
    """Only a site can say that an answer in the range stands for missing."""
    scale = CHECK_IN_4.model_copy(update={"lowest": -100.0, "highest": 100.0})
    text = f"{HEAD}\np1,1,-99,0,0,9999\n"

    assert read_replay_table(text, scale)[0][0].observation.answers == {
        "goal": -99, "task": 0, "bond": 0
    }  # fmt: skip
    chosen = read_replay_table(
        f"{HEAD}\np1,1,-99,0,1,2\n", scale, None, MissingCodes.chosen(["-99"])
    )
    assert chosen[0][0].observation.answers == {"task": 0, "bond": 1, "overall": 2}


def test_codes_that_a_site_chooses() -> None:
    """They replace the usual numbers, so that 9999 can be a patient; words stay missing."""
    chosen = MissingCodes.chosen(["x", "9", " -8.0 "])
    rows = read(HEAD, "9999,1,9,X,-8,8", "NAME,1,8,8,n/a,8", missing=chosen)

    assert [(row.patient, row.observation.answers) for row in rows] == [
        ("9999", {"overall": 8}),
        ("NAME", {"goal": 8, "task": 8, "overall": 8}),
    ]
    assert "name your own codes with --missing" in problems(HEAD, "9999,1,9,9,9,9")[0]
    assert problems(HEAD, "-99,1,9,9,9,9", missing=chosen)


@pytest.mark.parametrize(
    ("sessions", "problem"),
    [
        (("1", "2.0", "03", "4,0", "10"), None),
        (("0.5", "1", "1.5"), None),
        (("intake", "1", "booster", "2"), None),
        (("2026-03-03", "2026-03-10", "2026-03-17"), None),
        (("7", "7.0"), "Line 3: patient p1 has session 7.0 twice (the other is written 7)"),
        (("07", "7"), "Line 3: patient p1 has session 7 twice (the other is written 07)"),
        (("10", "9.0"), "Line 3: session 9.0 of patient p1 comes after 10;"),
        (("2", "x", "1"), "Line 4: session 1 of patient p1 comes after 2;"),
        (("2026-03-10", "2026-03-03"), "Line 3: session 2026-03-03 of patient p1 comes after"),
        (("2026-03-10 10:00", "2026-03-10T09:00"), "Line 3: session 2026-03-10T09:00 of patient"),
        (("\u200e5", "٥"), "Line 3: patient p1 has session 5 twice"),
    ],
)
def test_sessions_rise(sessions: tuple[str, ...], problem: str | None) -> None:
    """As numbers or as days, however they are written; names may come in any order."""
    rows = [f'p1,"{session}",9,9,9,9' for session in sessions]
    if problem is None:
        assert [row.session for row in read(HEAD, *rows)] == list(sessions)
    else:
        assert problems(HEAD, *rows)[0].startswith(problem)


def test_one_person_is_written_in_one_way() -> None:
    """1 and 1.0 may be two persons or one; invisible marks and NFD never make another."""
    assert problems(HEAD, "1,1,9,9,9,9", "1.0,2,9,9,9,9")[0].startswith("Line 3: patient 1.0 was 1")
    assert problems(HEAD, "01,1,9,9,9,9", "1,1,9,9,9,9")[0].startswith("Line 3: patient 1 was 01")
    head = f"{HEAD},therapist"
    assert "therapist 2.0 was 2" in problems(head, f"{ROW},2", "p1,2,9,9,9,9,2.0")[0]
    same = read(HEAD, "Jürgen,1,9,9,9,9", "Ju\u0308rgen,2,9,9,9,9", "\u200eJürgen ,3,9,9,9,9")
    assert {row.patient for row in same} == {"Jürgen"}


@pytest.mark.parametrize(
    "lines",
    [
        (HEAD.replace(",", ";"), "p1;1;9;7,5;9;9"),
        (HEAD.replace(",", "\t"), "p1\t1\t9\t7.5\t9\t9"),
        (HEAD, 'p1,1,9,"7,5",9,9'),
        ("sep=;", HEAD.replace(",", ";"), "p1;1;9;7,5;9;9;;"),
        ("Export, of 1 March", "", HEAD, "p1,1,9,7.5,9,9", ",,,,,", "---,---,---,---,---,---"),
        (f",{HEAD}", "1,p1,1,9,7.5,9,9"),
        (HEAD, "1,p1,1,9,7.5,9,9"),  # R: the column with the numbers of rows has no name at all
        (f"Unnamed: 0,{HEAD}", "0,p1,1,9,7.5,9,9"),
        (f"...1,{HEAD},,", "1,p1,1,9,7.5,9,9,,"),
        ("PATIENT,Session, goal ,Task,BOND,overall", "p1,1,9,7.5,9,9"),
        ("bond,overall,task,goal,session,patient", "9,9,7.5,9,1,p1"),
        ("\ufeff" + HEAD, "p1,1,\u20669\u2069,٧٫٥,９,9"),
    ],
)  # fmt: skip
def test_the_same_row_in_many_forms(lines: tuple[str, ...]) -> None:
    """Separators, decimal commas, names of rows, lines above the header, other digits."""
    [row] = read(*lines)

    assert (row.patient, row.session) == ("p1", "1")
    assert row.observation.answers == {"goal": 9, "task": 7.5, "bond": 9, "overall": 9}


def test_a_cell_too_many_is_no_name_of_a_row() -> None:
    """Only 1, 2, 3 in all rows are numbers of rows."""
    assert problems(HEAD, "p1,1,9,9,9,9,9")[0].startswith("Line 2: the row needs 6 cells")
    assert problems(HEAD, "1,p1,1,9,9,9,9", "7,p1,2,9,9,9,9")[0].startswith("Line 2: the row needs")


@pytest.mark.parametrize("cell", ["7.5.1", "1_0", "seven", "7/10", "1e1", "∞", "7 5", "½"])
def test_no_numbers(cell: str) -> None:
    """The message says what to do if it stands for missing."""
    [problem] = problems(HEAD, f"p1,1,9,9,{cell},9")

    assert problem.startswith("Line 2: bond is not a number: ")
    assert "leave it blank" in problem
    assert f"--missing={cell}" in problem


@pytest.mark.parametrize(
    ("head", "columns", "words"),
    [
        (HEAD.replace(",", " "), None, "Separate the cells by commas, semicolons or tabs."),
        ("ID,beep,q1,q2,q3,q4", None, "--column patient=ID"),
        (f"{HEAD},mood,age", None, "--ignore=mood --ignore=age"),
        (f"{HEAD},Goal", None, None),
        (HEAD, Columns({"mood": "x"}), "'mood' is none of our columns, patient, session, goal"),
        (HEAD, Columns({"bond": "q3"}), "there is no column 'q3'; the file has 'patient'"),
        (f"{HEAD},goal", None, "duplicate columns: 'goal'."),
    ],
)
def test_the_header_is_refused_with_the_remedy(
    head: str, columns: Columns | None, words: str | None
) -> None:
    """All problems at once, before any row."""
    found = problems(head, ROW, columns=columns)

    assert all(problem.startswith("Line 1: ") for problem in found)
    assert words is None or any(words in problem for problem in found)


def test_columns_are_mapped_and_the_others_left_out() -> None:
    """A mapping says that the file has its own names; what is not used is listed."""
    names = {"patient": "ID", "session": "beep", "goal": "q1", "task": "q2", "bond": "q3"}
    text = "ID,beep,q1,q2,q3,overall,mood,session\na,1,9,8,7,6,5,99\n"
    [row], understood = read_replay_table(text, CHECK_IN_4, Columns(names))

    assert (row.patient, row.session) == ("a", "1")
    assert row.observation.answers == {"goal": 9, "task": 8, "bond": 7, "overall": 6}
    assert understood.ignored == ("mood", "session")
    assert understood.columns == {**names, "overall": "overall"}
    [row] = read(f"{HEAD},mood", f"{ROW},3", columns=Columns(ignored=("MOOD",)))
    assert row.observation.answers is not None


def test_a_quotation_mark_that_is_not_closed() -> None:
    """It would hide the rest of the file."""
    assert problems(HEAD, ROW, 'p1,2,"9,9,9,9', "p1,3,9,9,9,9")[0].startswith("Line 3: a quotation")


@given(
    cells=st.lists(st.text(max_size=6), min_size=6, max_size=6),
    mark=st.sampled_from((",", ";", "\t")),
)
def test_any_row_is_read_or_refused_with_its_line(cells: list[str], mark: str) -> None:
    """Nothing else happens, and an answer is never outside the range."""
    quoted = mark.join('"' + cell.replace('"', '""') + '"' for cell in cells)
    found: tuple[str, ...] = ()
    rows: list[ReplayRow] = []
    try:
        rows = read(HEAD.replace(",", mark), quoted)
    except BadRows as refused:
        found = refused.problems
    assert all(problem.startswith("Line ") for problem in found)
    values = [value for row in rows for value in (row.observation.answers or {}).values()]
    assert all(0 <= (value or 0) <= 10 for value in values)
