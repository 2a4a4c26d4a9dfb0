"""Each change of the clinic's data is made, and recorded, by one function of its subject.

Buttons, commands and files call it with a ``Change``. So a handler neither writes rows of these
subjects nor the lines of the audit log about them.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from storage.audit.undo import UNDO
from tests.paths import ROOT

SUBJECTS = ("calendar", "people", "groups", "alerts")
"""Folders of ``storage`` whose rows only change functions may write."""

WITHOUT_CHANGE = {
    "storage.people.join.join": "before somebody has joined, there is nobody to record",
    "storage.people.people.set_language": "everybody's own choice, which concerns nobody else",
    "storage.alerts.evaluate.evaluate_checkin": "what an answer leads to",
    "storage.alerts.raise_alert.notify_of_wish": "likewise",
}
"""What handlers may call all the same, and why."""

WRITE = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) ")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text())


def module_name(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


STORAGE = {module_name(path): path for path in (ROOT / "storage").rglob("*.py")}


def imported(module: ast.Module) -> dict[str, str]:
    """Return the full name behind each name that a module imports."""
    return {
        alias.asname or alias.name: f"{statement.module}.{alias.name}"
        for statement in ast.walk(module)
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def references(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    """Yield the full name of everything imported that a piece of code refers to."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in names:
            yield names[part.id]
        if (
            isinstance(part, ast.Attribute)
            and isinstance(part.value, ast.Name)
            and part.value.id in names
        ):
            yield f"{names[part.value.id]}.{part.attr}"


@cache
def functions() -> dict[str, Function]:
    """Return every function of ``storage`` by its full name."""
    return {
        f"{name}.{statement.name}": statement
        for name, path in STORAGE.items()
        for statement in tree(path).body
        if isinstance(statement, Function)
    }


def names_in(module: str) -> dict[str, str]:
    """Return the full names behind the names that a module of ``storage`` uses."""
    statements = [one for one in tree(STORAGE[module]).body if isinstance(one, Function)]
    return imported(tree(STORAGE[module])) | {
        one.name: f"{module}.{one.name}" for one in statements
    }


def has_write(node: ast.AST, constants: set[str]) -> bool:
    """Say whether code contains a statement that writes, or a constant that has one."""
    return any(
        (isinstance(part, ast.Constant) and WRITE.match(str(part.value)) is not None)
        or (isinstance(part, ast.Name) and part.id in constants)
        for part in ast.walk(node)
    )


@cache
def writers() -> frozenset[str]:
    """Return the functions of ``storage`` that write, themselves or through others."""
    found = set()
    for module, path in STORAGE.items():
        constants = {
            str(target.id)
            for statement in tree(path).body
            if isinstance(statement, ast.Assign) and has_write(statement.value, set())
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        found |= {
            name
            for name, function in functions().items()
            if name.rpartition(".")[0] == module and has_write(function, constants)
        }
    callees = {
        name: set(references(function, names_in(name.rpartition(".")[0])))
        for name, function in functions().items()
    }
    while more := {name for name in callees if callees[name] & found} - found:
        found |= more
    return frozenset(found)


def takes_change(function: Function) -> bool:
    """Say whether the first argument of a function is the change that it makes."""
    first = next(iter((*function.args.posonlyargs, *function.args.args)), None)
    return (
        first is not None
        and isinstance(first.annotation, ast.Name)
        and (first.annotation.id == "Change")
    )


def is_row_level(name: str) -> bool:
    """Say whether a function writes rows of these subjects without recording a change."""
    return (
        name in writers()
        and name.split(".")[1] in SUBJECTS
        and not takes_change(functions()[name])
        and name not in WITHOUT_CHANGE
    )


HANDLERS = sorted(
    path for room in ("handlers", "bot/commands") for path in (ROOT / room).rglob("*.py")
)
"""Where changes are asked for: by buttons, commands, files and the command line."""


def test_the_search_finds_writers_and_changes() -> None:
    """A search that finds nothing would forbid nothing."""
    assert {
        "storage.people.care.assign",
        "storage.calendar.plans.replan",
        "storage.calendar.edit_plans.set_plan",
        "storage.people.change_care.assign",
    } <= writers()
    assert "storage.people.care.therapists_of" not in writers()
    assert is_row_level("storage.people.care.assign")
    assert not is_row_level("storage.people.change_care.assign")


def test_handlers_write_through_change_functions_only() -> None:
    """What a button, a command or a file changes, the same function changes for all of them."""
    around = {
        (module_name(path), name)
        for path in HANDLERS
        for name in references(tree(path), imported(tree(path)))
        if is_row_level(name)
    }
    assert around == set()


def test_every_exception_is_needed() -> None:
    """An exception that nothing needs any more is deleted."""
    called = {name for path in HANDLERS for name in references(tree(path), imported(tree(path)))}
    assert set(WITHOUT_CHANGE) <= called & writers()


def test_every_change_is_next_to_its_undo_function() -> None:
    """Whoever changes what one records sees that the other reads it."""
    for action, undo in UNDO.items():
        assert f'"{action}"' in STORAGE[undo.__module__].read_text(), action


def test_handlers_do_not_record_changes_themselves() -> None:
    """Only ``Request.record_view`` writes a line there: about looking at something."""
    recorders = {
        (module_name(path), ast.unparse(call.func))
        for path in HANDLERS
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "record"
    }
    assert recorders == {("handlers.app.request", "self.change().record")}
