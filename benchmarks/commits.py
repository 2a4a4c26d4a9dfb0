"""Two commits of Attune side by side: the same benchmark in each, alternating.

    python -m benchmarks.commits REVISION [--runs 5] [--patients 100] [--out FILE]

The earlier revision is checked out into a folder of its own, which is removed again. In each run
both trees play ``benchmarks.taps`` with their own code, simulator and all, one after the other,
and the order is turned round from run to run. What counts is the ratio of the two in one run,
in the middle of all runs; below 1 the working tree is slower than the revision.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import (
    BenchmarkReport,
    ReportRow,
    add_out_option,
    median_row,
    number,
    print_and_write,
)

ROOT = Path(__file__).parent.parent
COLUMNS = {
    "commit": "commit",
    "taps_per_second": "taps a second",
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "cpu_ms": "processor time a tap, ms",
}


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """Give a folder with that revision's files."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


async def measure(tree: Path, patients: int) -> ReportRow:
    """Return what ``benchmarks.taps`` finds with the code of a tree."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "taps.json"
        options = ["--bots", "attune", "--runs", "1", "--patients", str(patients)]
        command = [sys.executable, "-m", "benchmarks.taps", *options, "--out", str(out)]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tree, stdout=asyncio.subprocess.DEVNULL
        )
        if await process.wait():
            raise SystemExit(f"benchmarks.taps failed in {tree}")
        row: ReportRow = json.loads(out.read_text("utf-8"))["rows"][0]
        return row


async def main() -> None:
    """Measure both trees in turn and print the medians and the ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("revision", help="what the working tree is compared with")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--patients", type=int, default=100)
    add_out_option(options)
    chosen = options.parse_args()
    before: list[ReportRow] = []
    after: list[ReportRow] = []
    with checked_out(chosen.revision) as tree:
        for run in range(chosen.runs):
            pair = [(tree, before), (ROOT, after)]
            for where, found in pair if run % 2 == 0 else reversed(pair):
                found.append(await measure(where, chosen.patients))
    ratios = median_row(
        [
            {key: number(new, key) / number(old, key) for key in ("taps_per_second", "cpu_ms")}
            for old, new in zip(before, after, strict=True)
        ]
    )
    rows = [
        {**median_row(before), "commit": chosen.revision},
        {**median_row(after), "commit": "working tree"},
    ]
    note = (
        f"The working tree does {number(ratios, 'taps_per_second'):.2f} times the taps a second of"
        f" {chosen.revision}, with {number(ratios, 'cpu_ms'):.2f} times its processor time a tap."
    )
    print_and_write(BenchmarkReport("commits", COLUMNS, rows, [note]), chosen)


if __name__ == "__main__":
    asyncio.run(main())
