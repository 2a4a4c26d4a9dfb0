"""Data that researchers brought: read as they mean it, or refused with what to do.

The folders in ``cases`` have the inputs; the numbers are those of the reports.
"""

import pytest

from alliance.checkins.instruments import read_instrument
from alliance.rupture import detector
from alliance.rupture.replay import ReplayVerdict, replay
from alliance.rupture.replay_cells import MissingCodes
from alliance.rupture.replay_rows import BadRows
from alliance.rupture.replay_table import Columns, Understood, read_replay_table
from tests.alliance.rupture.observations import CHECK_IN_4
from tests.paths import ROOT

CASES = ROOT / "tests/alliance/rupture/cases"


def run(name: str) -> tuple[list[ReplayVerdict], Understood]:
    """Replay a case; return the verdicts, and what was understood."""
    rows, understood = read_replay_table((CASES / name).read_text(), CHECK_IN_4)
    verdicts, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)
    return verdicts, understood


def refused(name: str) -> list[str]:
    """Return why a case is refused."""
    with pytest.raises(BadRows) as error:
        run(name)
    return list(error.value.problems)


def alerts(verdicts: list[ReplayVerdict]) -> list[str]:
    """Return the sessions with an alert."""
    return [verdict.session for verdict in verdicts if verdict.alert]


def test_na_is_no_therapist() -> None:
    """05: NA is like blank: the baseline goes on, and the alert of session 7 is there."""
    blank, _ = run("05-replay-NA-is-a-therapist/g10a-therapist-blank.csv")
    missing, understood = run("05-replay-NA-is-a-therapist/g10b-therapist-NA.csv")

    assert missing == blank
    assert alerts(missing) == ["7"]
    assert understood.missing == {"NA": 1}


def test_na_is_no_patient() -> None:
    """05: rows without a patient are refused, each with its line."""
    problems = refused("05-replay-NA-is-a-therapist/g10c-patient-NA.csv")

    assert [problem.partition(":")[0] for problem in problems] == [f"Line {n}" for n in range(2, 6)]
    assert "the patient is 'NA', which stands for missing" in problems[0]


def test_sessions_are_compared_as_numbers() -> None:
    """06: 7.0 before 4.0 is refused like 7 before 4, in order both are read alike."""
    whole, _ = run("06-replay-float-sessions/g03a-whole-in-order.csv")
    floats, _ = run("06-replay-float-sessions/g03c-floats-in-order.csv")
    [whole_refusal] = refused("06-replay-float-sessions/g03b-whole-out-of-order.csv")
    [float_refusal] = refused("06-replay-float-sessions/g03d-floats-out-of-order.csv")

    assert [one.probability for one in floats] == [one.probability for one in whole]
    assert (alerts(whole), alerts(floats)) == (["7"], ["7.0"])
    assert whole_refusal.startswith("Line 6: session 4 of patient p1 comes after 7;")
    assert float_refusal.startswith("Line 6: session 4.0 of patient p1 comes after 7.0;")


def test_one_and_one_point_nought_are_one_session() -> None:
    """06: 1, 1.0 and 01 are the same number."""
    assert refused("06-replay-float-sessions/g03e-one-and-one-point-nought.csv") == [
        "Line 3: patient p1 has session 1.0 twice (the other is written 1)",
        "Line 4: patient p1 has session 01 twice (the other is written 1)",
    ]


@pytest.mark.parametrize(
    ("name", "ignored"),
    [("g01-r-export.csv", ("",)), ("g01b-r-export-without-row-names.csv", ())],
)
def test_a_file_from_r(name: str, ignored: tuple[str, ...]) -> None:
    """22: the column with the numbers of rows is left out, NA is missing."""
    _, understood = run(f"22-replay-of-researchers-files/{name}")

    assert (understood.rows, understood.patients, understood.unanswered) == (3, 1, 1)
    assert (understood.missing, understood.ignored) == ({"NA": 4}, ignored)


def test_semicolons_decimal_commas_and_9999() -> None:
    """22: as a spreadsheet and SPSS write it in Germany."""
    text = (CASES / "22-replay-of-researchers-files/g02-semicolons-9999.csv").read_text()
    rows, understood = read_replay_table(text, CHECK_IN_4)

    assert rows[0].observation.answers == {"goal": 7.5, "bond": 8, "overall": 9}
    assert (understood.delimiter, understood.missing) == (";", {"9999": 1})


def test_dots_are_missing() -> None:
    """22: as SAS and Stata write it; a session of dots is unanswered."""
    _, understood = run("22-replay-of-researchers-files/g09-dots.csv")

    assert (understood.rows, understood.unanswered, understood.missing) == (2, 1, {".": 4})


def test_sessions_side_by_side_are_refused_with_the_remedy() -> None:
    """22: one row for each patient has to be reshaped."""
    [problem] = refused("22-replay-of-researchers-files/g05-wide.csv")

    assert problem.startswith("Line 1: missing columns: 'patient', 'session', 'goal'")
    for remedy in ("'wai_s1'", "--column patient=id", "one row for each session", "pivot_longer"):
        assert remedy in problem


def test_a_diary_with_its_own_names() -> None:
    """22: an instrument of one's own, columns by their names, codes for missing."""
    own = read_instrument(CASES / "22-replay-of-researchers-files/vas.toml")
    text = (
        "ID,beep,happy,energetic,positive,accepted\n"
        '"a",1,-9,50,-9,-9\n"a",2,NA,77.5,NA,NA\n"b",1,0,100,50,50\n'
    )
    columns = Columns({"patient": "ID", "session": "beep", "content": "happy"})
    rows, understood = read_replay_table(text, own, columns, MissingCodes.chosen(["NA", "-9"]))

    assert understood.columns["content"] == "happy"
    assert understood.missing == {"-9": 3, "NA": 3}
    assert [row.observation.answers for row in rows] == [
        {"energetic": 50},
        {"energetic": 77.5},
        {"energetic": 100, "content": 0, "positive": 50, "accepted": 50},
    ]
