"""Find the character set of a text that does not say it, by what the text would then be.

Unicode is recognised by its bytes. Any other text is read in the character set in which most of
its accented letters are those of one language; that never fails. Codes, times and days are the
same in all of them.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

WESTERN = "Windows-1252"
"""What is assumed if nothing speaks for another character set."""

CHARSETS: Mapping[str, str] = {
    WESTERN: "cp1252",
    "Windows-1250": "cp1250",
    "ISO 8859-2": "iso8859_2",
    "Mac Roman": "mac_roman",
    "Mac Central European": "mac_latin2",
    "Windows-1254": "cp1254",
    "Windows-1257": "cp1257",
    "Windows-1251": "cp1251",
    "Windows-1253": "cp1253",
    "DOS 850": "cp850",
    "DOS 852": "cp852",
}
"""Name to Python's codec, the more frequent first: of two that fit equally, the first is taken."""

_ALPHABETS = tuple(
    frozenset(letters)
    for letters in (
        "äöüß",  # German
        "àâæçéèêëîïôœùûüÿ",  # French
        "áéíñóúü",  # Spanish
        "àáâãçéêíóôõúü",  # Portuguese
        "àèéìíîòóùú",  # Italian
        "åäöæøéü",  # Scandinavian
        "áéëïóöü",  # Dutch
        "áéíóúýæö",  # Icelandic, but for two letters that are more often Turkish ones
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "ąćęłńóśźż",  # Polish
        "áéíóöőúüű",  # Hungarian
        "čćđšž",  # Croatian, Slovene
        "ăâîşţșț",  # Romanian
        "çğıöşüâî",  # Turkish
        "ąčęėįšųūž",  # Lithuanian
        "āčēģīķļņšūž",  # Latvian
        "äöõüšž",  # Estonian
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ",  # Russian, Ukrainian
        "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",  # Greek
    )
)
_TYPOGRAPHIC = frozenset("“”„‟‘’‚«»‹›–—…•€°§")
_ACCENTED = re.compile(rb"[\x80-\xff]")
MAX_JUDGED = 2_000
"""Accented letters that are judged; more would not change the result."""


@dataclass(frozen=True, slots=True)
class UnmarkedText:
    """A text, and the name of its character set if that was guessed."""

    text: str
    guessed: str | None = None


def decode(content: bytes) -> UnmarkedText:
    """Return the text of some bytes, without byte order marks, wherever they are.

    Raises:
        UnicodeDecodeError: They are marked as UTF-16 or UTF-32 and are not.
    """
    encoding = unicode_encoding(content)
    if encoding is not None:
        return UnmarkedText(content.decode(encoding).replace("\ufeff", ""))
    text = content.decode("utf-8", "surrogateescape").replace("\ufeff", "")
    broken = sum(1 for character in text if "\udc80" <= character <= "\udcff")
    valid = sum(1 for character in text if character > "\x7f") - broken
    if broken == 0:
        return UnmarkedText(text)
    if broken < valid:  # a few characters are broken, or were pasted from elsewhere
        return UnmarkedText(re.sub("[\udc80-\udcff]", _as_western, text), WESTERN)
    name = _most_plausible(content)
    return UnmarkedText(content.decode(CHARSETS[name], "replace"), name)


def unicode_encoding(content: bytes) -> str | None:
    """Return the encoding that a byte order mark names, or that zero bytes give away.

    None means UTF-8, or no Unicode.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    # Most characters of a table are ASCII, so every second or fourth byte has a value.
    sample = content[:4_096]
    zeros = [place for place in range(4) if sample[place::4].count(0) * 8 > len(sample)]
    patterns = {
        (1, 2, 3): "utf-32-le",
        (0, 1, 2): "utf-32-be",
        (1, 3): "utf-16-le",
        (0, 2): "utf-16-be",
    }
    found = patterns.get(tuple(zeros))
    try:
        return found if found is None or content.decode(found) else None
    except UnicodeDecodeError:
        return None


def _as_western(match: re.Match[str]) -> str:
    return bytes([ord(match.group()) - 0xDC00]).decode("cp1252", "replace")


def _most_plausible(content: bytes) -> str:
    """Return the character set in which a text looks most like a language."""
    judged = list(islice(_ACCENTED.finditer(content), MAX_JUDGED))
    sample = content[: judged[-1].end() + 1]
    is_from_mac = b"\n" not in content and b"\r" in content
    names = sorted(CHARSETS, key=lambda name: is_from_mac and not name.startswith("Mac"))
    return max(names, key=lambda name: _plausibility(sample, CHARSETS[name]))


def _plausibility(sample: bytes, codec: str) -> int:
    """Return how well a text in that character set fits the language that it fits best.

    Bytes without a meaning there count against it most.
    """
    text = sample.decode(codec, "replace")
    letters: Counter[str] = Counter()
    wrong, right = 0, 0
    for before, character, after in _accented_in_context(text):
        is_inside = before.isalpha() and after.isalpha()
        if not character.isprintable() or character == "\ufffd":
            wrong += 10
        elif character.isalpha() and character.isupper():
            is_odd = before.islower() or (before.isalpha() and after.islower())
            letters["?" if is_odd else character.lower()] += 1
        elif character.isalpha():
            letters[character] += 1
        elif character == "’" or (character in _TYPOGRAPHIC and not is_inside):
            right += 1
        else:
            wrong += is_inside
    fitting = max(sum(letters[letter] for letter in alphabet) for alphabet in _ALPHABETS)
    return 2 * fitting - letters.total() + right - wrong


def _accented_in_context(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each character beyond ASCII with its two neighbours."""
    padded = f" {text} "
    for place, character in enumerate(padded):
        if character > "\x7f":
            yield padded[place - 1], character, padded[place + 1]
