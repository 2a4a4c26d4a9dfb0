"""Hostile requests to the answer page: too large, endless, too many, or broken."""

import asyncio
import itertools
import logging
import random
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.types import Message

from bot.web.answer_page import FORM_BURST, MAX_BODY_BYTES, answer_app
from bot.web.health import serve_app
from handlers.checkins import answer_page
from handlers.taps import CheckinTap, pack
from tests.databases import on_both_engines
from tests.stories.clinic import open_clinic
from tests.stories.web.answer_page_client import (
    PAGE_SETTINGS,
    ParsedPage,
    wait_for_page_link,
)

OURS = ("alliance", "storage", "schedules", "handlers", "bot")


@on_both_engines
async def test_what_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """By its reported size before any byte is read; without a size, at the limit."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        await clinic.ask()
        token = (await wait_for_page_link(clinic.patient)).rsplit("/", 1)[1]
        async with serve_app(answer_app(clinic.bot.services), host="127.0.0.1", port=0) as port:
            for size in ("16385", "999999999999", "-1", "x"):
                response = await send_raw(port, request_head(token, f"Content-Length: {size}"))
                assert response.split()[1] in ("413", "400"), size
            endless = b"10000\r\n" + b"a" * 65536 + b"\r\n"
            response = await send_raw(
                port, request_head(token, "Transfer-Encoding: chunked") + endless
            )
            assert response.split()[1] == "413"
            assert clinic.rows("SELECT * FROM answers") == []


def request_head(token: str, more: str) -> bytes:
    """Return the head of a POST request."""
    lines = (f"POST /{token} HTTP/1.1", "Host: x", "Content-Type: text/plain", more, "", "")
    return "\r\n".join(lines).encode()


async def send_raw(port: int, sent: bytes) -> str:
    """Send bytes, and return the response up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    response = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return response.decode()


@on_both_engines
async def test_a_form_that_never_ends_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that stops in the middle times out."""
    monkeypatch.setattr("bot.web.answer_page.READ_SECONDS", 0.05)
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        await clinic.ask()
        token = (await wait_for_page_link(clinic.patient)).rsplit("/", 1)[1]
        async with serve_app(answer_app(clinic.bot.services), host="127.0.0.1", port=0) as port:
            response = await send_raw(port, request_head(token, "Content-Length: 100") + b"t")
        assert response.split()[1] == "408"


@on_both_engines
async def test_a_flood_with_one_link_holds_up_no_other(tmp_path: Path) -> None:
    """After thirty forms at once further ones are refused unread; other links still work."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        await other.wait_until(lambda p: "ready" in p.screen.text)
        links = [
            (await wait_for_page_link(phone)).rsplit("/", 1)[1] for phone in (clinic.patient, other)
        ]
        app = answer_app(clinic.bot.services, monotonic=lambda: 0.0)
        statuses = [await post_form(app, links[0]) for _ in range(int(FORM_BURST) + 5)]
        assert statuses == [(303, True)] * int(FORM_BURST) + [(429, False)] * 5
        assert await post_form(app, links[1]) == (303, True)


async def post_form(app: object, token: str, body: bytes = b"") -> tuple[int, bool]:
    """Post a form directly to the app; return the status, and whether it was read."""
    was_read, status = False, 0

    async def receive() -> Message:
        nonlocal was_read
        was_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/{token}",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
    }
    await app(scope, receive, send)  # type: ignore[operator]
    return status, was_read


def test_the_longest_words_fit_into_a_form() -> None:
    """A thousand of the widest characters, URL-encoded, together with a button."""
    widest = "%F0%9F%90%98" * 1000
    assert len(f"words={widest}&tap={pack(CheckinTap('f' * 32, 'words'))}") < MAX_BODY_BYTES


def random_form(chance: random.Random, valid: list[str]) -> bytes:
    """Return what a hostile program might post: bytes, broken forms, altered buttons."""
    tap = chance.choice(valid)
    place = chance.randrange(len(tap))
    letter = chr(chance.randrange(1, 0xD7FF))
    altered = tap[:place] + letter + tap[place + chance.randrange(2) :]
    return chance.choice(
        [
            chance.randbytes(chance.randrange(200)),
            f"tap={quote(altered)}&words={quote(letter * 99)}".encode(),
            f"tap={altered}&tap={tap}&&=&tap".encode(),
            b"&".join(b"a=b" for _ in range(chance.randrange(40))),
            f"{'tap=' * 50}{quote(altered)}".encode(),
        ]
    )


@on_both_engines
async def test_whatever_is_posted_nothing_breaks_and_no_log_tells_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand broken forms on a valid link: no error, no foreign row, nothing in the log."""
    caplog.set_level(logging.DEBUG)
    chance, statuses = random.Random(16), set()
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        token = (await wait_for_page_link(clinic.patient)).rsplit("/", 1)[1]
        await wait_for_page_link(other)
        seconds = itertools.count(step=10.0)
        app = answer_app(clinic.bot.services, monotonic=lambda: next(seconds))
        sheet = await answer_page.render(clinic.bot.services, token, "")
        valid = [*ParsedPage(sheet or "").buttons.values()]
        assert len(valid) > 10
        for _ in range(1_000):
            status, was_read = await post_form(app, token, random_form(chance, valid))
            statuses.add(status)
            assert was_read
        foreign = clinic.rows(
            "SELECT k.id FROM checkins k JOIN people p ON p.id = k.patient_id WHERE p.code = 'P-2'"
            " AND k.id IN (SELECT checkin_id FROM answers)"
        )
    assert 303 in statuses <= {303, 404}
    assert foreign == []
    ours = [one.getMessage() for one in caplog.records if one.name.startswith(OURS)]
    assert not [one for one in ours if token in one or "words" in one or "page failed" in one]
