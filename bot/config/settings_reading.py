"""How settings are read: from the environment or a file, and what is said of one that is wrong."""

from collections.abc import Callable, Mapping
from datetime import time
from io import StringIO
from pathlib import Path
from typing import TypeVar

from dotenv import dotenv_values
from pydantic import ValidationError

from alliance.calendar.timing import Quiet
from alliance.errors import AttuneError, BadSettings

T = TypeVar("T")
V = TypeVar("V")

PREFIX = "ATTUNE_"
FILE = "ATTUNE_SETTINGS"


def given_in(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings by their field; the environment wins over the file that it names.

    Raises:
        BadSettings: The file cannot be read.
    """
    found = dict(environment)
    given = {**_from_file(found.pop(FILE, None)), **found}
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in given.items()
        if name.startswith(PREFIX)
    }


def read_quiet(text: str) -> Quiet:
    """Return quiet hours from ``HH:MM-HH:MM``; ValueError when they cannot be."""
    begin, dash, end = text.partition("-")
    if not dash:
        raise ValueError("quiet hours look like 21:00-08:00")
    return Quiet(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))


def _from_file(path: str | None) -> dict[str, str]:
    if not path:
        return {}
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, ValueError):
        raise BadSettings(f"The settings file {path} named by {FILE} cannot be read.") from None
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


def or_wrong(read: Callable[[V], T], value: V) -> T:
    """Read a value; our own refusal becomes the ValueError that the model reports."""
    try:
        return read(value)
    except AttuneError as refused:
        raise ValueError(str(refused)) from None


def one_of(value: str, choices: tuple[str, ...]) -> str:
    """Return a value that is one of these; ValueError when it is none."""
    if value not in choices:
        raise ValueError(f"choose one of: {', '.join(choices)}")
    return value


def first_wrong(wrong: ValidationError) -> str:
    """Return one sentence about the first thing that is wrong, never with a secret in it."""
    error = wrong.errors()[0]
    if not error["loc"]:  # two settings that do not go together
        return str(error["ctx"]["error"])
    name = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name} is not a setting of Attune; docs/settings.md lists them."
    cause = error.get("ctx", {}).get("error")
    said = str(cause) if isinstance(cause, AttuneError | ValueError) else error["msg"]
    return f"{name}: {said}"
