"""Updates of every kind, generated from the Bot API's own description.

A name in guillemets, such as ``«P-1»`` or ``«checkin»``, stands for an account or a record: their
ids are known only once there is a clinic.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import strategies as st

from bot.simulator.schema import load_schema, split_union
from bot.telegram.client import Raw
from tests.hostile.texts import TEXTS

Json = Any
Strategy = st.SearchStrategy[Json]

ACCOUNTS = ("T-1", "P-1", "C-1", "T-2", "T-3", "T-4", "P-2", "nobody")
CHAT_TYPES = ("group", "supergroup", "channel")
MESSAGE_DATE = 1_772_600_000
MAX_DEPTH = 2
"""Deeper inside an update, optional fields are left out."""

UPDATE_KINDS = tuple(name for name in load_schema().types["Update"] if name != "update_id")

account_names = st.sampled_from(ACCOUNTS).map(lambda code: f"«{code}»")
numbers = st.integers(-10, 2**31)


def user(account: Json) -> Json:
    """Return a user as in the Bot API."""
    return {"id": account, "is_bot": False, "first_name": "Zyzzyxa", "language_code": "en"}


def private_chat(account: Json) -> Json:
    """Return a person's chat with the bot."""
    return {"id": account, "type": "private", "first_name": "Zyzzyxa"}


@st.composite
def group_chats(draw: st.DrawFn) -> Json:
    """Return a group, a supergroup or a channel."""
    return {
        "id": -draw(st.integers(1, 2**40)),
        "type": draw(st.sampled_from(CHAT_TYPES)),
        "title": "x",
    }


@cache
def values_of_type(name: str, depth: int = 0) -> Strategy:
    """Return values of a named type: its required fields, and a few optional ones."""
    if name == "User":
        return account_names.map(user)
    if name == "Chat":
        return account_names.map(private_chat) | group_chats()
    described = load_schema().types[name]
    required = {field: kind for field, kind in described.items() if kind.split()[0].endswith("!")}
    optional = sorted(set(described) - set(required))

    @st.composite
    def made(draw: st.DrawFn) -> Json:
        names = list(required)
        if optional and depth <= MAX_DEPTH:
            names += draw(st.lists(st.sampled_from(optional), max_size=3, unique=True))
        return {field: draw(values_of_field(field, described[field], depth + 1)) for field in names}

    return made()


@cache
def values_of_field(field: str, described: str, depth: int) -> Strategy:
    """Return values of one field, as the Bot API describes it."""
    kind, _, limit = described.partition(" ")
    kind = kind.rstrip("!")
    choices = split_union(kind)
    if len(choices) > 1:
        return st.one_of(*(values_of_field(field, choice, depth) for choice in choices))
    if kind.startswith("["):
        return st.lists(values_of_field(field, kind[1:-1], depth + 1), max_size=2)
    if kind.startswith("="):
        return st.just({"True": True, "False": False, "0": 0}.get(kind[1:], kind[1:]))
    if limit and re.fullmatch(r"\w+(/\w+)+", limit) and not limit[0].isdecimal():
        return st.sampled_from(limit.split("/"))
    if found := re.match(r"(\d+)-(\d+) (characters|bytes)", limit):
        return st.text("aZ9:=+\\'", min_size=int(found[1]), max_size=min(50, int(found[2])))
    plain: dict[str, Callable[[], Strategy]] = {
        "int": lambda: st.just(MESSAGE_DATE) if "date" in field else numbers,
        "str": lambda: TEXTS,
        "bool": st.booleans,
        "float": lambda: st.floats(allow_nan=False, allow_infinity=False),
        "any": st.none,
    }
    return plain[kind]() if kind in plain else values_of_type(kind, depth)


@st.composite
def update_strategy(draw: st.DrawFn, kinds: tuple[str, ...] = UPDATE_KINDS) -> Raw:
    """Return an update as Telegram could send it.

    In a private chat the sender is the person whose chat it is, as Telegram ensures.
    """
    kind = draw(st.sampled_from(kinds))
    body = draw(values_of_field(kind, load_schema().types["Update"][kind], 0))
    chat = body.get("chat") if isinstance(body, dict) else None
    has_sender = "from" in load_schema().types[load_schema().types["Update"][kind]]
    if has_sender and isinstance(chat, dict) and chat["type"] == "private":
        body["from"] = user(chat["id"])
    place = body.get("message") if kind == "callback_query" else None
    if isinstance(place, dict) and place["chat"]["type"] == "private":
        place["chat"] = private_chat(body["from"]["id"])
    return {kind: body}


def message_update(account: Json, **content: Json) -> Raw:
    """Return an update with a message to the bot."""
    return {
        "message": {
            "message_id": 7,
            "date": MESSAGE_DATE,
            "chat": private_chat(account),
            "from": user(account),
            **content,
        }
    }


def text_update(account: Json, text: str) -> Raw:
    """Return an update with a text; a command gets its entity."""
    content: Json = {"text": text}
    if text.startswith("/"):
        name = re.split(r"\s", text, maxsplit=1)[0]
        length = len(name.encode("utf-16-le", "surrogatepass")) // 2
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    return message_update(account, **content)


def tap_update(account: Json, data: str, place: Json = None) -> Raw:
    """Return an update with a tap, by default below an accessible message."""
    return {
        "callback_query": {
            "id": "4382bfdwdsb323b2d9",
            "from": user(account),
            "chat_instance": "Zyzzyxa",
            "data": data,
            "message": place
            or {
                "message_id": 7,
                "date": MESSAGE_DATE,
                "chat": private_chat(account),
                "text": "Zyzzyxa",
            },
        }
    }


def sender_of(raw: Raw) -> str | None:
    """Return the sender of an update from a private chat."""
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in raw:
            return _private_account(raw[kind]["chat"])
    tap = raw.get("callback_query")
    return None if tap is None or "message" not in tap else _private_account(tap["message"]["chat"])


def _private_account(chat: Json) -> str | None:
    return str(chat["id"]).strip("«»") if chat["type"] == "private" else None
