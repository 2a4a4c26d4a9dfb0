"""From bytes to text: what is too large, packed or no text at all is refused by its first look.

Nothing is ever unpacked, so a small file that would become a large one stays small.
"""

import codecs
import re
from dataclasses import dataclass

from alliance.errors import Refusal

MOST_BYTES = 2_000_000
"""A calendar of ten therapists over three years has about a million."""

MOST_LINES = 60_000

_PACKED = (
    b"PK\x03\x04",  # zip, and what Excel saves by itself
    b"PK\x05\x06",
    b"\x1f\x8b",  # gzip
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",  # zstd
    b"\xd0\xcf\x11\xe0",  # an Excel file of old
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text.

    Attributes:
        text: Its words; line ends are as they came.
        is_guessed: It was no Unicode and has been read as Windows-1252: codes, times and days
            are the same in every such charset, only accents may have suffered.
    """

    text: str
    is_guessed: bool


def decoded(content: bytes) -> Text:
    """Return a file's text.

    Raises:
        Refusal: It is empty, too large, packed, no text, or has too many lines; one sentence.
    """
    if len(content) > MOST_BYTES:
        raise too_large()
    if content.startswith(_PACKED):
        raise Refusal("file.packed")
    text = _text(content)
    if not text.text.strip():
        raise Refusal("file.empty")
    if _NO_TEXT.search(text.text):
        raise Refusal("file.no_text")
    if text.text.count("\n") + text.text.count("\r") > 2 * MOST_LINES:
        raise Refusal("file.too_many_lines", most=f"{MOST_LINES:,}")
    return text


def too_large() -> Refusal:
    """Return the refusal of a file above the limit."""
    return Refusal("file.too_large", most=f"{MOST_BYTES // 1_000_000}")


def _text(content: bytes) -> Text:
    for mark, charset in _MARKS:
        if content.startswith(mark):
            try:
                return Text(content.decode(charset), is_guessed=False)
            except UnicodeDecodeError:
                raise Refusal("file.no_text") from None
    for charset in ("utf-8", "cp1252"):
        try:
            return Text(content.decode(charset), is_guessed=charset != "utf-8")
        except UnicodeDecodeError:
            continue
    raise Refusal("file.no_text")


def lines_of(text: str) -> list[str]:
    """Return a text's lines, ended by CRLF, LF or CR alone; other marks belong to the words."""
    return re.split(r"\r\n|\n|\r", text)
