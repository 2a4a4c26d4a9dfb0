"""Character sets: Unicode by its bytes, any other by what the text would be; nothing fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import Refusal
from alliance.files.charsets import CHARSETS, decode
from alliance.files.decoding import decode_file

TABLE = "kind;code\npatient;P-1 Müller – €\n"


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"),
        "utf-32-be",
    ],
)
def test_unicode_is_never_guessed(encoding: str) -> None:
    """With or without a byte order mark."""
    decoded = decode(TABLE.encode(encoding))

    assert (decoded.text, decoded.guessed) == (TABLE, None)


def test_big_endian_with_a_mark() -> None:
    """The mark distinguishes both orders."""
    assert decode("\ufeff".encode("utf-16-be") + TABLE.encode("utf-16-be")).text == TABLE
    assert decode("\ufeff".encode("utf-32-be") + TABLE.encode("utf-32-be")).text == TABLE


def test_marks_in_the_middle_are_left_out() -> None:
    """As when files were joined, or a mark was written twice."""
    assert decode("\ufeff\ufeffcode\n\ufeffP-1\ufeff\n".encode()).text == "code\nP-1\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *(("cp1252", "Müller – Größe"), ("cp1252", "forçant, très rare"), ("cp1252", "L’été")),
        *(("cp1252", "“5 €”"), ("cp1252", "Señor Núñez"), ("cp1252", "Ångström")),
        *(("cp1250", "Aleš Ťulpa"), ("cp1250", "Příliš žluťoučký kůň"), ("cp1250", "Łukasz")),
        *(("cp1250", "Zażółć gęślą jaźń"), ("cp1250", "árvíztűrő tükörfúrógép")),
        *(("iso8859_2", "Příliš žluťoučký kůň"), ("mac_roman", "forçant, très rare")),
        *(("mac_roman", "André"), ("mac_latin2", "Příliš žluťoučký kůň"), ("cp850", "Müller")),
        *(("cp852", "Příliš žluťoučký"), ("cp1251", "Привет, мир"), ("cp1253", "Καλημέρα, Μαρία")),
        *(("cp1254", "Ağustos, şişe"), ("cp1257", "ąžuolas, šūkis")),
    ],
)
def test_the_most_plausible_character_set(encoding: str, text: str) -> None:
    """That in which the accented letters are those of one language."""
    decoded = decode(text.encode(encoding))

    assert decoded.text == text
    assert decoded.guessed is not None


def test_lines_that_end_with_a_carriage_return_are_from_a_mac() -> None:
    """A single letter decides nothing; the ends of the lines do."""
    assert decode("Müller\rWien\r".encode("mac_roman")).text == "Müller\rWien\r"


def test_a_few_broken_characters_make_no_other_character_set() -> None:
    """What was pasted from elsewhere is read as Western European; the rest is right."""
    content = "Žluťoučký kůň\n".encode() + "Müller\n".encode("cp1252")

    assert decode(content).text == "Žluťoučký kůň\nMüller\n"


@given(content=st.binary())
def test_any_bytes_are_a_text(content: bytes) -> None:
    """Only what is marked as UTF-16 or UTF-32 and is not fails."""
    try:
        decode(content)
    except UnicodeDecodeError:
        assert content[:2] in {b"\xff\xfe", b"\xfe\xff", b"\0\0"}


@pytest.mark.parametrize("encoding", CHARSETS.values())
def test_codes_and_times_are_the_same_in_all(encoding: str) -> None:
    """All character sets begin with ASCII."""
    ascii_text = "".join(map(chr, range(128)))
    assert ascii_text.encode(encoding) == ascii_text.encode("ascii")


def test_control_characters_are_left_out_and_named() -> None:
    """A few of them do not condemn a table; many are no table."""
    text = "code;days;start\nP-1;Tue;14:00\n" * 20

    decoded = decode_file(text.replace("Tue", "Tu\x02e", 1).encode() + b"\x1a")

    assert (decoded.text, decoded.damaged) == (text, (2,))
    with pytest.raises(Refusal, match="no_text"):
        decode_file(text.replace(";", "\0").encode())
