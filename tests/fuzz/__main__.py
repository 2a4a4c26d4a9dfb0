"""Fuzz one target: ``python -m tests.fuzz NAME [--seconds N] [--runs N] [--seed N]``.

An input that is a find is written to the present folder as ``crash-…`` or ``slow-unit-…``, and
the program ends with an error. Linux only: libFuzzer is behind it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

SLOW_SECONDS = 25
MOST_BYTES = 4_096
LOOKED_INTO = ["alliance", "handlers", "bot", "tomllib", "json"]
"""Only an input that reaches new lines of these is worth keeping."""


def main() -> None:
    """Fuzz until the time is over, or something is found."""
    options = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    options.add_argument("name", help="taps, commands, csv, ics, toml or updates")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--runs", type=int, default=-1, help="so many inputs at most")
    options.add_argument("--seed", type=int, default=0, help="0 takes another each time")
    options.add_argument("--corpus", type=Path, help="a folder that remembers what was found")
    chosen = options.parse_args()
    with atheris.instrument_imports(include=LOOKED_INTO):
        from tests.fuzz.targets import TARGETS
    if chosen.name not in TARGETS:
        options.error(f"there are: {', '.join(TARGETS)}")
    target = TARGETS[chosen.name]
    with tempfile.TemporaryDirectory(prefix="attune-corpus-") as folder:
        for number, seed in enumerate(target.seeds):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={chosen.seconds}",
                f"-runs={chosen.runs}",
                f"-seed={chosen.seed}",
                f"-timeout={SLOW_SECONDS}",
                f"-max_len={MOST_BYTES}",
                "-print_final_stats=1",
                *([str(chosen.corpus)] if chosen.corpus else []),
                folder,
            ],
            target.run,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
