"""Write the committed results into docs/performance.md.

python -m benchmarks.document

Each result is between two comments that name its file; everything else on the page is written by
hand. A test fails when the page and the results differ.
"""

import re
from pathlib import Path

from benchmarks.report import format_cell, read_report

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
PAGE = FOLDER.parent / "docs" / "performance.md"
_BLOCK = re.compile(r"<!-- made: ([a-z0-9-]+) -->\n.*?<!-- end -->", re.DOTALL)


def fill_page(page: str) -> str:
    """Return the page with all results filled in."""
    return _BLOCK.sub(
        lambda match: f"<!-- made: {match[1]} -->\n{_result(match[1])}\n<!-- end -->", page
    )


def _result(name: str) -> str:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return "Not measured yet."
    report, run = read_report(path)
    machine = run["machine"]
    options = " ".join(
        f"--{key.replace('_', '-')} {' '.join(map(_quoted, value))}"
        if isinstance(value, list)
        else f"--{key.replace('_', '-')} {_quoted(value)}"
        for key, value in run["options"].items()
    )
    return "\n".join(
        [
            report.table(),
            "",
            f"`python -m benchmarks.{report.name} {options}` on {run['date']}:"
            f" {machine['processor']}, {machine['cores']} cores,"
            f" {format_cell(machine['memory_gb'])} GB, {machine['system']},"
            f" Python {machine['python']}, SQLite {machine['sqlite']}.",
        ]
    )


def _quoted(value: object) -> str:
    return f"'{value}'" if " " in str(value) else str(value)


def main() -> None:
    """Update the page."""
    PAGE.write_text(fill_page(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
