"""Read a TOML file whose content is checked."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from alliance.errors import AttuneError
from alliance.own_files import read_own_file

T = TypeVar("T")

_TYPOGRAPHIC_QUOTES = re.compile("^[^#\"']*=\\s*[“”„«‘’]", re.MULTILINE)
"""As word processors write them where TOML needs straight ones."""


def read_toml(
    path: Path,
    build: Callable[[dict[str, Any]], T],
    *,
    what: str,
    error: type[AttuneError],
    not_in_file: str = "",
) -> T:
    """Return what ``build`` makes of the content of a file.

    Args:
        path: The file.
        build: Checks the content and returns what it stands for.
        what: What sort of file it is, for the error.
        error: Raised if the file is missing, is not TOML, or breaks a rule; it says which.
        not_in_file: A field that ``build`` adds around others; errors do not name it.
    """
    try:
        return build(_parse(read_own_file(path)))
    except ValidationError as invalid:
        first = invalid.errors()[0]
        parts = [str(part) for part in first["loc"] if part != not_in_file]
        field = ".".join(parts) or "file"
        raise error(f"{path.name}, {field}: {first['msg']}") from None
    except (OSError, ValueError, RecursionError) as unreadable:
        raise error(f"The {what} {path.name} cannot be read: {unreadable}") from None


def _parse(text: str) -> dict[str, Any]:
    """Parse TOML; ValueError says what to do, where that is known."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as invalid:
        if _TYPOGRAPHIC_QUOTES.search(text):
            raise ValueError(f'{invalid}; values stand in straight quotation marks: ""') from None
        raise
