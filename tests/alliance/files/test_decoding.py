"""Decoding of files: supported encodings, and files that are refused with one sentence."""

import gzip
import io
import zipfile

import pytest

from alliance.errors import Refusal
from alliance.files.decoding import MAX_BYTES, MAX_LINES, decode_file, lines_of

WORDS = "kind;code\npatient;P-1 Müller – €\n"


def zipped(content: bytes) -> bytes:
    """Return a zip file with that content, like an Excel file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", content)
    return made.getvalue()


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_charsets_that_are_read(charset: str) -> None:
    """Only a file without a byte order mark that is not UTF-8 is guessed."""
    content = WORDS.encode(charset)

    text = decode_file(content)

    assert text.text.lstrip("\ufeff") == WORDS
    assert text.is_guessed is (charset == "cp1252")


def test_big_endian_is_read_by_its_mark() -> None:
    """The byte order mark distinguishes both kinds of UTF-16."""
    assert decode_file(b"\xfe\xff" + WORDS.encode("utf-16-be")).text == WORDS


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "file.empty"),
        (b" \r\n\t", "file.empty"),
        ("\ufeff \n".encode(), "file.empty"),
        (zipped(b"0" * 10_000_000), "file.packed"),
        (gzip.compress(b"BEGIN:VCALENDAR" * 100_000, mtime=0), "file.packed"),
        (b"%PDF-1.7\x00\x01", "file.no_text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file.no_text"),
        (b"\xff\xfe\x00", "file.no_text"),
        (b"code\x00", "file.no_text"),
        (b"x" * (MAX_BYTES + 1), "file.too_large"),
        (b"\n" * (2 * MAX_LINES + 1) + b"x", "file.too_many_lines"),
    ],
)
def test_what_is_refused(content: bytes, key: str) -> None:
    """Empty, compressed, a picture, no whole UTF-16, too large: each has its own message."""
    with pytest.raises(Refusal) as refused:
        decode_file(content)

    assert refused.value.key == key


def test_lines_end_where_editors_end_them() -> None:
    """At three kinds of line endings, but not at Unicode separators as in Python."""
    assert lines_of("a\r\nb\nc\rd\u2028e\x0bf\x85") == ["a", "b", "c", "d\u2028e\x0bf\x85"]
