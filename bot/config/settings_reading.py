"""Read settings from the environment or a file, check them, and explain a wrong one."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, ValidationError

from alliance.errors import AttuneError, BadSettings
from alliance.own_files import read_own_file
from bot.config.setting_names import PREFIX, closest_name, near_misses
from storage.database.open_database import POSTGRESQL, SQLITE

SETTINGS_FILE_VARIABLE = "ATTUNE_SETTINGS"
_OUR_NAME = re.compile(rf"^\s*(?:export\s+)?{PREFIX}", re.IGNORECASE)


def settings_values(environment: Mapping[str, str], fields: Collection[str]) -> dict[str, str]:
    """Return the values by field name; the environment wins over the file that it names.

    Args:
        environment: The variables.
        fields: The names of all settings.

    Raises:
        BadSettings: The file cannot be read, or a name is nearly that of a setting.
    """
    variables = dict(environment)
    known = [PREFIX + field.upper() for field in fields]
    _refuse_near_misses(variables, [*known, SETTINGS_FILE_VARIABLE], is_our_file=False)
    from_file = _read_file(variables.pop(SETTINGS_FILE_VARIABLE, None))
    _refuse_near_misses(from_file, known, is_our_file=True)
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in {**from_file, **variables}.items()
        if name.startswith(PREFIX)
    }


def _refuse_near_misses(names: Iterable[str], known: Collection[str], *, is_our_file: bool) -> None:
    found = near_misses(names, known, is_our_file=is_our_file)
    if found:
        meant = ", ".join(f"{name} (do you mean {setting}?)" for name, setting in found.items())
        raise BadSettings(f"Not a setting of Attune: {meant}; docs/settings.md lists them.")


def _read_file(path: str | None) -> dict[str, str]:
    if not path:
        return {}
    try:
        text = read_own_file(Path(path))
    except OSError:
        raise BadSettings(
            f"The settings file {path} named by {SETTINGS_FILE_VARIABLE} cannot be read."
        ) from None
    except ValueError as error:
        raise BadSettings(
            f"The settings file {path} named by {SETTINGS_FILE_VARIABLE} cannot be read: {error}."
        ) from None
    for binding in parse_stream(StringIO(text)):
        if binding.error and _OUR_NAME.search(binding.original.string):
            raise BadSettings(
                f"Line {binding.original.line} of the settings file {path} is not NAME=value."
            )
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


def check_database_address(address: str) -> str:
    """Return an address with a known scheme; ValueError for any other."""
    is_file = address.startswith(SQLITE) and address != SQLITE
    if not is_file and not address.startswith(POSTGRESQL):
        raise ValueError("use sqlite:/// and a path, e.g. sqlite:///attune.db, or postgresql://…")
    return address


def int_from_text(value: object) -> object:
    """Return the number in a text; other values as they are."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def accepted_by(read: Callable[[str], object]) -> AfterValidator:
    """Return a validator of texts that ``read`` accepts; it leaves them unchanged."""

    def check(text: str) -> str:
        try:
            read(text)
        except AttuneError as error:
            raise ValueError(str(error)) from None
        return text

    return AfterValidator(check)


def one_of(choices: tuple[str, ...]) -> AfterValidator:
    """Return a validator of texts that are one of these."""

    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(f"choose one of: {', '.join(choices)}")
        return text

    return AfterValidator(check)


def first_error(invalid: ValidationError, fields: Collection[str]) -> str:
    """Return one sentence about the first error, never with the value, which may be secret."""
    error = invalid.errors()[0]
    if not error["loc"]:  # two settings contradict each other
        return str(error["ctx"]["error"])
    name = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "extra_forbidden":
        near = closest_name(name, [PREFIX + field.upper() for field in fields])
        meant = "" if near is None else f" (do you mean {near}?)"
        return f"{name} is not a setting of Attune{meant}; docs/settings.md lists them."
    cause = error.get("ctx", {}).get("error")
    message = str(cause) if isinstance(cause, AttuneError | ValueError) else error["msg"]
    return f"{name}: {message}"
