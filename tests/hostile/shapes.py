"""Updates of every shape, made from the Bot API's own description.

What stands for an account or for something in the database is a name in guillemets, such as
``«P-1»`` or ``«checkin»``: which numbers those have is known only once there is a yard.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import strategies as st

from bot.simulator.schema import split_union, the_schema
from handlers.app.telegram_client import Raw
from tests.hostile.words import WORDS

Json = Any
Strategy = st.SearchStrategy[Json]

PEOPLE = ("T-1", "P-1", "C-1", "T-2", "T-3", "T-4", "P-2", "nobody")
ROOMS = ("group", "supergroup", "channel")
A_MOMENT = 1_772_600_000
DEEP = 2
"""So deep inside an update the fields that may be left out are left out."""

EVERY_KIND = tuple(name for name in the_schema().types["Update"] if name != "update_id")

people = st.sampled_from(PEOPLE).map(lambda code: f"«{code}»")
numbers = st.integers(-10, 2**31)


def user(account: Json) -> Json:
    """Return somebody as Telegram shows them."""
    return {"id": account, "is_bot": False, "first_name": "Zyzzyxa", "language_code": "en"}


def private(account: Json) -> Json:
    """Return somebody's chat with the bot."""
    return {"id": account, "type": "private", "first_name": "Zyzzyxa"}


@st.composite
def a_room(draw: st.DrawFn) -> Json:
    """Return a group, a supergroup or a channel."""
    return {"id": -draw(st.integers(1, 2**40)), "type": draw(st.sampled_from(ROOMS)), "title": "x"}


@cache
def of_type(name: str, depth: int = 0) -> Strategy:
    """Return values of one named type: what it needs, and a few of what it may have."""
    if name == "User":
        return people.map(user)
    if name == "Chat":
        return people.map(private) | a_room()
    described = the_schema().types[name]
    needed = {field: kind for field, kind in described.items() if kind.split()[0].endswith("!")}
    free = sorted(set(described) - set(needed))

    @st.composite
    def made(draw: st.DrawFn) -> Json:
        names = list(needed)
        if free and depth <= DEEP:
            names += draw(st.lists(st.sampled_from(free), max_size=3, unique=True))
        return {field: draw(a_value(field, described[field], depth + 1)) for field in names}

    return made()


@cache
def a_value(field: str, described: str, depth: int) -> Strategy:
    """Return values of one field, as the Bot API describes it."""
    kind, _, limit = described.partition(" ")
    kind = kind.rstrip("!")
    choices = split_union(kind)
    if len(choices) > 1:
        return st.one_of(*(a_value(field, choice, depth) for choice in choices))
    if kind.startswith("["):
        return st.lists(a_value(field, kind[1:-1], depth + 1), max_size=2)
    if kind.startswith("="):
        return st.just({"True": True, "False": False, "0": 0}.get(kind[1:], kind[1:]))
    if limit and re.fullmatch(r"\w+(/\w+)+", limit) and not limit[0].isdecimal():
        return st.sampled_from(limit.split("/"))
    if found := re.match(r"(\d+)-(\d+) (characters|bytes)", limit):
        return st.text("aZ9:=+\\'", min_size=int(found[1]), max_size=min(50, int(found[2])))
    plain: dict[str, Callable[[], Strategy]] = {
        "int": lambda: st.just(A_MOMENT) if "date" in field else numbers,
        "str": lambda: WORDS,
        "bool": st.booleans,
        "float": lambda: st.floats(allow_nan=False, allow_infinity=False),
        "any": st.none,
    }
    return plain[kind]() if kind in plain else of_type(kind, depth)


@st.composite
def an_update(draw: st.DrawFn, kinds: tuple[str, ...] = EVERY_KIND) -> Raw:
    """Return a whole update as Telegram could send it.

    In a private chat the one who writes is the one whose chat it is; that much is Telegram's.
    """
    kind = draw(st.sampled_from(kinds))
    body = draw(a_value(kind, the_schema().types["Update"][kind], 0))
    chat = body.get("chat") if isinstance(body, dict) else None
    has_sender = "from" in the_schema().types[the_schema().types["Update"][kind]]
    if has_sender and isinstance(chat, dict) and chat["type"] == "private":
        body["from"] = user(chat["id"])
    place = body.get("message") if kind == "callback_query" else None
    if isinstance(place, dict) and place["chat"]["type"] == "private":
        place["chat"] = private(body["from"]["id"])
    return {kind: body}


def message(account: Json, **content: Json) -> Raw:
    """Return an update with a message that somebody writes to the bot."""
    return {
        "message": {
            "message_id": 7,
            "date": A_MOMENT,
            "chat": private(account),
            "from": user(account),
            **content,
        }
    }


def said(account: Json, text: str) -> Raw:
    """Return an update with a text; a command is marked as such."""
    content: Json = {"text": text}
    if text.startswith("/"):
        name = re.split(r"\s", text, maxsplit=1)[0]
        length = len(name.encode("utf-16-le", "surrogatepass")) // 2
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    return message(account, **content)


def tapped(account: Json, data: str, place: Json = None) -> Raw:
    """Return an update with a tap; by default under a message that is there to be seen."""
    return {
        "callback_query": {
            "id": "4382bfdwdsb323b2d9",
            "from": user(account),
            "chat_instance": "Zyzzyxa",
            "data": data,
            "message": place
            or {"message_id": 7, "date": A_MOMENT, "chat": private(account), "text": "Zyzzyxa"},
        }
    }


def sender(raw: Raw) -> str | None:
    """Return who an update is from, if it comes from a private chat."""
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in raw:
            return _whose(raw[kind]["chat"])
    tap = raw.get("callback_query")
    return None if tap is None or "message" not in tap else _whose(tap["message"]["chat"])


def _whose(chat: Json) -> str | None:
    return str(chat["id"]).strip("«»") if chat["type"] == "private" else None
