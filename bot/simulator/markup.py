"""Keyboards as the bot sends them: kept as they are, refused when Telegram would."""

import re
from typing import Any

from bot.simulator import refusals
from bot.simulator.messages import Json

NOT_A_KIND = frozenset({"text", "style", "icon_custom_emoji_id"})
MOST_BUTTONS = 100


def inline_keyboard(params: Json) -> Json | None:
    """Return the inline keyboard of a request, or None when it has none or an empty one.

    Raises:
        Refusal: A button without action or with two, an address that is none, or more
            buttons than Telegram takes.
    """
    rows = (params.get("reply_markup") or {}).get("inline_keyboard")
    if not rows:
        return None
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MOST_BUTTONS:
        raise refusals.misuse("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": kept} if kept else None


def reply_keyboard(params: Json) -> Json | None:
    """Return what replaces the person's keyboard: keyboard, removal or forced reply."""
    markup: Json = params.get("reply_markup") or {}
    return markup if markup and "inline_keyboard" not in markup else None


def _button(button: Json) -> Json:
    actions = [name for name in button if name not in NOT_A_KIND]
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


def _check_address(url: Any) -> None:
    if re.match(r"(?:https?|tg|ton)://[^\s/]", url):
        return
    if re.match(r"\w[\w+.-]*:", url):
        why = "Unsupported URL protocol"
    elif re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]|$)", url):
        return  # Telegram puts the scheme in front by itself
    else:
        why = "Wrong HTTP URL"
    raise refusals.misuse(f"inline keyboard button URL '{url}' is invalid: {why}")
