"""Read the text files that a site writes itself, as the editors of all systems save them."""

from pathlib import Path

from alliance.files.charsets import unicode_encoding

_END_OF_FILE = "\x1a"


def read_own_file(path: Path) -> str:
    """Return the text of a file in UTF-8 or, as some editors save it, in UTF-16.

    Raises:
        OSError: It cannot be read.
        ValueError: It is in another character set; the message says what to do.
    """
    return decode_own_file(path.read_bytes())


def decode_own_file(content: bytes) -> str:
    """Return such a text without byte order marks, with lines that end in one way.

    Raises:
        ValueError: It is in another character set; the message says what to do.
    """
    try:
        text = content.decode(unicode_encoding(content) or "utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not in UTF-8; save it again with the encoding UTF-8") from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.replace("\ufeff", "").rstrip(_END_OF_FILE)
