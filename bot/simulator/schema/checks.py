"""Check requests, replies and updates against the Bot API's own description.

``schema.json`` is compiled into plain functions once, at the first use.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request."""

    name: str
    content: bytes
    mime_type: str

    def __repr__(self) -> str:
        """Show the size, not the content, so that recorded calls stay readable."""
        return f"<{self.name}, {len(self.content)} bytes>"


@dataclass(frozen=True, slots=True)
class SchemaMismatch:
    """A place where a value differs from the Bot API's description."""

    path: str
    field: str
    message: str

    def within(self, step: str, owner: str) -> "SchemaMismatch":
        """Return the same mismatch, seen from one level further out."""
        path = f"{step}.{self.path}" if self.path else step
        return SchemaMismatch(path, self.field or f"{owner}.{step}", self.message)

    def __str__(self) -> str:
        """Return where and what in one line."""
        return f"{self.path or 'value'} {self.message}"


Check = Callable[[Any], SchemaMismatch | None]


def _mismatch(message: str) -> SchemaMismatch:
    return SchemaMismatch("", "", message)


PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (float, int),
    "file": (Upload,),
}


class Schema:
    """The methods and types of the Bot API that the simulator knows, compiled into checks."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.types: dict[str, dict[str, str]] = described["types"]
        self._checks: dict[str, Check] = {}
        self.fields: dict[str, dict[str, str]] = {}
        self.proper_names: dict[str, str] = {}
        self._requests: dict[str, Check] = {}
        self._replies: dict[str, Check] = {}
        for name, method in described["methods"].items():
            self.proper_names[name.lower()] = name
            self.fields[name] = method["fields"]
            self._requests[name] = self._check_object(name, method["fields"])
            self._replies[name] = self._check_kind(method["returns"])
        self.check_update: Check = self._check_named("Update")

    def check_request(self, method: str, params: Mapping[str, Any]) -> SchemaMismatch | None:
        """Return the first mismatch of a decoded request, or None."""
        return self._requests[method](params)

    def check_reply(self, method: str, result: Any) -> SchemaMismatch | None:
        """Return the first mismatch of a reply, or None."""
        return self._replies[method](result)

    def max_length(self, method: str, field: str) -> int:
        """Return the documented maximum length of a field, e.g. 4096 for a text."""
        return int(self.fields[method][field].split(" ")[1].split("-")[1])

    def decode(self, method: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Convert form values to the types of their fields; what cannot be converted stays text."""
        fields = self.fields[method]
        return {name: _decode(fields.get(name, "str"), value) for name, value in raw.items()}

    def _check_named(self, name: str) -> Check:
        """Return the check of a type, compiled at the first use, as types contain each other."""

        def check(value: Any) -> SchemaMismatch | None:
            compiled = self._checks.get(name)
            if compiled is None:
                compiled = self._checks[name] = self._check_object(name, self.types[name])
            return compiled(value)

        return check

    def _check_object(self, owner: str, fields: Mapping[str, str]) -> Check:
        checks: dict[str, Check] = {}
        required: list[str] = []
        for name, described in fields.items():
            kind, _, limit = described.partition(" ")
            if kind.endswith("!"):
                required.append(name)
            checks[name] = self._check_limited(self._check_kind(kind.rstrip("!")), limit)

        def check(value: Any) -> SchemaMismatch | None:
            if not isinstance(value, dict):
                return _mismatch(f"is not an object ({owner})")
            for name, item in value.items():
                known = checks.get(name)
                if known is None:
                    return SchemaMismatch(name, f"{owner}.{name}", f"is unknown to {owner}")
                mismatch = known(item)
                if mismatch is not None:
                    return mismatch.within(name, owner)
            for name in required:
                if name not in value:
                    return SchemaMismatch(name, f"{owner}.{name}", f"is missing in {owner}")
            return None

        return check

    def _check_kind(self, kind: str) -> Check:
        choices = split_union(kind)
        if len(choices) > 1:
            return self._check_union([self._check_kind(choice) for choice in choices], kind)
        if kind.startswith("["):
            return self._check_list(self._check_kind(kind[1:-1]))
        if kind.startswith("="):
            return _check_equal(kind[1:])
        if kind == "any":
            return lambda _: None
        return self._check_plain(kind) if kind in PLAIN_TYPES else self._check_named(kind)

    @staticmethod
    def _check_plain(kind: str) -> Check:
        allowed = PLAIN_TYPES[kind]

        def check(value: Any) -> SchemaMismatch | None:
            # type() and not isinstance(): in JSON, True is not an int.
            return None if type(value) in allowed else _mismatch(f"is not of type {kind}")

        return check

    @staticmethod
    def _check_list(item_check: Check) -> Check:
        def check(value: Any) -> SchemaMismatch | None:
            if not isinstance(value, list):
                return _mismatch("is not a list")
            for position, item in enumerate(value):
                mismatch = item_check(item)
                if mismatch is not None:
                    path = f"{position}.{mismatch.path}" if mismatch.path else str(position)
                    return SchemaMismatch(path, mismatch.field, mismatch.message)
            return None

        return check

    @staticmethod
    def _check_union(checks: list[Check], kind: str) -> Check:
        def check(value: Any) -> SchemaMismatch | None:
            deepest: SchemaMismatch | None = None
            for one in checks:
                mismatch = one(value)
                if mismatch is None:
                    return None
                # The choice that matched deepest is the one that was meant.
                if deepest is None or mismatch.path.count(".") > deepest.path.count("."):
                    deepest = mismatch
            return deepest if deepest and deepest.path else _mismatch(f"is none of {kind}")

        return check

    @staticmethod
    def _check_limited(check: Check, limit: str) -> Check:
        if not limit or limit.endswith(" parsed"):
            return check  # text lengths are checked where the text is read
        fits = _length_predicate(limit)

        def both(value: Any) -> SchemaMismatch | None:
            mismatch = check(value)
            if mismatch is None and not fits(value):
                return _mismatch(f"is outside {limit}")
            return mismatch

        return both


def _check_equal(word: str) -> Check:
    def check(value: Any) -> SchemaMismatch | None:
        return None if str(value) == word else _mismatch(f"is not {word!r}")

    return check


def _length_predicate(limit: str) -> Callable[[Any], bool]:
    span, _, unit = limit.partition(" ")
    if "/" in span:
        words = frozenset(span.split("/"))
        return lambda value: value in words
    low, high = (int(end) for end in span.split("-"))
    if unit == "bytes":
        return lambda value: low <= len(value.encode()) <= high
    if unit:
        return lambda value: low <= len(value) <= high
    return lambda value: low <= value <= high


def split_union(kind: str) -> list[str]:
    """Split a union at its own bars, not at those inside brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(kind):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "|" and depth == 0:
            parts.append(kind[start:position])
            start = position + 1
    return [*parts, kind[start:]]


def _decode(described: str, raw: Any) -> Any:
    """Return one form value as its field's type, or unchanged when that is impossible."""
    kind = described.partition(" ")[0].rstrip("!")
    if not isinstance(raw, str) or kind == "str":
        return raw
    if kind == "int|str":
        return int(raw) if re.fullmatch(r"-?\d{1,19}", raw) else raw
    if kind == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(raw.lower(), raw)
    if kind in {"str|file", "file"}:
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw  # the check that follows refuses it and names the field


@functools.cache
def load_schema() -> Schema:
    """Return the schema, read and compiled once per process."""
    text = Path(__file__).with_name("schema.json").read_text("utf-8")
    return Schema(json.loads(text))
