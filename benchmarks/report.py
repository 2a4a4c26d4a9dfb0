"""Results of a benchmark: printed as a table, and written as JSON with machine and date."""

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
ReportRow = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """One benchmark's figures.

    Attributes:
        name: The module of the benchmark.
        columns: Titles of the columns by key.
        rows: Figures by key.
        notes: Ratios and remarks, one sentence each.
    """

    name: str
    columns: Mapping[str, str]
    rows: Sequence[ReportRow]
    notes: Sequence[str] = ()

    def table(self) -> str:
        """Return a Markdown table, followed by the notes."""
        lines = [" | ".join(self.columns.values()), "|".join("---" for _ in self.columns)]
        lines += [
            " | ".join(format_cell(row.get(key)) for key in self.columns) for row in self.rows
        ]
        table = [f"| {line} |" if "---" not in line else f"|{line}|" for line in lines]
        return "\n".join([*table, "", *self.notes])


def format_cell(value: Cell) -> str:
    """Return a cell with a meaningful number of digits.

    >>> [format_cell(value) for value in (2311.4, 74.26, 0.404, None, "bare")]
    ['2,311', '74.3', '0.40', '', 'bare']
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def machine() -> dict[str, Cell]:
    """Return the processor, memory and software of this machine, without its name."""
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


def median_row(rows: Sequence[ReportRow]) -> dict[str, Cell]:
    """Return the median of every figure over several runs, and the texts of the first run.

    >>> median_row([{"bot": "a", "taps": taps} for taps in (1.0, 5.0, 2.0)])
    {'bot': 'a', 'taps': 2.0}
    """
    medians: dict[str, Cell] = {}
    for key, first in rows[0].items():
        numbers = [value for row in rows if isinstance(value := row[key], int | float)]
        medians[key] = statistics.median(numbers) if len(numbers) == len(rows) else first
    return medians


def number(row: ReportRow, key: str) -> float:
    """Return a required figure."""
    value = row[key]
    if not isinstance(value, int | float):
        raise TypeError(f"{key} is not a number")
    return float(value)


def add_out_option(options: argparse.ArgumentParser) -> None:
    """Add the option to write the figures."""
    options.add_argument("--out", type=Path, help="write the figures as JSON")


def print_and_write(report: BenchmarkReport, chosen: argparse.Namespace) -> None:
    """Print the table, and write the figures if ``--out`` is given."""
    print(report.table())
    if chosen.out is None:
        return
    options = {name: value for name, value in vars(chosen).items() if name != "out"}
    written: dict[str, Any] = {
        "name": report.name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "options": {name: value for name, value in options.items() if not isinstance(value, Path)},
        "columns": dict(report.columns),
        "rows": [dict(row) for row in report.rows],
        "said": list(report.notes),
    }
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_report(path: Path) -> tuple[BenchmarkReport, dict[str, Any]]:
    """Return a written report, with machine, date and options."""
    written = json.loads(path.read_text("utf-8"))
    report = BenchmarkReport(written["name"], written["columns"], written["rows"], written["said"])
    return report, written
