"""Decode an uploaded file, and refuse files that are too large, compressed or not text.

Nothing is ever decompressed, so a small file cannot expand into a large one.
"""

import re
from dataclasses import dataclass

from alliance.errors import Refusal
from alliance.files import charsets

MAX_BYTES = 2_000_000
"""A calendar of ten therapists over three years has about one million."""

MAX_LINES = 60_000

_ARCHIVE_SIGNATURES = (
    b"PK\x03\x04",  # zip, and Excel files
    b"PK\x05\x06",
    b"\x1f\x8b",  # gzip
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",  # zstd
    b"\xd0\xcf\x11\xe0",  # old Excel files
)
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_END_OF_FILE = "\x1a"
"""Written by DOS, and by programs that still end files as it did."""

MAX_CONTROL_SHARE = 0.02
"""A file with more control characters than this is a picture, or another file that is no text."""


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A file as text.

    Attributes:
        text: The text, with its original line endings and without byte order marks.
        charset: The name of its character set if it was not Unicode, so that accented letters
            may be wrong; codes, times and days are right.
        damaged: Numbers of the lines of which control characters were left out.
    """

    text: str
    charset: str | None = None
    damaged: tuple[int, ...] = ()

    @property
    def is_guessed(self) -> bool:
        """Whether it was not Unicode."""
        return self.charset is not None


def decode_file(content: bytes) -> DecodedText:
    """Return a file's text.

    Raises:
        Refusal: It is empty, too large, compressed, not text, or has too many lines.
    """
    if len(content) > MAX_BYTES:
        raise too_large_refusal()
    decoded = decode_text(content)
    if not decoded.text.strip():
        raise Refusal("file.empty")
    if decoded.text.count("\n") + decoded.text.count("\r") > 2 * MAX_LINES:
        raise Refusal("file.too_many_lines", most=f"{MAX_LINES:,}")
    return decoded


def decode_text(content: bytes) -> DecodedText:
    """Return the text of a file of any size, without control characters.

    Raises:
        Refusal: It is compressed, or not text.
    """
    if content.startswith(_ARCHIVE_SIGNATURES):
        raise Refusal("file.packed")
    try:
        decoded = charsets.decode(content)
    except UnicodeDecodeError:
        raise Refusal("file.no_text") from None
    text = decoded.text.rstrip(_END_OF_FILE)
    count = len(_CONTROL_CHARACTERS.findall(text))
    if count > MAX_CONTROL_SHARE * len(text):
        raise Refusal("file.no_text")
    damaged = [
        number
        for number, line in enumerate(lines_of(text), start=1)
        if count and _CONTROL_CHARACTERS.search(line)
    ]
    return DecodedText(_CONTROL_CHARACTERS.sub("", text), decoded.guessed, tuple(damaged))


def too_large_refusal() -> Refusal:
    """Return the refusal of a file above the size limit."""
    return Refusal("file.too_large", most=f"{MAX_BYTES // 1_000_000}")


def lines_of(text: str) -> list[str]:
    """Split a text at CRLF, LF and CR only, not at other Unicode line separators."""
    return re.split(r"\r\n|\n|\r", text)
