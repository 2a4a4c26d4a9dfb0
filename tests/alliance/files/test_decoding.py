"""Bytes as text: what is read, in which charset, and what is refused with one sentence."""

import gzip
import io
import zipfile

import pytest

from alliance.errors import Refusal
from alliance.files.decoding import MOST_BYTES, MOST_LINES, decoded, lines_of

WORDS = "kind;code\npatient;P-1 Müller – €\n"


def zipped(content: bytes) -> bytes:
    """Return a zip file of that content, as Excel saves its own format."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", content)
    return made.getvalue()


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_charsets_that_are_read(charset: str) -> None:
    """With or without a mark; only what bears none and is no Unicode is a guess."""
    content = WORDS.encode(charset)

    text = decoded(content)

    assert text.text.lstrip("\ufeff") == WORDS
    assert text.is_guessed is (charset == "cp1252")


def test_big_endian_is_read_by_its_mark() -> None:
    """Both orders of UTF-16 are told by the mark."""
    assert decoded(b"\xfe\xff" + WORDS.encode("utf-16-be")).text == WORDS


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
        (WORDS.encode("utf-16-le"), "file.no_text"),
        (WORDS.encode("utf-32"), "file.no_text"),
        (b"\xff\xfe\x00", "file.no_text"),
        (b"code\n\x81\x8d", "file.no_text"),
        (b"code\x00", "file.no_text"),
        (b"x" * (MOST_BYTES + 1), "file.too_large"),
        (b"\n" * (2 * MOST_LINES + 1) + b"x", "file.too_many_lines"),
    ],
)
def test_what_is_refused(content: bytes, key: str) -> None:
    """Empty, packed, a picture, an unmarked charset, too large: each has its sentence."""
    with pytest.raises(Refusal) as refused:
        decoded(content)

    assert refused.value.key == key


def test_lines_end_where_editors_end_them() -> None:
    """Three kinds of line end; signs that Python also takes for one belong to the words."""
    assert lines_of("a\r\nb\nc\rd\u2028e\x0bf\x85") == ["a", "b", "c", "d\u2028e\x0bf\x85"]
