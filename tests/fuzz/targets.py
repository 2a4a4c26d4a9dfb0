"""What is fuzzed: each takes any bytes, and must end quietly whatever they are.

Foreseen errors are ours: a refusal, a sentence about a file. All others are finds.
"""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from alliance.alerts.repair_cards import read_card
from alliance.checkins.instruments import FOLDER, instrument, instrument_ids, read_instrument
from alliance.consent import read_consent
from alliance.errors import AttuneError, Refusal
from alliance.files.tables.templates import calendar_template, table_template
from alliance.people.codes import codes_in, is_code
from bot.telegram.http import request_of
from bot.updates.parsing import parsed
from bot.updates.poller import chat_of
from handlers.app.telegram_client import Line
from handlers.calendar.sessions_screens import named
from handlers.conversations import parse_input
from handlers.taps import KINDS, AnswerTap, meaning, pack, unpack
from tests.handlers.test_any_file import check
from tests.stories.doors import MADE_UP_IDS, tap_doors

TODAY = date(2026, 3, 3)
_FOLDER = tempfile.TemporaryDirectory(prefix="attune-fuzz-")
_FILE = Path(_FOLDER.name) / "goal.toml"


class Target(NamedTuple):
    """One thing that is fuzzed.

    Attributes:
        run: Takes bytes; an exception is a find.
        seeds: Good inputs to begin with.
    """

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def taps(content: bytes) -> None:
    """Button data: unpacked as every kind, and read as an answer to every instrument."""
    data = content.decode("utf-8", "surrogateescape")
    for kind in KINDS:
        with suppress(Refusal):
            assert pack(unpack(kind, data)) == data
    with suppress(Refusal):
        tap = unpack(AnswerTap, data)
        for name in instrument_ids():
            meaning(tap, instrument(name))
    with suppress(ValueError):
        named(data.rpartition(":")[2])


def commands(content: bytes) -> None:
    """What coordinators type: each reader refuses it, or reads what it has read to the same."""
    said = content.decode("utf-8", "replace")
    with suppress(Refusal):
        parse_input.read_line(said.split(), "en", today=TODAY)
    with suppress(Refusal):
        day = parse_input.read_date(said, today=TODAY, back=60)
        assert parse_input.read_date(day.isoformat(), today=TODAY) == day
    for read in (
        parse_input.read_time,
        parse_input.read_zone,
        parse_input.read_quiet,
        parse_input.read_region,
    ):
        with suppress(Refusal):
            assert read(read(said)) == read(said)
    for read_words in (parse_input.read_weekdays, parse_input.read_monthly):
        for language in ("en", "ar"):
            with suppress(Refusal):
                read_words(said, language)
    with suppress(Refusal):
        parse_input.read_number(said, "plan.bad_often", least=1, most=26)
    found = codes_in(said, {"P-1", "T-1", "17"})
    assert all(is_code(code) for code in found)


def table(content: bytes) -> None:
    """A table: its dry run is a screen that Telegram takes, within a moment."""
    check(content, "a.csv")


def calendar(content: bytes) -> None:
    """A calendar, likewise."""
    check(content, "a.ics")


def toml(content: bytes) -> None:
    """What a site writes itself: read, or refused in a sentence."""
    _FILE.write_bytes(content)
    for read in (read_instrument, read_card, read_consent.__wrapped__):
        with suppress(AttuneError):
            read(_FILE)


def updates(content: bytes) -> None:
    """An update: what is let through has what handlers rely on."""
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        return
    if not isinstance(raw, dict):
        return
    assert isinstance(chat_of(raw), int)
    try:
        update = parsed(raw, _LINE)
    except Exception:  # noqa: BLE001 - it is refused; that is what it is for
        return
    if update.callback_query is not None and update.callback_query.message is not None:
        assert isinstance(update.callback_query.from_user.id, int)
        assert isinstance(update.callback_query.data, str | None)
    if update.message is not None:
        assert isinstance(update.message.chat.id, int)
        assert update.message.chat.type != "private" or update.message.from_user is not None


_LINE = Line(
    "123456:ABCdef",
    api="http://nowhere",
    speaking=request_of("aiohttp", connections=1, read_seconds=1.0),
    polling=request_of("aiohttp", connections=1, read_seconds=1.0),
)
_BUTTONS = tuple(pack(tap).encode() for _, some in tap_doors(MADE_UP_IDS).values() for tap in some)
_WRITTEN = tuple(path.read_bytes() for path in sorted(FOLDER.glob("*.toml")))
_CHAT = {"id": 7, "type": "private", "first_name": "Ada"}
_USER = {"id": 7, "is_bot": False, "first_name": "Ada"}
_MESSAGE = {"message_id": 1, "date": 1_772_600_000, "chat": _CHAT, "from": _USER, "text": "8"}
_TAP = {"id": "1", "from": _USER, "chat_instance": "1", "message": _MESSAGE, "data": "1a:b:0:1"}

TARGETS: dict[str, Target] = {
    "taps": Target(taps, _BUTTONS),
    "commands": Target(
        commands,
        (
            b"tue 14:00 50 20 Europe/Berlin 2w 12x 2026-12-24",
            b"24.12.",
            b"21:00-08:00",
            b"last fri",
        ),
    ),
    "csv": Target(table, (table_template("Europe/Berlin").replace(b"# ", b""),)),
    "ics": Target(calendar, (calendar_template("Europe/Berlin").replace(b"P-017", b"P-1"),)),
    "toml": Target(toml, _WRITTEN),
    "updates": Target(
        updates,
        tuple(
            json.dumps({"update_id": 1, kind: body}).encode()
            for kind, body in (("message", _MESSAGE), ("callback_query", _TAP))
        ),
    ),
}
