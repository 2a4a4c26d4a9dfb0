"""``parse_mode=HTML``: Telegram's few tags, refused when they do not nest."""

import html
import re
from dataclasses import dataclass, field

from bot.simulator.entities import Entity, Words, in_order, units, unparsable

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
"""What each tag becomes; any other tag is refused."""

TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[^\s<>/]*)(?P<rest>[^<>]*)>|&(?P<ref>#?\w+);|<")
ATTRIBUTE = re.compile(r"""([\w-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    source: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    open_tags: list[tuple[str, Entity]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.text.append(text)
        self.length += units(text)

    def at(self, position: int) -> int:
        """Return a position in the source as Telegram names it: in bytes."""
        return len(self.source[:position].encode())


def parse_html(source: str) -> Words:
    """Return the words of a text marked up in Telegram's HTML.

    Raises:
        Refusal: An unknown tag, a tag without its end, or ends in the wrong order.
    """
    reading = _Reading(source)
    position = 0
    for token in TOKEN.finditer(source):
        reading.add(source[position : token.start()])
        position = token.end()
        if token["ref"] is not None:
            reading.add(_character(token["ref"], token[0]))
        elif token["tag"] is None:
            raise unparsable(f"Unclosed start tag at byte offset {reading.at(token.start())}")
        elif token["close"]:
            _close(reading, token)
        else:
            _open(reading, token)
    reading.add(source[position:])
    if reading.open_tags:
        tag = reading.open_tags[-1][0]
        raise unparsable(
            f'Can\'t find end tag corresponding to start tag "{tag}" at byte offset '
            f"{reading.at(len(source))}"
        )
    return Words("".join(reading.text), in_order(_merge_code(reading.entities)))


def _character(reference: str, source: str) -> str:
    if reference in REFERENCES:
        return REFERENCES[reference]
    return html.unescape(source) if reference.startswith("#") else source


def _open(reading: _Reading, token: re.Match[str]) -> None:
    tag = token["tag"].lower()
    offset = reading.at(token.start())
    attributes = {
        match[1].lower(): html.unescape(match[2] or match[3] or match[4] or "")
        for match in ATTRIBUTE.finditer(token["rest"])
    }
    if tag not in KINDS:
        raise unparsable(f'Unsupported start tag "{tag}" at byte offset {offset}')
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    entity: Entity = {"type": KINDS[tag], "offset": reading.length, "length": 0}
    if tag == "a":
        entity["url"] = attributes.get("href", "")
    elif tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    elif tag == "tg-time":
        if not attributes.get("unix", "").isdigit():
            raise unparsable(f'Tag "tg-time" must have a valid "unix" at byte offset {offset}')
        entity["unix_time"] = int(attributes["unix"])
        if attributes.get("format"):
            entity["date_time_format"] = attributes["format"]
    elif tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    elif tag == "code" and attributes.get("class", "").startswith("language-"):
        entity["language"] = attributes["class"].removeprefix("language-")
    reading.open_tags.append((tag, entity))


def _close(reading: _Reading, token: re.Match[str]) -> None:
    tag = token["tag"].lower()
    offset = reading.at(token.start())
    if not reading.open_tags:
        raise unparsable(f"Unexpected end tag at byte offset {offset}")
    opened, entity = reading.open_tags.pop()
    if tag and tag != opened:
        raise unparsable(
            f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{tag}>"'
        )
    entity["length"] = reading.length - entity["offset"]
    if entity["type"] == "text_link" and not entity["url"]:
        entity["url"] = "".join(reading.text)[-entity["length"] :] if entity["length"] else ""
    if entity["length"] and (entity["type"] != "text_link" or _is_address(entity["url"])):
        reading.entities.append(entity)


def _is_address(url: str) -> bool:
    """Telegram silently drops links that lead nowhere and keeps their text."""
    return bool(re.match(r"(?:https?|tg|ton|mailto|tel):|[\w-]+(\.[\w-]+)+", url))


def _merge_code(entities: list[Entity]) -> list[Entity]:
    """Fold ``<pre><code class="language-x">`` into one entity; alone, code has no language."""
    merged = list(entities)
    for entity in entities:
        if entity["type"] != "code":
            continue
        language = entity.pop("language", None)
        around = next(
            (
                other
                for other in merged
                if other["type"] == "pre"
                and (other["offset"], other["length"]) == (entity["offset"], entity["length"])
            ),
            None,
        )
        if around is not None:
            merged.remove(entity)
            if language is not None:
                around["language"] = language
    return merged
