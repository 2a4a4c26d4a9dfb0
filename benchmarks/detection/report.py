"""The benchmark's output as committed data: one line per result, four decimals."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

from benchmarks.detection.contest import Result

RESULTS = Path(__file__).with_name("results")
GIVEN, VARIED = RESULTS / "given.json", RESULTS / "varied.json"
DRAWN = RESULTS / "drawn.json"
DIGITS = 4


class Report(TypedDict):
    """What a run of the benchmark found, and what made it."""

    made_by: str
    patients: int
    seed: int
    speed: dict[str, float]
    results: list[Result]


def write_report(out: Path, said: Mapping[str, object], results: Sequence[Result]) -> None:
    """Write a report, readable as JSON and in a diff."""
    head = [f" {json.dumps(key)}: {json.dumps(_short(value))}" for key, value in said.items()]
    lines = ",\n".join("  " + json.dumps(_short(result)) for result in results)
    parts = ",\n".join([*head, f' "results": [\n{lines}\n ]'])
    out.write_text("{\n" + parts + "\n}\n", "utf-8")


def read_report(path: Path) -> Report:
    """Return a report that was written before."""
    return cast("Report", json.loads(path.read_text("utf-8")))


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return value
