"""Links into the bot's chat: made, and found again in what somebody pastes."""

import re
from html import unescape
from urllib.parse import unquote

_LINK = re.compile(
    r"(?:(?:t|telegram)\.me|telegram\.dog)/(?P<path>\w+)/?\?(?P<query>[^\s<>\"'#]+)"
    r"|\b(?P<host>\w+)\.t\.me/?\?(?P<host_query>[^\s<>\"'#]+)"
    r"|\btg:(?://)?resolve/?\?(?P<tg_query>[^\s<>\"'#]+)",
    re.IGNORECASE,
)
"""Every form in which Telegram writes a link to a chat with a parameter."""

_TOKEN = re.compile(r"(?:^|&)start=([A-Za-z0-9_-]{1,64})")
_DOMAIN = re.compile(r"(?:^|&)domain=(\w+)")


def invitation_link(bot_username: str, token: str) -> str:
    """Return the one-time link that enrols."""
    return f"https://t.me/{bot_username}?start={token}"


def invitation_token(bot_username: str, text: str) -> str | None:
    """Return the token of the first link to this bot in a text, if there is one."""
    for link in _LINK.finditer(text):
        query = unquote(unescape(link["query"] or link["host_query"] or link["tg_query"]))
        domain = _DOMAIN.search(query) if link["tg_query"] else None
        name = link["path"] or link["host"] or ("" if domain is None else domain[1])
        token = _TOKEN.search(query)
        if token is not None and name.lower() == bot_username.lower():
            return token[1]
    return None
