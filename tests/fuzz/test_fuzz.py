"""Each fuzz target runs for a moment without a failure."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.paths import ROOT

RUNS = 200
MAX_SECONDS = 300.0


@pytest.mark.slow
async def test_each_target_runs(tmp_path: Path) -> None:
    """It tries as many inputs as requested, and none fails."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fuzz", "all"),
        *("--runs", str(RUNS), "--seed", "1", "--logs", str(tmp_path)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    _, errors = await asyncio.wait_for(process.communicate(), MAX_SECONDS)
    logs = {name: (tmp_path / f"{name}.log").read_text("utf-8", "replace") for name in TARGETS}
    assert process.returncode == 0, (errors, {name: log[-2_000:] for name, log in logs.items()})
    for name, log in logs.items():
        executed = re.search(r"number_of_executed_units: (\d+)", log)
        assert executed is not None, (name, log[-2_000:])
        assert int(executed[1]) >= RUNS, name
