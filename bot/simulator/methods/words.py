"""From the parameters of a request to the words of a message."""

from bot.simulator import refusals
from bot.simulator.entities import Words, given, units
from bot.simulator.html_text import parse_html
from bot.simulator.markdown_text import parse_markdown
from bot.simulator.messages import Json
from bot.simulator.schema import the_schema

PARSERS = {"html": parse_html, "markdownv2": parse_markdown}


def text_of(method: str, params: Json) -> Words:
    """Return the text of a message.

    Raises:
        Refusal: It is empty, too long, or its formatting is broken.
    """
    words = _parsed(params["text"], params.get("parse_mode"), params.get("entities"))
    if not words.text:
        raise refusals.misuse(refusals.TEXT_EMPTY)
    if units(words.text) > the_schema().limit(method, "text"):
        raise refusals.misuse(refusals.TEXT_TOO_LONG)
    return words


def caption_of(params: Json) -> Words:
    """Return the caption of a picture or file; none is empty words.

    Raises:
        Refusal: It is too long or its formatting is broken.
    """
    words = _parsed(
        params.get("caption", ""), params.get("parse_mode"), params.get("caption_entities")
    )
    if units(words.text) > the_schema().limit("sendPhoto", "caption"):
        raise refusals.misuse(refusals.CAPTION_TOO_LONG)
    return words


def _parsed(text: str, mode: str | None, entities: list[Json] | None) -> Words:
    if mode:
        parser = PARSERS.get(mode.lower())
        if parser is None:
            # Telegram still takes the old "Markdown"; nobody should begin with it now.
            raise refusals.misuse(refusals.UNSUPPORTED_PARSE_MODE)
        return parser(text).trimmed().with_links()
    return given(text, entities or []).trimmed().with_links()
