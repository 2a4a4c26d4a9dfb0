"""The text or caption of a request. The bot sends plain text, so formatting is refused."""

from bot.simulator import refusals
from bot.simulator.entities import utf16_length
from bot.simulator.messages import Json
from bot.simulator.schema import load_schema

FORMATTING_FIELDS = ("parse_mode", "entities", "caption_entities")


def text_of(method: str, params: Json) -> str:
    """Return the text of a message.

    Raises:
        BotApiRefusal: It is empty, too long or formatted.
    """
    text = _plain_text(params, "text")
    if not text:
        raise refusals.misuse(refusals.TEXT_EMPTY)
    if utf16_length(text) > load_schema().max_length(method, "text"):
        raise refusals.misuse(refusals.TEXT_TOO_LONG)
    return text


def caption_of(params: Json) -> str:
    """Return the caption of a photo or document; empty if there is none.

    Raises:
        BotApiRefusal: It is too long or formatted.
    """
    caption = _plain_text(params, "caption")
    if utf16_length(caption) > load_schema().max_length("sendPhoto", "caption"):
        raise refusals.misuse(refusals.CAPTION_TOO_LONG)
    return caption


def _plain_text(params: Json, field: str) -> str:
    for name in FORMATTING_FIELDS:
        if params.get(name):
            raise refusals.misuse(f"{name} is not simulated: the bot sends plain text")
    text: str = params.get(field, "")
    return text.strip()
