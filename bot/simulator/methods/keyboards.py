"""Inline keyboards: stored as the bot sends them, refused where Telegram would refuse them."""

import re

from bot.simulator import refusals
from bot.simulator.messages import Json

NON_ACTION_FIELDS = frozenset({"text", "style", "icon_custom_emoji_id"})
MAX_BUTTONS = 100


def inline_keyboard(params: Json) -> Json | None:
    """Return the inline keyboard of a request, or None when there is none or it is empty.

    Raises:
        BotApiRefusal: A keyboard of another kind, a button without an action or with two, an
            invalid address, or too many buttons.
    """
    markup = params.get("reply_markup") or {"inline_keyboard": []}
    if "inline_keyboard" not in markup:
        raise refusals.misuse("only inline keyboards are simulated")
    rows = [[_checked(button) for button in row] for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise refusals.misuse("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": rows} if rows else None


def _checked(button: Json) -> Json:
    actions = [name for name in button if name not in NON_ACTION_FIELDS]
    if not button["text"].strip():
        raise refusals.misuse("inline keyboard button text must be non-empty")
    if not actions:
        raise refusals.misuse(refusals.TEXT_BUTTON)
    if len(actions) > 1:
        raise refusals.misuse(
            "can't parse inline keyboard button: exactly one action is allowed, "
            f"found {', '.join(sorted(actions))}"
        )
    if "url" in button:
        _check_address(button["url"])
    return dict(button)


def _check_address(url: str) -> None:
    if re.match(r"(?:https?|tg|ton)://[^\s/]", url):
        return
    if re.match(r"\w[\w+.-]*:", url):
        why = "Unsupported URL protocol"
    elif re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]|$)", url):
        return  # Telegram adds the scheme by itself
    else:
        why = "Wrong HTTP URL"
    raise refusals.misuse(f"inline keyboard button URL '{url}' is invalid: {why}")
