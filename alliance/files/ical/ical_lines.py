"""Parse the content lines of a calendar. The only module that uses icalendar.

The library only parses single lines. Its calendar parser has no line numbers, expands the time
zones defined in a file (endlessly, if the file says so) and caches them for later files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from icalendar import vDuration
from icalendar.parser import Contentline
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from alliance.files.findings import error_at

WINDOWS_ZONES: Mapping[str, str] = WINDOWS_TO_OLSON
"""Windows names of time zones to IANA names."""

MAX_PROPERTY_LENGTH = 20_000
"""Longer properties are truncated; only texts are that long."""

_MAX_PARAMETER_LENGTH = 1_000
_DATE_PROPERTIES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})
"""Their values contain no colon, but an unquoted name of a time zone may."""

_NAME = re.compile(r"\s*([A-Za-z0-9-]+)\s*(?=[:;])")
_PARAMETER_END = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_JOINED_CALENDARS = re.compile(r"\s*END:VCALENDAR[\ufeff\s]*(?=BEGIN:VCALENDAR)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a component, unfolded.

    Attributes:
        line: Its first line, counted from 1.
        name: In capitals.
        params: Name in capitals to value.
        value: As written, with escaped characters of a text unescaped.
        is_broken: Whether the line is not in calendar format, so that only a text can be used.
    """

    line: int
    name: str
    params: Mapping[str, str]
    value: str
    is_broken: bool = False


def unfold_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield unfolded lines with their numbers.

    A line starting with a blank continues the one before it; empty lines mean nothing.
    """
    parts: list[str] = []
    first, length = 0, 0
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        if line[0] in " \t" and parts:
            if length < MAX_PROPERTY_LENGTH:
                parts.append(line[1:])
                length += len(line)
            continue
        if parts:
            yield first, "".join(parts)
        if joined := _JOINED_CALENDARS.match(line):
            yield number, joined.group()
            line = line[joined.end() :]  # noqa: PLW2901 - the rest of the line
        first, parts, length = number, [line] if line.strip() else [], len(line)
    if parts:
        yield first, "".join(parts)


def name_of_line(line: str) -> str | None:
    """Return the name of a content line as written; None if it is not one."""
    match = _NAME.match(line)
    return None if match is None else match.group(1)


def parse_property(number: int, line: str) -> Property:
    """Parse a content line; a malformed one is marked as broken."""
    name = (name_of_line(line) or line.partition(";")[0].strip()).upper()
    if name in _DATE_PROPERTIES:
        return _date_property(number, name, line)
    is_cut = len(line) > MAX_PROPERTY_LENGTH
    try:
        _, params, value = Contentline(line[:MAX_PROPERTY_LENGTH]).parts()  # type: ignore[no-untyped-call]
    except (ValueError, AssertionError, IndexError):
        return Property(number, name, {}, line.partition(":")[2], is_broken=True)
    plain_params = {
        str(key).upper(): str(value if isinstance(value, str) else value[0])
        for key, value in params.items()
        if value
    }
    return Property(number, name, plain_params, str(value), is_cut)


def _date_property(number: int, name: str, line: str) -> Property:
    """Parse a property with dates; some programs do not quote the colon in a zone's name."""
    is_cut = len(line) > MAX_PROPERTY_LENGTH
    match = _NAME.match(line)
    rest = "" if match is None else line[match.end() :]
    if rest[:1] == ":":
        return Property(number, name, {}, rest[1:], is_cut)
    head, colon, value = rest.rpartition(":")
    if len(head) > _MAX_PARAMETER_LENGTH:
        return Property(number, name, {}, value, is_broken=True)
    params: dict[str, str] = {}
    last = ""
    for part in _parameters(head):
        key, equals, text = part.partition("=")
        if equals and re.fullmatch(r"\s*[A-Za-z0-9-]+\s*", key):
            last = key.strip().upper()
            params[last] = text.strip().strip('"')
        elif last:
            params[last] += f";{part}"  # the name of a zone with a semicolon
        elif part.strip():
            return Property(number, name, params, value, is_broken=True)
    return Property(number, name, params, value, is_cut or not colon)


def _parameters(head: str) -> list[str]:
    """Split the parameters of a line at the semicolons that are not quoted."""
    return head.split(";") if head.count('"') % 2 else _PARAMETER_END.split(head)


def length_of(duration: Property) -> timedelta:
    """Parse a DURATION.

    Raises:
        BadFile: It is invalid.
    """
    try:
        length = vDuration.from_ical(duration.value.strip().upper())  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):
        raise error_at(duration.line, "calendar.bad_length") from None
    if not isinstance(length, timedelta):
        raise error_at(duration.line, "calendar.bad_length")
    return length
