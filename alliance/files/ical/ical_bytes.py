"""Decode a calendar file.

A damaged character, a control character or a byte order mark in the middle belongs to one line
and does not make the rest unreadable.
"""

import re
from dataclasses import dataclass

from alliance.errors import Refusal
from alliance.files import charsets
from alliance.files.decoding import MAX_BYTES, MAX_LINES, too_large_refusal

_START = re.compile(rb"[\s\x00\xef\xbb\xbf]*BEGIN:VCALENDAR", re.IGNORECASE)
_LATER_START = re.compile(rb"^BEGIN:VCALENDAR", re.IGNORECASE | re.MULTILINE)
_MARKS_AT_LINE_START = re.compile(rb"(?:\A|(?<=[\r\n]))(?:\xef\xbb\xbf)+")
_CONTROL_BYTE = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_SPLIT_CHARACTER = re.compile(
    rb"([\xc2-\xf4][\x80-\xbf]{0,2})((?:(?:\r?\n|\r)[ \t])+)([\x80-\xbf]{1,3})"
)
_LINE_END = re.compile(r"\r{0,3}\n|\r")
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f]+")
_BROKEN_BYTES = re.compile("[\udc80-\udcff]+")
"""Bytes that could not be decoded, as Python's ``surrogateescape`` marks them."""


@dataclass(frozen=True, slots=True)
class CalendarText:
    """A calendar file as text.

    Attributes:
        lines: Its lines, still folded; the first is line 1.
        charset: The name of its character set if it was not Unicode, so that accented letters
            may be wrong.
        damaged: Numbers of the lines of which characters were left out or replaced.
    """

    lines: tuple[str, ...]
    charset: str | None = None
    damaged: tuple[int, ...] = ()


def is_calendar(content: bytes, name: str) -> bool:
    """Whether a file begins like a calendar, or is called one and contains one."""
    plain = _as_bytes_of_utf8(content)
    if _START.match(plain):
        return True
    later = _LATER_START.search(plain) if name.lower().endswith(".ics") else None
    return later is not None and not _CONTROL_BYTE.search(plain[: later.start()])


def decode_calendar(content: bytes) -> CalendarText:
    """Return the lines of a calendar file.

    Raises:
        Refusal: It is too large or has too many lines.
    """
    if len(content) > MAX_BYTES:
        raise too_large_refusal()
    plain = _MARKS_AT_LINE_START.sub(b"", _as_bytes_of_utf8(content))
    text, charset = _decode(_join_split_characters(plain))
    return split_calendar(text, charset=charset)


def split_calendar(text: str, *, charset: str | None = None) -> CalendarText:
    """Return the lines of a calendar, without control characters.

    Raises:
        Refusal: It has too many lines.
    """
    lines = _LINE_END.split(text)
    if len(lines) > 2 * MAX_LINES:
        raise Refusal("file.too_many_lines", most=f"{MAX_LINES:,}")
    damaged = []
    for index, line in enumerate(lines):
        clean = _BROKEN_BYTES.sub("\ufffd", _CONTROL_CHARACTERS.sub("", line)).lstrip("\ufeff")
        if _CONTROL_CHARACTERS.search(line) or _BROKEN_BYTES.search(line):
            damaged.append(index + 1)
        lines[index] = clean
    return CalendarText(tuple(lines), charset, tuple(damaged))


def _as_bytes_of_utf8(content: bytes) -> bytes:
    """Return a file in UTF-16 or UTF-32 as UTF-8; others are unchanged."""
    encoding = charsets.unicode_encoding(content)
    if encoding is None or encoding == "utf-8":
        return content
    return content.decode(encoding, "replace").lstrip("\ufeff").encode()


def _join_split_characters(content: bytes) -> bytes:
    """Move the rest of a character that was folded in the middle in front of the fold.

    RFC 5545 (3.1) folds bytes, so they must be joined before they are decoded.
    """
    before = b""
    while before != content:
        before, content = content, _SPLIT_CHARACTER.sub(_joined, content)
    return content


def _joined(match: re.Match[bytes]) -> bytes:
    begin, fold, rest = match.groups()
    length = 2 if begin[0] < 0xE0 else 3 if begin[0] < 0xF0 else 4
    missing = max(length - len(begin), 0)
    return begin + rest[:missing] + fold + rest[missing:]


def _decode(content: bytes) -> tuple[str, str | None]:
    """Return the text, and the name of its character set if that was guessed.

    A few broken characters among valid ones do not turn UTF-8 into another character set.
    """
    text = content.decode("utf-8", "surrogateescape")
    broken = sum(len(found) for found in _BROKEN_BYTES.findall(text))
    valid = sum(character > "\x7f" for character in text) - broken
    if broken <= valid:
        return text, None
    decoded = charsets.decode(content)
    return decoded.text, decoded.guessed
