"""Judge every detector on the same simulated cohorts, and print the table.

python -m benchmarks.detection [--vary] [--patients 4000] [--seed 1] [--out FILE]
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.detection.contest import Result, Task, contest
from benchmarks.detection.contestants import EVERYBODY, MAIN, PUBLISHED, REFERENCE
from benchmarks.detection.report import write_report
from benchmarks.detection.settings import SRS, SRS_DIRECT, VARIED, WAI7, WAI7_DIRECT
from benchmarks.detection.speed import microseconds_a_step, milliseconds_a_history
from benchmarks.detection.table import LEGEND, table

LEVELS = {
    "2": "2 false alarms per 100 ordinary sessions",
    "5": "5 false alarms per 100 ordinary sessions",
    "10": "10 false alarms per 100 ordinary sessions",
    "published": "limits as published",
    "shipped 5": "the threshold that ships for a budget of 5",
}
BRIEF = ("false_alarms", "hit1", "ppv")


def main() -> None:
    """Run the contest and print or write what came out."""
    options = _options()
    began = time.monotonic()
    tasks = _varied(options) if options.vary else _given(options)
    results = contest(tasks)
    print(LEGEND)
    for name in dict.fromkeys(result["setting"] for result in results):
        of_setting = [result for result in results if result["setting"] == name]
        for level, title in LEVELS.items():
            if any(level in result["at"] for result in of_setting):
                print(f"\n{name}: {title}\n{table(of_setting, level)}")
    speed = {
        "microseconds_a_step": microseconds_a_step(),
        "milliseconds_a_history": milliseconds_a_history(),
    }
    print(
        f"\nA step takes {speed['microseconds_a_step']:.0f} microseconds, a history of 60 sessions "
        f"{speed['milliseconds_a_history']:.1f} ms; {time.monotonic() - began:.0f} s in all."
    )
    if options.out:
        _write(options.out, options, results, speed)


def _given(options: argparse.Namespace) -> list[Task]:
    everybody = [(setting, one) for setting in (SRS, WAI7) for one in EVERYBODY]
    direct = [(setting, MAIN) for setting in (SRS_DIRECT, WAI7_DIRECT)]
    return [Task(*pair, options.patients, options.seed) for pair in everybody + direct]


def _varied(options: argparse.Namespace) -> list[Task]:
    contestants = (MAIN, REFERENCE, *PUBLISHED)
    return [
        Task(setting, one, options.patients, options.seed)
        for setting in VARIED
        for one in contestants
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--vary", action="store_true", help="other settings, one change each")
    parser.add_argument("--patients", type=int, default=4000, help="patients of each cohort")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args()


def _write(
    out: Path, options: argparse.Namespace, results: Sequence[Result], speed: dict[str, float]
) -> None:
    said = {
        "made_by": f"python -m benchmarks.detection{' --vary' if options.vary else ''}",
        "patients": options.patients,
        "seed": options.seed,
        "speed": speed,
    }
    write_report(out, said, [_brief(one) for one in results] if options.vary else results)


def _brief(result: Result) -> Result:
    """Keep what a comparison over settings needs."""
    brief = {
        level: {name: figures[name] for name in BRIEF} for level, figures in result["at"].items()
    }
    return {**result, "at": brief}


if __name__ == "__main__":
    main()
