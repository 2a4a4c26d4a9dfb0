"""Texts as Telegram keeps them: plain words plus entities counted in UTF-16 units."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.simulator import refusals

Entity = dict[str, Any]

COMMAND = re.compile(r"(?<![\w/])/[a-zA-Z0-9_]{1,64}(?:@\w+)?\b")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(frozen=True, slots=True)
class Words:
    """A text or a caption after parsing."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    def trimmed(self) -> "Words":
        """Return the words as the server keeps them: no white space around them."""
        start = len(self.text) - len(self.text.lstrip())
        text = self.text.strip()
        skipped, end = units(self.text[:start]), units(text)
        kept = []
        for entity in self.entities:
            left = max(entity["offset"] - skipped, 0)
            right = min(entity["offset"] + entity["length"] - skipped, end)
            if right > left:
                kept.append({**entity, "offset": left, "length": right - left})
        return Words(text, in_order(kept))

    def with_links(self) -> "Words":
        """Return the words with the commands and web addresses the server finds by itself."""
        found = list(self.entities)
        for kind, pattern in (("bot_command", COMMAND), ("url", WEB_ADDRESS)):
            for match in pattern.finditer(self.text):
                entity = {
                    "type": kind,
                    "offset": units(self.text[: match.start()]),
                    "length": units(match[0]),
                }
                if not any(_overlap(entity, known) for known in found):
                    found.append(entity)
        return Words(self.text, in_order(found))


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as entities count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def in_order(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return entities by position, the outer of two nested ones first."""
    return tuple(sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])))


def given(text: str, entities: Iterable[Entity]) -> Words:
    """Return words whose entities the bot has listed itself.

    Raises:
        Refusal: An entity begins or ends outside the text.
    """
    end = units(text)
    kept = []
    for entity in entities:
        last = entity["offset"] + entity["length"]
        if entity["offset"] < 0 or entity["length"] <= 0 or last > end:
            raise refusals.misuse(
                f"entity beginning at UTF-16 offset {entity['offset']} ends after the end of "
                f"the text at UTF-16 offset {end}"
            )
        kept.append(entity)
    return Words(text, in_order(kept))


def unparsable(why: str) -> refusals.Refusal:
    """Return the refusal of a text with broken formatting."""
    return refusals.misuse(f"can't parse entities: {why}")


def _overlap(one: Entity, other: Entity) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )
