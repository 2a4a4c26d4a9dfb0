"""Make ``schema.json`` from aiogram's sources, which are parsed and never imported.

Usage: ``python -m bot.simulator.schema.make_schema PATH`` where PATH is an unpacked aiogram
wheel or source folder (the one that holds ``aiogram/__meta__.py``).

Each field is one short string: its type, ``!`` if it is required, then its limit as documented:
``str! 1-64 bytes``, ``[BotCommand]! 0-100 items``.
"""

import ast
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

METHODS = (
    "answerCallbackQuery",
    "deleteMessage",
    "deleteWebhook",
    "editMessageCaption",
    "editMessageMedia",
    "editMessageText",
    "getFile",
    "getMe",
    "getUpdates",
    "getWebhookInfo",
    "sendDocument",
    "sendMessage",
    "sendPhoto",
    "setMyCommands",
    "setMyDescription",
    "setWebhook",
)
"""The methods that the simulator knows; the schema has these and all types that they use."""

PLAIN_TYPES = {
    "int": "int",
    "str": "str",
    "bool": "bool",
    "float": "float",
    "Any": "any",
    "InputFile": "file",
    "DateTime": "int",
    "datetime.datetime": "int",
    "datetime.timedelta": "int",
}
"""aiogram's names of what is one JSON value, or an upload, in a request."""

LENGTH = re.compile(
    r"(\d+)-(\d+) (characters|bytes)( after entit(?:ies|y) parsing)?", re.IGNORECASE
)
RANGE = re.compile(r"(?:between|requests?,|delivery,) (\d+)-(\d+)\b")
ITEMS = re.compile(r"(?:list of|At most|at most) (?:(\d+)-)?(\d+) ")
CHOICES = re.compile(r"(?:be one of|be either|can be) (?=')([^.]*(?:\.[^.]*)*)")

Json = dict[str, Any]


class AiogramSources:
    """The classes, unions and enums of one aiogram source folder, as syntax trees."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.classes: dict[str, ast.ClassDef] = {}
        self.unions: dict[str, ast.expr] = {}
        self.methods: dict[str, ast.ClassDef] = {}
        self.enum_values: dict[str, str] = {}
        for folder in ("types", "methods", "enums"):
            for path in sorted((root / folder).glob("*.py")):
                self._read(ast.parse(path.read_text("utf-8")), folder)

    def _read(self, tree: ast.Module, folder: str) -> None:
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                if folder == "enums":
                    self._read_enum(node)
                else:
                    (self.classes if folder == "types" else self.methods)[node.name] = node
            elif isinstance(node, ast.AnnAssign) and node.value is not None and folder == "types":
                self.unions[ast.unparse(node.target)] = node.value

    def _read_enum(self, node: ast.ClassDef) -> None:
        for item in node.body:
            if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant):
                self.enum_values[f"{node.name}.{ast.unparse(item.targets[0])}"] = str(
                    item.value.value
                )

    def versions(self) -> tuple[str, str]:
        """Return aiogram's version and the Bot API version it describes."""
        meta = (self.root / "__meta__.py").read_text("utf-8")
        versions = dict(re.findall(r'__(version|api_version)__ = "([^"]+)"', meta))
        return versions["version"], versions["api_version"]


def type_of(node: ast.expr, sources: AiogramSources) -> str:
    """Return an annotation in our notation, without None and framework defaults."""
    if isinstance(node, ast.BinOp):
        sides = [type_of(node.left, sources), type_of(node.right, sources)]
        return "|".join(dict.fromkeys("|".join(side for side in sides if side).split("|")))
    if isinstance(node, ast.Subscript):
        return _subscript(node, sources)
    name = ast.unparse(node)
    if name in {"None", "Default"}:
        return ""
    if name in PLAIN_TYPES:
        return PLAIN_TYPES[name]
    if name in sources.unions:
        return type_of(sources.unions[name], sources)
    return name if name in sources.classes else "any"


def _subscript(node: ast.Subscript, sources: AiogramSources) -> str:
    outer = ast.unparse(node.value)
    if outer == "list":
        return f"[{type_of(node.slice, sources)}]"
    if outer == "Literal":
        choices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return "|".join(
            f"={sources.enum_values.get(ast.unparse(one), ast.unparse(one).strip(chr(39)))}"
            for one in choices
        )
    if outer == "Annotated" and isinstance(node.slice, ast.Tuple):
        return type_of(node.slice.elts[0], sources)
    if outer == "Union" and isinstance(node.slice, ast.Tuple):
        return "|".join(type_of(one, sources) for one in node.slice.elts)
    raise ValueError(f"no notation for {ast.unparse(node)}")


def limit_of(kind: str, prose: str) -> str:
    """Return the limit that a field's description states, in our notation, or nothing."""
    if kind.startswith("["):
        match = ITEMS.search(prose)
        return f" {match[1] or 0}-{match[2]} items" if match else ""
    if kind == "int":
        match = RANGE.search(prose)
        return f" {match[1]}-{match[2]}" if match else ""
    if kind != "str":
        return ""
    if match := LENGTH.search(prose):
        unit = "parsed" if match[4] else match[3].lower()
        return f" {match[1]}-{match[2]} {unit}"
    if match := CHOICES.search(prose):
        words = re.findall(r"'(\w+)'", match[1])
        return " " + "/".join(dict.fromkeys(words)) if len(words) > 1 else ""
    return ""


def fields_of(node: ast.ClassDef, sources: AiogramSources) -> dict[str, str]:
    """Return the fields of one type or method, without deprecated ones.

    Inherited fields are ignored: aiogram repeats them in every class.
    """
    fields: dict[str, str] = {}
    for item, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(item, ast.AnnAssign) or "ClassVar" in ast.unparse(item.annotation):
            continue
        default = ast.unparse(item.value) if item.value is not None else "..."
        if "deprecated" in default:
            continue
        alias = re.search(r"alias='(\w+)'", default)
        kind = type_of(item.annotation, sources)
        required = default == "..." or default.startswith("Field(...") or kind.startswith("=")
        name = alias[1] if alias else ast.unparse(item.target)
        fields[name] = kind + "!" * required + limit_of(kind, _prose(after))
    return fields


def _prose(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def make_schema(root: Path) -> Json:
    """Return the schema of METHODS and of every type that their fields and results use."""
    sources = AiogramSources(root)
    version, api_version = sources.versions()
    methods: Json = {}
    pending = ["Update"]
    for name in METHODS:
        node = sources.methods[name[0].upper() + name[1:]]
        fields = fields_of(node, sources)
        returned = next(
            type_of(item.value, sources)
            for item in node.body
            if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "__returning__"
        )
        methods[name] = {"fields": fields, "returns": returned}
        pending += _names([*fields.values(), returned])
    types: Json = {}
    while pending:
        name = pending.pop()
        if name not in types and name in sources.classes:
            types[name] = fields_of(sources.classes[name], sources)
            pending += _names(types[name].values())
    return {"aiogram": version, "bot_api": api_version, "methods": methods, "types": types}


def _names(kinds: Iterable[str]) -> list[str]:
    return [name for kind in kinds for name in re.findall(r"\b[A-Z]\w+", kind.split(" ")[0])]


def main(arguments: list[str]) -> int:
    """Write the schema beside this file; return 2 unless called with exactly one path."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m bot.simulator.schema.make_schema PATH\n")
        return 2
    root = Path(arguments[0])
    root = root / "aiogram" if (root / "aiogram").is_dir() else root
    text = json.dumps(make_schema(root), sort_keys=True, indent=0, separators=(",", ":"))
    Path(__file__).with_name("schema.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
