"""Every benchmark command runs with tiny sizes and writes its results."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.report import read_report
from tests.paths import ROOT

LONGEST = 120
COMMANDS = {
    "taps": "taps --patients 4 --runs 1 --bots python-telegram-bot attune",
    "burst": "burst --prompts 8 --paced 8 --ruptures 2",
    "alert": "alert --patients 4 --therapists 2 --over 0.5",
    "growth": "growth --patients 40 80 --weeks 3 --runs 1 --tapping 4",
    "soak": "soak --minutes 0.05 --rate 20",
    "workers": "workers --patients 4 --workers 1 --runs 1",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_runs(name: str, tmp_path: Path) -> None:
    """It succeeds, and its results can be read and printed."""
    out = tmp_path / "found.json"
    folder = ["--folder", str(tmp_path)] if name == "growth" else []

    done = subprocess.run(
        [sys.executable, "-m", *f"benchmarks.{COMMANDS[name]}".split(), *folder, "--out", out],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report, about = read_report(out)
    assert report.rows
    assert report.table() in done.stdout
    assert about["name"] == name


def test_results_name_no_place() -> None:
    """Committed results describe the machine, but contain no paths on it."""
    written = [
        json.loads(path.read_text("utf-8"))
        for path in (ROOT / "benchmarks" / "results").glob("*.json")
    ]

    assert all("/" not in str(one["machine"]) for one in written)
    assert all("folder" not in one["options"] for one in written)
