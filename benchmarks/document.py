"""Write the figures of the committed results into docs/performance.md.

python -m benchmarks.document

Each result stands between two comments that name its file; what is around them is written by
hand. A test fails when the page and the results differ.
"""

import re
from pathlib import Path

from benchmarks.report import read, told

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "performance.md"
_PLACE = re.compile(r"<!-- made: ([a-z0-9-]+) -->\n.*?<!-- end -->", re.DOTALL)


def written(page: str) -> str:
    """Return the page with every result in its place."""
    return _PLACE.sub(
        lambda found: f"<!-- made: {found[1]} -->\n{_result(found[1])}\n<!-- end -->", page
    )


def _result(name: str) -> str:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return "Not measured yet."
    report, about = read(path)
    on = about["machine"]
    asked = " ".join(
        f"--{key.replace('_', '-')} {' '.join(map(_quoted, value))}"
        if isinstance(value, list)
        else f"--{key.replace('_', '-')} {_quoted(value)}"
        for key, value in about["options"].items()
    )
    return "\n".join(
        [
            report.table(),
            "",
            f"`python -m benchmarks.{report.name} {asked}` on {about['date']}:"
            f" {on['processor']}, {on['cores']} cores, {told(on['memory_gb'])} GB,"
            f" {on['system']}, Python {on['python']}, SQLite {on['sqlite']}.",
        ]
    )


def _quoted(value: object) -> str:
    return f"'{value}'" if " " in str(value) else str(value)


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
