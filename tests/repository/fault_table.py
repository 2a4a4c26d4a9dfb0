"""The table of faults in docs/hazards.md, generated from the tests that inject them.

``python -m tests.repository.fault_table`` rewrites it after a test was added or renamed.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.paths import ROOT
from tests.repository.generated_section import replace_section

TESTS = ROOT / "tests"
DOCUMENT = TESTS.parent / "docs" / "hazards.md"
BEGIN = "<!-- faults: made by python -m tests.repository.fault_table -->\n"
END = "<!-- end of faults -->\n"


class Fault(NamedTuple):
    """A fault and a test that injects it."""

    name: str
    promise: str
    test: str


@cache
def parsed_tests() -> dict[Path, ast.Module]:
    """Return the syntax tree of every test module."""
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(TESTS.rglob("test_*.py"))}


def functions_in(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions of a module."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement


def names_of_tests() -> set[str]:
    """Return the name of every test."""
    names = {node.name for tree in parsed_tests().values() for node in functions_in(tree)}
    return {name for name in names if name.startswith("test_")}


def faults() -> list[Fault]:
    """Return all faults, by name."""
    found = []
    for path, tree in parsed_tests().items():
        assigned = dict(_assignments(tree))
        for node in functions_in(tree):
            promise = (ast.get_docstring(node) or "").partition("\n\n")[0]
            for decorator in node.decorator_list:
                for name in _fault_names(decorator, assigned):
                    where = f"{path.relative_to(TESTS)}::{node.name}"
                    found.append(Fault(name, " ".join(promise.split()), where))
    return sorted(found)


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _fault_names(decorator: ast.expr, assigned: dict[str, ast.expr]) -> Iterator[str]:
    """Yield each name in ``mark.fault("…")`` of a decorator, also in a list of cases it uses."""
    for node in ast.walk(decorator):
        if isinstance(node, ast.Name) and node.id in assigned:
            yield from _fault_names(assigned[node.id], {})
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "fault"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def fault_table() -> str:
    """Return the table as Markdown."""
    head = "| Fault | What must hold | Test |\n|---|---|---|\n"
    return head + "".join(f"| {one.name} | {one.promise} | `{one.test}` |\n" for one in faults())


def insert_table(document: str) -> str:
    """Return the document with the current table."""
    return replace_section(document, fault_table(), begin=BEGIN, end=END)


if __name__ == "__main__":
    DOCUMENT.write_text(insert_table(DOCUMENT.read_text("utf-8")), "utf-8")
