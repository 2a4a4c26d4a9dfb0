"""The plain form of a text, in which it is compared and read: one space, one hyphen, one 7.

Phones, spreadsheets and calendars add marks that nobody sees, spaces of other widths, and digits
of other scripts. Whatever reads what somebody typed reads its plain form.
"""

import unicodedata
from functools import lru_cache

_KEYCAP_TEN = "\N{KEYCAP TEN}"
_REPLACED = {
    _KEYCAP_TEN: "10",
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\u2236\ua789", ":"),
    "\u066b": ".",  # the Arabic decimal separator
    "\u066c": ",",
    # Joiners, the frame of a keycap, the style of an emoji.
    **dict.fromkeys("\u034f\u20e3\ufe0e\ufe0f", ""),
}

_OTHER_FORMS = ("<wide>", "<narrow>", "<small>", "<circle>", "<font>", "<compat>", "<square>")
"""Forms of ASCII characters with the same meaning; a superscript or a fraction is none."""


def plain_text(text: str) -> str:
    """Return the plain form of a text.

    Invisible marks are removed, every run of spaces is one blank, none is at the ends, digits
    are 0 to 9, hyphens and minus signs are ``-``, and composed letters are one character.

    >>> plain_text("\u200e2:00\u202fPM"), plain_text("5\ufe0f\u20e3"), plain_text("٧/١٠")
    ('2:00 PM', '5', '7/10')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = unicodedata.normalize("NFC", "".join(map(_plain_character, text)))
    return " ".join(text.split())


@lru_cache(maxsize=4_096)
def _plain_character(character: str) -> str:
    if character in _REPLACED:
        return _REPLACED[character]
    if unicodedata.category(character) == "Cf":
        return ""
    if character.isspace():
        return " "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    is_other_form = unicodedata.decomposition(character).startswith(_OTHER_FORMS)
    other = unicodedata.normalize("NFKC", character) if is_other_form else character
    return other if other.isascii() else character
