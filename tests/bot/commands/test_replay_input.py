"""``attune replay`` on files of others: mapped, told before it is judged, printed anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands import cli
from tests.paths import ROOT

CASES = ROOT / "tests/bot/commands/cases"
DIARY = 'ID;beep;q1;q2;q3;q4;age\n"Jürgen";1;9;8;9;-9;33\n"Jürgen";2,0;NA;8,5;9;9;33\n'
MAPPING = [
    part
    for ours, theirs in (
        *(("patient", "ID"), ("session", "beep"), ("goal", "q1"), ("task", "q2")),
        *(("bond", "q3"), ("overall", "q4")),
    )
    for part in ("--column", f"{ours}={theirs}")
]


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    """Return a file with columns and codes of its own."""
    path = tmp_path / "diary.csv"
    path.write_bytes(DIARY.encode("cp1252"))
    return path


def test_what_was_understood_is_shown_beside_the_results(
    diary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One table on standard error; standard output has the results alone."""
    assert cli.main(["replay", str(diary), *MAPPING, "--missing=NA,-9"]) == 0

    out, err = capsys.readouterr()
    rows = [" ".join(line.split()) for line in err.splitlines()]
    assert "separator semicolon" in rows
    assert "sessions 2, of which 0 without an answer" in rows
    assert "missing cells 1 × -9, 1 × NA" in rows
    assert "ignored columns age" in rows
    assert (
        "columns patient = ID, session = beep, goal = q1, task = q2, bond = q3, overall = q4"
    ) in rows
    assert any(row.startswith("characters read as Windows-1252") for row in rows)
    assert out == "1 patients, 2 sessions, 1 verdicts, 0 alerts: 0.0 per 100 sessions.\n"


def test_json_has_it_too(diary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object on one line, with the totals and the rows as before."""
    assert cli.main(["replay", str(diary), *MAPPING, "--missing=NA", "--missing=-9", "--json"]) == 0

    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"understood", "summary", "rows"}
    assert result["understood"]["missing"] == {"-9": 1, "NA": 1}
    assert result["understood"]["columns"]["bond"] == "q3"
    assert [row["patient"] for row in result["rows"]] == ["Jürgen"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--column", "patient"], "--column patient should be OURS=THEIRS, e.g. patient=ID."),
        (["--column", "a=b", "--column", "a=c"], "--column names a twice, as b and c."),
        ([], "Line 1: missing columns: 'patient', 'session', 'goal'"),
        (MAPPING, "overall must be between 0 and 10, not -9; if -9 stands for missing"),
    ],
)
def test_a_refusal_says_what_to_do(
    diary: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    """Nothing is computed, and the exit code is that of a wrong use."""
    assert cli.main(["replay", str(diary), *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"PK\x03\x04workbook", b"\x1f\x8b.rds", b"$FL2\x00\x00\x01"])
def test_a_workbook_is_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """Files of Excel, R and SPSS are to be saved as CSV."""
    path = tmp_path / "data"
    path.write_bytes(content)

    assert cli.main(["replay", str(path)]) == 2
    assert "save it as CSV" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252"])
def test_any_character_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    """As spreadsheets save it."""
    path = tmp_path / "diary.csv"
    path.write_bytes(DIARY.replace("-9", "").encode(encoding))

    assert cli.main(["replay", str(path), *MAPPING, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["patient"] == "Jürgen"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp437", "utf-8"])
def test_characters_that_the_terminal_lacks_are_replaced(encoding: str) -> None:
    """21: Greek and Polish names on the screen of an old server, in every command."""
    file = CASES / "21-small-operations/g07-names.csv"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "replay", str(file)],
        env=environment,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )

    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    first = done.stdout.decode(encoding).splitlines()[0]
    name = "Łukasz" if encoding == "utf-8" else "?ukasz"
    assert first.startswith(f"{name} session 7: The ratings fell")
