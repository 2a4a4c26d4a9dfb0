"""The fuzzers work: each runs for a moment in a process of its own, and finds nothing."""

import asyncio
import re
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

RUNS = 200
LONGEST_SECONDS = 300.0


async def fuzzed(name: str, folder: Path) -> tuple[int, str]:
    """Return how a short run of one target ended, and what it told."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fuzz", name, "--runs", str(RUNS), "--seed", "1"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    _, told = await asyncio.wait_for(process.communicate(), LONGEST_SECONDS)
    return process.returncode or 0, told.decode("utf-8", "replace")


async def test_each_fuzzer_runs(tmp_path: Path) -> None:
    """As many inputs as were asked for, and no find among them."""
    ended = await asyncio.gather(*(fuzzed(name, tmp_path) for name in TARGETS))
    for name, (code, told) in zip(TARGETS, ended, strict=True):
        assert code == 0, (name, told[-2_000:])
        executed = re.search(r"number_of_executed_units: (\d+)", told)
        assert executed is not None, (name, told[-2_000:])
        assert int(executed[1]) >= RUNS, name
