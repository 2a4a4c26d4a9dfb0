"""The results as committed data: one line per result, four decimals."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

from benchmarks.detection.contest import ContestResult

RESULTS = Path(__file__).with_name("results")
GIVEN_FILE, VARIED_FILE = RESULTS / "given.json", RESULTS / "varied.json"
DRAWN_FILE = RESULTS / "drawn.json"
DIGITS = 4


class DetectionReport(TypedDict):
    """The results of a run, and how they were made."""

    made_by: str
    patients: int
    seed: int
    speed: dict[str, float]
    results: list[ContestResult]


def write_report(out: Path, head: Mapping[str, object], results: Sequence[ContestResult]) -> None:
    """Write a report as JSON that is readable in a diff."""
    entries = [
        f" {json.dumps(key)}: {json.dumps(_round_floats(value))}" for key, value in head.items()
    ]
    lines = ",\n".join("  " + json.dumps(_round_floats(result)) for result in results)
    parts = ",\n".join([*entries, f' "results": [\n{lines}\n ]'])
    out.write_text("{\n" + parts + "\n}\n", "utf-8")


def read_report(path: Path) -> DetectionReport:
    """Return a written report."""
    return cast("DetectionReport", json.loads(path.read_text("utf-8")))


def _round_floats(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _round_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_round_floats(one) for one in value]
    return value
