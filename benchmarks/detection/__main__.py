"""Compare all detectors on the same simulated cohorts, and print the tables.

python -m benchmarks.detection [--settings given|varied|drawn] [--patients 4000] [--out FILE]
"""

import argparse
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.detection.contest import ContestResult, Task, contest
from benchmarks.detection.contestants import EVERYBODY, MAIN, PLAIN, PUBLISHED
from benchmarks.detection.drawn import draw_populations
from benchmarks.detection.report import write_report
from benchmarks.detection.settings import SRS, SRS_DIRECT, VARIED_POPULATIONS, WAI7, WAI7_DIRECT
from benchmarks.detection.speed import microseconds_a_step, milliseconds_a_history
from benchmarks.detection.table import LEGEND, table

LEVELS = {
    "2": "2 false alarms per 100 ordinary sessions",
    "5": "5 false alarms per 100 ordinary sessions",
    "10": "10 false alarms per 100 ordinary sessions",
    "published": "limits as published",
    "shipped 5": "the threshold that ships for a budget of 5",
}
BRIEF_FIGURES = ("false_alarms", "hit1", "ppv")
POPULATIONS_DRAWN = 20


def main() -> None:
    """Run the contest, and print and write the results."""
    options = _options()
    began = time.monotonic()
    results = contest(_tasks(options))
    print(LEGEND)
    for name in dict.fromkeys(result["setting"] for result in results):
        population = [result for result in results if result["setting"] == name]
        for level, title in LEVELS.items():
            if any(level in result["at"] for result in population):
                print(f"\n{name}: {title}\n{table(population, level)}")
    speed = {
        "microseconds_a_step": microseconds_a_step(),
        "milliseconds_a_history": milliseconds_a_history(),
    }
    print(
        f"\nA step takes {speed['microseconds_a_step']:.0f} microseconds, a history of 60 sessions "
        f"{speed['milliseconds_a_history']:.1f} ms; {time.monotonic() - began:.0f} s in all, "
        f"{_processor_seconds():.0f} s of them on a processor."
    )
    if options.out:
        _write(options.out, options, results, speed)


def _tasks(options: argparse.Namespace) -> list[Task]:
    if options.settings == "given":
        pairs = [(setting, one) for setting in (SRS, WAI7) for one in EVERYBODY]
        pairs += [(setting, one) for setting in (SRS_DIRECT, WAI7_DIRECT) for one in (MAIN, PLAIN)]
    else:
        settings = (
            VARIED_POPULATIONS
            if options.settings == "varied"
            else draw_populations(POPULATIONS_DRAWN, seed=options.seed)
        )
        pairs = [(setting, one) for setting in settings for one in (MAIN, PLAIN, *PUBLISHED)]
    return [Task(*pair, options.patients, options.seed) for pair in pairs]


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument(
        "--settings",
        choices=("given", "varied", "drawn"),
        default="given",
        help="two populations, one change each from them, or populations drawn at random",
    )
    parser.add_argument("--patients", type=int, default=4000, help="patients of each cohort")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args()


def _write(
    out: Path,
    options: argparse.Namespace,
    results: Sequence[ContestResult],
    speed: dict[str, float],
) -> None:
    given = options.settings == "given"
    head = {
        "made_by": "python -m benchmarks.detection"
        + ("" if given else f" --settings {options.settings}"),
        "patients": options.patients,
        "seed": options.seed,
        "speed": speed,
    }
    write_report(out, head, results if given else [_shorten(one) for one in results])


def _shorten(result: ContestResult) -> ContestResult:
    """Return only the figures that a comparison over populations needs."""
    brief = {
        level: {name: figures[name] for name in BRIEF_FIGURES}
        for level, figures in result["at"].items()
    }
    return {**result, "at": brief}


if __name__ == "__main__":
    main()
