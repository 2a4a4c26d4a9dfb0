"""The fuzz targets: each takes any bytes, and must not fail whatever they are.

Expected errors are our own, such as a refusal or an error about a file. Others are failures.
"""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from alliance.alerts.repair_cards import read_card
from alliance.checkins.instruments import FOLDER, instrument, instrument_ids, read_instrument
from alliance.consent import read_consent
from alliance.errors import AttuneError, Refusal
from alliance.files.decoding import decode_text
from alliance.files.tables.templates import calendar_template, table_template
from alliance.people.codes import codes_in, is_code
from alliance.rupture.replay_table import read_replay_table
from alliance.typed.plain_text import plain_text
from alliance.typed.ratings import parse_rating
from bot.telegram.client import TelegramClient
from bot.telegram.http import build_request
from bot.updates.parsing import parse_update
from bot.updates.processor import chat_of
from handlers.calendar.sessions_screens import parse_session_key
from handlers.conversations import parse_input
from handlers.taps import KINDS, AnswerTap, pack, parse_answer_tap, unpack
from tests.handlers.files.test_any_file import check
from tests.stories.access.access_rules import MADE_UP_IDS, tap_rules

TODAY = date(2026, 3, 3)


class Target(NamedTuple):
    """A fuzz target.

    Attributes:
        run: Takes bytes; an exception is a failure.
        seeds: Valid inputs to start with.
    """

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def fuzz_taps(content: bytes) -> None:
    """Button data, unpacked as every kind, and parsed as an answer to every instrument."""
    data = content.decode("utf-8", "surrogateescape")
    for kind in KINDS:
        with suppress(Refusal):
            assert pack(unpack(kind, data)) == data
    with suppress(Refusal):
        tap = unpack(AnswerTap, data)
        for name in instrument_ids():
            parse_answer_tap(tap, instrument(name))
    with suppress(ValueError):
        parse_session_key(data.rpartition(":")[2])


def fuzz_commands(content: bytes) -> None:
    """Texts that coordinators type: each parser refuses them, or parses its result to the same."""
    text = content.decode("utf-8", "replace")
    with suppress(Refusal):
        parse_input.parse_plan_line(text.split(), "en", today=TODAY)
    with suppress(Refusal):
        day = parse_input.parse_date(text, today=TODAY, max_days_back=60)
        assert parse_input.parse_date(day.isoformat(), today=TODAY) == day
    for read in (
        parse_input.parse_time,
        parse_input.parse_zone,
        parse_input.parse_quiet,
        parse_input.parse_region,
    ):
        with suppress(Refusal):
            assert read(read(text)) == read(text)
    for read_words in (parse_input.parse_weekdays, parse_input.parse_monthly):
        for language in ("en", "ar"):
            with suppress(Refusal):
                read_words(text, language)
    with suppress(Refusal):
        parse_input.parse_number(text, "plan.bad_often", least=1, most=26)
    found = codes_in(text, {"P-1", "T-1", "17"})
    assert all(is_code(code) for code in found)


def fuzz_table(content: bytes) -> None:
    """A table: its dry run is a screen that fits into a message, in a short time."""
    check(content, "a.csv")


def fuzz_calendar(content: bytes) -> None:
    """A calendar, like a table."""
    check(content, "a.ics")


def fuzz_replay(content: bytes) -> None:
    """Existing data: read, or refused with its lines."""
    with suppress(AttuneError):
        rows, understood = read_replay_table(decode_text(content).text, instrument("check_in_4"))
        assert understood.rows == len(rows)


def fuzz_ratings(content: bytes) -> None:
    """A typed answer: a number or none, the same however often it is made plain."""
    typed = content.decode("utf-8", "replace")
    plain = plain_text(typed)
    assert plain_text(plain) == plain
    assert parse_rating(typed, highest=10) == parse_rating(plain, highest=10)


def fuzz_toml(content: bytes) -> None:
    """Files that a site writes: they are read, or refused with an error."""
    path = Path(_toml_folder().name) / "goal.toml"
    path.write_bytes(content)
    for read in (read_instrument, read_card, read_consent.__wrapped__):
        with suppress(AttuneError):
            read(path)


@cache
def _toml_folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder of this process."""
    return tempfile.TemporaryDirectory(prefix="attune-fuzz-")


def fuzz_updates(content: bytes) -> None:
    """An update: if it is accepted, it has what handlers rely on."""
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        return
    if not isinstance(raw, dict):
        return
    assert isinstance(chat_of(raw), int)
    try:
        update = parse_update(raw, _CLIENT)
    except Exception:  # noqa: BLE001 - any exception is a refusal
        return
    if update.callback_query is not None and update.callback_query.message is not None:
        assert isinstance(update.callback_query.from_user.id, int)
        assert isinstance(update.callback_query.data, str | None)
    if update.message is not None:
        assert isinstance(update.message.chat.id, int)
        assert update.message.chat.type != "private" or update.message.from_user is not None


_CLIENT = TelegramClient(
    "123456:ABCdef",
    api="http://nowhere",
    speaking=build_request("aiohttp", connections=1, read_seconds=1.0),
    polling=build_request("aiohttp", connections=1, read_seconds=1.0),
)
_BUTTONS = tuple(pack(tap).encode() for _, some in tap_rules(MADE_UP_IDS).values() for tap in some)
_INSTRUMENT_FILES = tuple(path.read_bytes() for path in sorted(FOLDER.glob("*.toml")))
_CHAT = {"id": 7, "type": "private", "first_name": "Ada"}
_USER = {"id": 7, "is_bot": False, "first_name": "Ada"}
_MESSAGE = {"message_id": 1, "date": 1_772_600_000, "chat": _CHAT, "from": _USER, "text": "8"}
_TAP = {"id": "1", "from": _USER, "chat_instance": "1", "message": _MESSAGE, "data": "1a:b:0:1"}

TARGETS: dict[str, Target] = {
    "taps": Target(fuzz_taps, _BUTTONS),
    "commands": Target(
        fuzz_commands,
        (
            b"tue 14:00 50 20 Europe/Berlin 2w 12x 2026-12-24",
            b"24.12.",
            b"21:00-08:00",
            b"last fri",
        ),
    ),
    "csv": Target(fuzz_table, (table_template("Europe/Berlin").replace(b"# ", b""),)),
    "ics": Target(fuzz_calendar, (calendar_template("Europe/Berlin").replace(b"P-017", b"P-1"),)),
    "replay": Target(
        fuzz_replay,
        (
            b"patient,session,goal,task,bond,overall\np1,1,9,8,NA,9\np1,2,9,8,9.5,9\n",
            b'"";patient;session;goal;task;bond;overall\n1;a;1;9;8;7,5;-99\n',
        ),
    ),
    "ratings": Target(fuzz_ratings, tuple(map(str.encode, ("7/10", "5\ufe0f\u20e3", "٧٫٥")))),
    "toml": Target(fuzz_toml, _INSTRUMENT_FILES),
    "updates": Target(
        fuzz_updates,
        tuple(
            json.dumps({"update_id": 1, kind: body}).encode()
            for kind, body in (("message", _MESSAGE), ("callback_query", _TAP))
        ),
    ),
}
