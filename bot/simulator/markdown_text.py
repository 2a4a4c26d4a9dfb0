"""``parse_mode=MarkdownV2``: Telegram's marks, with every other reserved sign refused."""

import re
from dataclasses import dataclass, field

from bot.simulator.entities import Entity, Words, in_order, units, unparsable

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}
NAMES = {"bold": "Bold", "italic": "Italic", "underline": "Underline", "spoiler": "Spoiler"}
CODE = re.compile(r"(?P<fence>```|`)(?P<inside>(?:\\.|(?!(?P=fence)).)*)(?P=fence)", re.DOTALL)
LINK_END = re.compile(r"\]\((?P<url>(?:\\.|[^)\\])*)\)", re.DOTALL)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    source: str
    position: int = 0
    text: list[str] = field(default_factory=list)
    length: int = 0
    open_marks: list[tuple[str, Entity, int]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    quote: Entity | None = None

    def add(self, text: str) -> None:
        self.text.append(text)
        self.length += units(text)

    def at(self, position: int) -> int:
        """Return a position in the source as Telegram names it: in bytes."""
        return len(self.source[:position].encode())

    def looking_at(self, text: str) -> bool:
        return self.source.startswith(text, self.position)

    def innermost(self) -> str:
        return self.open_marks[-1][0] if self.open_marks else ""


def parse_markdown(source: str) -> Words:
    """Return the words of a text marked up in MarkdownV2.

    Raises:
        Refusal: A mark without its end, or a reserved sign that is not escaped.
    """
    reading = _Reading(source)
    line_begins = True
    while reading.position < len(source):
        character = source[reading.position]
        if line_begins:
            line_begins = False
            if _quote(reading):
                continue
        if character == "\\" and _is_escapable(source[reading.position + 1 :]):
            reading.add(source[reading.position + 1])
            reading.position += 2
        elif character == "`":
            _code(reading)
        elif character in RESERVED:
            _mark(reading)
        else:
            reading.add(character)
            reading.position += 1
            line_begins = character == "\n"
    if reading.open_marks:
        mark, entity, start = reading.open_marks[-1]
        name = "link" if mark == "[" else NAMES.get(entity["type"], entity["type"].title())
        raise unparsable(f"Can't find end of {name} entity at byte offset {reading.at(start)}")
    _end_quote(reading)
    return Words("".join(reading.text), in_order(reading.entities))


def _is_escapable(rest: str) -> bool:
    return bool(rest) and 0 < ord(rest[0]) < 127


def _code(reading: _Reading) -> None:
    found = CODE.match(reading.source, reading.position)
    if found is None:
        name = "Pre" if reading.looking_at("```") else "Code"
        raise unparsable(
            f"Can't find end of {name} entity at byte offset {reading.at(reading.position)}"
        )
    inside = found["inside"]
    entity: Entity = {"type": "code" if found["fence"] == "`" else "pre"}
    if entity["type"] == "pre":
        language = re.match(r"([^\s`]+)\n|\n", inside)
        if language is not None:
            inside = inside[language.end() :]
            if language[1]:
                entity["language"] = language[1]
    plain = re.sub(r"\\([\x01-\x7e])", r"\1", inside)
    entity |= {"offset": reading.length, "length": units(plain)}
    reading.add(plain)
    if entity["length"]:
        reading.entities.append(entity)
    reading.position = found.end()


def _mark(reading: _Reading) -> None:
    source, position = reading.source, reading.position
    for mark in ("__", "||", "*", "_", "~"):
        if not reading.looking_at(mark):
            continue
        # "___" closes the underline only when it was opened last; else the italic.
        if mark == "__" and reading.innermost() == "_" and source[position + 2 : position + 3]:
            continue
        if reading.innermost() == mark:
            _end(reading)
        elif any(mark == opened for opened, *_ in reading.open_marks):
            break
        else:
            entity = {"type": MARKS[mark], "offset": reading.length, "length": 0}
            reading.open_marks.append((mark, entity, position))
        reading.position += len(mark)
        return
    if reading.looking_at("![") or reading.looking_at("["):
        entity = {"type": "text_link", "offset": reading.length, "length": 0}
        reading.open_marks.append(("[", entity, position))
        reading.position += 2 if reading.looking_at("!") else 1
        return
    if reading.looking_at("]") and reading.innermost() == "[":
        _end_link(reading)
        return
    raise unparsable(
        f"Character '{source[position]}' is reserved and must be escaped with the preceding '\\'"
    )


def _end(reading: _Reading) -> Entity:
    _, entity, _ = reading.open_marks.pop()
    entity["length"] = reading.length - entity["offset"]
    if entity["length"]:
        reading.entities.append(entity)
    return entity


def _end_link(reading: _Reading) -> None:
    found = LINK_END.match(reading.source, reading.position)
    if found is None:
        raise unparsable(
            f"Can't find end of a URL at byte offset {reading.at(reading.position + 1)}"
        )
    entity = _end(reading)
    url = re.sub(r"\\([\x01-\x7e])", r"\1", found["url"])
    emoji = re.fullmatch(r"tg://emoji\?id=(\d+)", url)
    if emoji is not None:
        entity |= {"type": "custom_emoji", "custom_emoji_id": emoji[1]}
    else:
        entity["url"] = url
    reading.position = found.end()


def _quote(reading: _Reading) -> bool:
    """Read the ``>`` at the beginning of a line; True when one was read."""
    if reading.looking_at(">") or reading.looking_at("**>"):
        is_new = reading.looking_at("**>")
        if is_new:
            _end_quote(reading)
        reading.position += 3 if is_new else 1
        if reading.quote is None:
            reading.quote = {"type": "blockquote", "offset": reading.length, "length": 0}
        return True
    _end_quote(reading)
    return False


def _end_quote(reading: _Reading) -> None:
    if reading.quote is not None:
        reading.quote["length"] = reading.length - reading.quote["offset"]
        if reading.quote["length"]:
            reading.entities.append(reading.quote)
        reading.quote = None
