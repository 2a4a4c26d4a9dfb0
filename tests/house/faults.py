"""The table of faults in docs/hazards.md, made from the tests that make them happen.

``python -m tests.house.faults`` writes it anew after a test was added or renamed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.house.made import with_made

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "hazards.md"
BEGIN = "<!-- faults: made by python -m tests.house.faults -->\n"
END = "<!-- end of faults -->\n"


class Fault(NamedTuple):
    """A fault, and a test that makes it happen."""

    name: str
    promise: str
    test: str


def names_of_tests() -> set[str]:
    """Return the name of every test."""
    found = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
    return {name for name in found if name.startswith("test_")}


def faults() -> list[Fault]:
    """Return all faults, by name."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        shared = dict(_assigned(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                promise = (ast.get_docstring(node) or "").partition("\n\n")[0]
                for decorator in node.decorator_list:
                    for name in _named(decorator, shared):
                        where = f"{path.relative_to(TESTS)}::{node.name}"
                        found.append(Fault(name, " ".join(promise.split()), where))
    return sorted(found)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _named(decorator: ast.expr, shared: dict[str, ast.expr]) -> Iterator[str]:
    """Yield what ``mark.fault("…")`` names in a decorator, also by way of a table of cases."""
    for node in ast.walk(decorator):
        if isinstance(node, ast.Name) and node.id in shared:
            yield from _named(shared[node.id], {})
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "fault"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def table() -> str:
    """Return the table as it stands in the document."""
    head = "| Fault | What must hold | Test |\n|---|---|---|\n"
    return head + "".join(f"| {one.name} | {one.promise} | `{one.test}` |\n" for one in faults())


def with_table(document: str) -> str:
    """Return the document with the table as it should be."""
    return with_made(document, table(), begin=BEGIN, end=END)


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text("utf-8")), "utf-8")
