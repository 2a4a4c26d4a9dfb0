"""The detector in the bot, and on files."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alliance.rupture import ENGLISH
from alliance.rupture.notes import NoteKind
from alliance.rupture.replay import OUTPUT_COLUMNS
from alliance.rupture.replay_cells import DIRECT_WORDS
from bot.commands import cli
from handlers.texts import catalogue
from tests.paths import ROOT
from tests.stories.clinic import ALERT_NOTICE, StoryClinic, wait_for_text

HEADER = "patient,session,goal,task,bond,overall,direct,therapist\n"
STEADY = "".join(f"P-1,{number},9,9,9,9,no,T-1\n" for number in range(1, 7))


def test_every_sentence_and_note_has_words() -> None:
    """Whatever the detector can say, the therapist can read."""
    keys = {f"why.{key}" for key in ENGLISH} | {f"note.{kind}" for kind in NoteKind}
    assert keys <= set(catalogue("en"))


async def test_a_wish_to_talk_arrives_whatever_the_ratings(clinic: StoryClinic) -> None:
    """Top ratings and "I'd like to talk about it": the therapist is told."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    for rating in ("10", "10", "10", "10"):
        before = clinic.patient.screen.text
        clinic.patient.tap(rating)
        await clinic.patient.wait_until(lambda p, was=before: p.screen.text != was)  # type: ignore[misc]
    clinic.patient.tap("Yes")
    await wait_for_text(clinic.patient, "And now?")
    clinic.patient.tap("I’d like to talk about it")
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "The patient would like to talk")
    assert (await clinic.state())["alerts"][0]["state"] == "open"


async def test_silence_alone_raises_nothing_by_default(clinic: StoryClinic) -> None:
    """Three missed check-ins in a row change the probability, but raise no alert."""
    await clinic.run_steady_weeks()
    for _ in range(3):
        await clinic.ask()
        await clinic.pass_time(days=7)
    assert (await clinic.state())["alerts"] == []
    assert (await clinic.checkins("P-1"))[-1]["state"] == "expired"


def _file(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "course.csv"
    path.write_text(HEADER + rows)
    return path


def test_replay_writes_a_verdict_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A drop in the last session is the only alert; numbers are not rounded."""
    path = _file(tmp_path, STEADY + "P-1,7,5,6,2,4,,T-1\n")
    out = tmp_path / "alerts.csv"
    assert cli.main(["replay", str(path), "--out", str(out), "--json"]) == 0

    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["session"] for row in rows if row["alert"] == "1"] == ["7"]
    assert rows[-1]["item"] == "bond"
    assert len(rows[-1]["probability"]) > 8
    assert json.loads(capsys.readouterr().out)["summary"]["alerts"] == 1


def test_replay_stops_in_silence_where_nobody_reads_on(tmp_path: Path) -> None:
    """A reader such as ``head`` may stop early; there is no traceback."""
    path = _file(
        tmp_path, "".join(f"P-{one},1,9,9,9,9,,\nP-{one},2,9,9,9,9,,\n" for one in range(999))
    )
    command = [sys.executable, "-m", "bot", "replay", str(path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        errors = running.stderr.read().decode()

    assert running.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("P-1,1,9,9,9,11,,\n", "Line 2"),
        (STEADY + "P-1,7,9,9,9,x,,\n", "Line 8"),
        ("P-1,1,9,9,9,9,,T,one too many\n", "Line 2"),
    ],
)
def test_replay_refuses_bad_rows_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, says: str
) -> None:
    """A bad row is reported with its line; nothing is computed or written."""
    out = tmp_path / "alerts.csv"
    assert cli.main(["replay", str(_file(tmp_path, rows)), "--out", str(out)]) == 2
    assert says in capsys.readouterr().err
    assert not out.exists()


def test_a_file_from_another_program_is_read(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, quoted cells, empty lines."""
    rows = [line for line in (HEADER + STEADY + "P-1,7,5,6,2,4,,T-1\n").splitlines() if line]
    quoted = ["\ufeff" + rows[0], *(",".join(f'"{c}"' for c in row.split(",")) for row in rows[1:])]
    path, out = tmp_path / "from a program.csv", tmp_path / "alerts.csv"
    path.write_bytes("\r\n".join([*quoted, "", ""]).encode())
    plain_out = tmp_path / "plain.csv"
    assert cli.main(["replay", str(path), "--out", str(out)]) == 0
    plain = _file(tmp_path, STEADY + "P-1,7,5,6,2,4,,T-1\n")
    assert cli.main(["replay", str(plain), "--out", str(plain_out)]) == 0

    assert out.read_text() == plain_out.read_text()


def test_replay_takes_an_instrument_file_of_ones_own(tmp_path: Path) -> None:
    """Other items on another scale, with results on that scale."""
    words = 'text.en = "-"\nlow.en = "-"\nhigh.en = "-"\n'
    items = "".join(
        f'[[items]]\nid = "{name}"\nkind = "{kind}"\n{words}'
        for name, kind in (("together", "overall"), ("trust", "bond"))
    )
    mine = tmp_path / "mine.toml"
    mine.write_text(
        f'version = 1\nname = "Mine"\nlicence = "none"\nlowest = 1\nhighest = 7\nstep = 1\n{items}'
    )
    path, out = tmp_path / "course.csv", tmp_path / "alerts.csv"
    steady = "".join(f"a,{session},6,6\n" for session in range(1, 7))
    path.write_text(f"patient,session,together,trust\n{steady}a,7,4,2\n")
    command = ["replay", str(path), "--instrument", str(mine), "--out", str(out)]
    assert cli.main(command) == 0

    last = list(csv.DictReader(out.read_text().splitlines()))[-1]
    assert (last["alert"], last["item"]) == ("1", "trust")
    assert 1 <= float(last["usual_low"]) <= float(last["usual_high"]) <= 7


def test_help_and_page_name_every_direct_answer_and_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file format is documented."""
    with pytest.raises(SystemExit):
        cli.main(["replay", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    page = (ROOT / "docs" / "replay.md").read_text()

    assert ", ".join(DIRECT_WORDS) in text
    assert set(re.findall(r"`([^`\n]+)`", page)) >= {*DIRECT_WORDS, *OUTPUT_COLUMNS}
