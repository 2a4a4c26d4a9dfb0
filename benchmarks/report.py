"""What a benchmark found: printed as a table, and written as JSON with machine and date."""

import argparse
import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Cell = str | int | float | None
Found = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark's figures.

    Attributes:
        name: The benchmark's module.
        columns: Key of each column to its title.
        rows: What was measured, by key.
        said: Ratios and what else there is to say, a sentence each.
    """

    name: str
    columns: Mapping[str, str]
    rows: Sequence[Found]
    said: Sequence[str] = ()

    def table(self) -> str:
        """Return it as a Markdown table with its sentences below."""
        lines = [" | ".join(self.columns.values()), "|".join("---" for _ in self.columns)]
        lines += [" | ".join(told(row.get(key)) for key in self.columns) for row in self.rows]
        table = [f"| {line} |" if "---" not in line else f"|{line}|" for line in lines]
        return "\n".join([*table, "", *self.said])


def told(value: Cell) -> str:
    """Return a cell with as many digits as mean something.

    >>> told(2311.4), told(74.26), told(0.404), told(None), told("bare")
    ('2,311', '74.3', '0.40', '', 'bare')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def machine() -> dict[str, Cell]:
    """Return on what it was measured; nothing that names the place."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def middle(rows: Sequence[Found]) -> dict[str, Cell]:
    """Return the median of every figure over some runs of the same; words are those of the first.

    >>> middle([{"bot": "a", "taps": 1.0}, {"bot": "a", "taps": 5.0}, {"bot": "a", "taps": 2.0}])
    {'bot': 'a', 'taps': 2.0}
    """
    found: dict[str, Cell] = {}
    for key, first in rows[0].items():
        numbers = [value for row in rows if isinstance(value := row[key], int | float)]
        found[key] = statistics.median(numbers) if len(numbers) == len(rows) else first
    return found


def number(row: Found, key: str) -> float:
    """Return a figure that must be there."""
    value = row[key]
    if not isinstance(value, int | float):
        raise TypeError(f"{key} is no number")
    return float(value)


def take_out(options: argparse.ArgumentParser) -> None:
    """Let a benchmark be asked to write its figures."""
    options.add_argument("--out", type=Path, help="write the figures as JSON")


def finish(report: Report, chosen: argparse.Namespace) -> None:
    """Print the table; write the figures where that is asked for."""
    print(report.table())
    if chosen.out is None:
        return
    asked = {name: value for name, value in vars(chosen).items() if name != "out"}
    written: dict[str, Any] = {
        "name": report.name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "options": {name: value for name, value in asked.items() if not isinstance(value, Path)},
        "columns": dict(report.columns),
        "rows": [dict(row) for row in report.rows],
        "said": list(report.said),
    }
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read(path: Path) -> tuple[Report, dict[str, Any]]:
    """Return the figures that were written, and with them machine, date and options."""
    written = json.loads(path.read_text("utf-8"))
    report = Report(written["name"], written["columns"], written["rows"], written["said"])
    return report, written
