"""Fuzz targets: ``python -m tests.fuzz NAME [--seconds N] [--runs N] [--seed N]``.

An input that fails is written to the current folder as ``crash-…`` or ``slow-unit-…``, and the
program exits with an error. Linux only, because it uses libFuzzer.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

SLOW_SECONDS = 25
MAX_BYTES = 4_096
ALL = "all"
INSTRUMENTED_PACKAGES = ["alliance", "handlers", "bot", "tomllib", "json"]
"""An input is kept if it reaches new lines of these."""


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    options = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    options.add_argument("name", help="a target, or 'all' to run all at once")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--runs", type=int, default=-1, help="the maximum number of inputs")
    options.add_argument("--seed", type=int, default=0, help="0 uses a different seed each time")
    options.add_argument("--corpus", type=Path, help="a folder for inputs that reach new lines")
    options.add_argument("--logs", type=Path, help="a folder for the output of each target")
    return options.parse_args()


def main() -> None:
    """Fuzz until the time is over or an input fails."""
    options = parse_options()
    # Instrumenting takes longer than a short run: it is done once, before the processes fork.
    with atheris.instrument_imports(include=INSTRUMENTED_PACKAGES):
        from tests.fuzz.targets import TARGETS
    names = list(TARGETS) if options.name == ALL else [options.name]
    if not set(names) <= set(TARGETS):
        sys.exit(f"The targets are {', '.join(TARGETS)}.")
    with tempfile.TemporaryDirectory(prefix="attune-corpus-") as folder:
        processes = {}
        for name in names:
            seeds = Path(folder) / name
            seeds.mkdir()
            for number, seed in enumerate(TARGETS[name].seeds):
                (seeds / f"seed-{number}").write_bytes(seed)
            processes[name] = os.fork()
            if not processes[name]:
                fuzz(name, TARGETS[name], seeds, options)
        codes = {name: os.waitpid(process, 0)[1] for name, process in processes.items()}
    failed = [name for name, code in codes.items() if code]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}.")


def fuzz(name: str, target: "Target", seeds: Path, options: argparse.Namespace) -> None:
    """Fuzz one target in this process, which libFuzzer ends."""
    if options.logs is not None:
        os.dup2(
            os.open(options.logs / f"{name}.log", os.O_CREAT | os.O_WRONLY), sys.stderr.fileno()
        )
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={options.seconds}",
            f"-runs={options.runs}",
            f"-seed={options.seed}",
            f"-timeout={SLOW_SECONDS}",
            f"-max_len={MAX_BYTES}",
            "-print_final_stats=1",
            *([str(options.corpus)] if options.corpus else []),
            str(seeds),
        ],
        target.run,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
