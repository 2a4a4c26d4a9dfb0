"""Check what goes over the wire, both ways, against the Bot API's own description.

``schema.json`` is turned into plain functions once, when the module is first used.
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
    """One file as it came in a multipart request."""

    name: str
    content: bytes
    mime_type: str

    def __repr__(self) -> str:
        """Show the size, not the content: records of calls must stay readable."""
        return f"<{self.name}, {len(self.content)} bytes>"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One place where a value is not as the Bot API describes it."""

    path: str
    field: str
    says: str

    def within(self, step: str, owner: str) -> "Flaw":
        """Return the same flaw seen from one level further out."""
        path = f"{step}.{self.path}" if self.path else step
        return Flaw(path, self.field or f"{owner}.{step}", self.says)

    def __str__(self) -> str:
        """Say where and what in one line."""
        return f"{self.path or 'value'} {self.says}"


Check = Callable[[Any], Flaw | None]


def _flaw(says: str) -> Flaw:
    return Flaw("", "", says)


PLAIN: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (float, int),
    "file": (Upload,),
}


class Schema:
    """The methods and types of the Bot API that we speak, ready to check values."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.bot_api: str = described["bot_api"]
        self.types: dict[str, dict[str, str]] = described["types"]
        self._checks: dict[str, Check] = {}
        self.fields: dict[str, dict[str, str]] = {}
        self.proper_names: dict[str, str] = {}
        self._requests: dict[str, Check] = {}
        self._replies: dict[str, Check] = {}
        for name, method in described["methods"].items():
            self.proper_names[name.lower()] = name
            self.fields[name] = method["fields"]
            self._requests[name] = self._object(name, method["fields"])
            self._replies[name] = self._kind(method["returns"])
        self.update: Check = self._named("Update")

    def request(self, method: str, params: Mapping[str, Any]) -> Flaw | None:
        """Return the first flaw of a decoded request, or None."""
        return self._requests[method](params)

    def reply(self, method: str, result: Any) -> Flaw | None:
        """Return the first flaw of an answer we are about to give, or None."""
        return self._replies[method](result)

    def value(self, kind: str, value: Any) -> Flaw | None:
        """Return the first flaw of a value that should be of one named type, or None."""
        return self._named(kind)(value)

    def limit(self, method: str, field: str) -> int:
        """Return the highest length the prose gives for a field, e.g. 4096 for a text."""
        return int(self.fields[method][field].split(" ")[1].split("-")[1])

    def decode(self, method: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return form values as the types their fields have; what cannot be, stays text."""
        fields = self.fields[method]
        return {name: decode(fields.get(name, "str"), value) for name, value in raw.items()}

    def _named(self, name: str) -> Check:
        """Return the check of a type, made when first needed: types contain each other."""

        def check(value: Any) -> Flaw | None:
            found = self._checks.get(name)
            if found is None:
                found = self._checks[name] = self._object(name, self.types[name])
            return found(value)

        return check

    def _object(self, owner: str, fields: Mapping[str, str]) -> Check:
        checks: dict[str, Check] = {}
        needed: list[str] = []
        for name, described in fields.items():
            kind, _, limit = described.partition(" ")
            if kind.endswith("!"):
                needed.append(name)
            checks[name] = self._limited(self._kind(kind.rstrip("!")), limit)

        def check(value: Any) -> Flaw | None:
            if not isinstance(value, dict):
                return _flaw(f"is not an object ({owner})")
            for name, item in value.items():
                known = checks.get(name)
                if known is None:
                    return Flaw(name, f"{owner}.{name}", f"is unknown to {owner}")
                flaw = known(item)
                if flaw is not None:
                    return flaw.within(name, owner)
            for name in needed:
                if name not in value:
                    return Flaw(name, f"{owner}.{name}", f"is missing in {owner}")
            return None

        return check

    def _kind(self, kind: str) -> Check:
        choices = split_union(kind)
        if len(choices) > 1:
            return self._either([self._kind(choice) for choice in choices], kind)
        if kind.startswith("["):
            return self._every(self._kind(kind[1:-1]))
        if kind.startswith("="):
            return _exactly(kind[1:])
        if kind == "any":
            return lambda _: None
        return self._plain(kind) if kind in PLAIN else self._named(kind)

    @staticmethod
    def _plain(kind: str) -> Check:
        allowed = PLAIN[kind]

        def check(value: Any) -> Flaw | None:
            # type() and not isinstance(): True is no int on this wire.
            return None if type(value) in allowed else _flaw(f"is not of type {kind}")

        return check

    @staticmethod
    def _every(item_check: Check) -> Check:
        def check(value: Any) -> Flaw | None:
            if not isinstance(value, list):
                return _flaw("is not a list")
            for position, item in enumerate(value):
                flaw = item_check(item)
                if flaw is not None:
                    path = f"{position}.{flaw.path}" if flaw.path else str(position)
                    return Flaw(path, flaw.field, flaw.says)
            return None

        return check

    @staticmethod
    def _either(checks: list[Check], kind: str) -> Check:
        def check(value: Any) -> Flaw | None:
            deepest: Flaw | None = None
            for one in checks:
                flaw = one(value)
                if flaw is None:
                    return None
                # The choice that got furthest inside is the one that was meant.
                if deepest is None or flaw.path.count(".") > deepest.path.count("."):
                    deepest = flaw
            return deepest if deepest and deepest.path else _flaw(f"is none of {kind}")

        return check

    @staticmethod
    def _limited(check: Check, limit: str) -> Check:
        if not limit or limit.endswith(" parsed"):
            return check  # lengths after parsing are measured where the text is parsed
        fits = _fits(limit)

        def both(value: Any) -> Flaw | None:
            flaw = check(value)
            if flaw is None and not fits(value):
                return _flaw(f"is outside {limit}")
            return flaw

        return both


def _exactly(word: str) -> Check:
    def check(value: Any) -> Flaw | None:
        return None if str(value) == word else _flaw(f"is not {word!r}")

    return check


def _fits(limit: str) -> Callable[[Any], bool]:
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


def decode(described: str, raw: Any) -> Any:
    """Return one form value as its field's type; unchanged when it cannot be read so."""
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
        return raw  # the check that follows names the field and refuses it


@functools.cache
def the_schema() -> Schema:
    """Return the schema of this folder, read and prepared once per process."""
    text = Path(__file__).with_name("schema.json").read_text("utf-8")
    return Schema(json.loads(text))
