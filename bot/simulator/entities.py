"""Message entities: the commands and web addresses that Telegram marks in a plain text."""

import re
from typing import Any

Entity = dict[str, Any]

ENTITY = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?P<bot_command>(?<![\w/])/[a-zA-Z0-9_]{1,64}(?:@\w+)?\b)"
)


def find_entities(text: str) -> list[Entity]:
    """Return the entities of a text in order; offsets and lengths are in UTF-16 units."""
    return [
        {
            "type": match.lastgroup,
            "offset": utf16_length(text[: match.start()]),
            "length": utf16_length(match[0]),
        }
        for match in ENTITY.finditer(text)
    ]


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, the unit of the Bot API."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
