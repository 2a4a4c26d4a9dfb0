"""Parameters may come in any of the four forms that Telegram accepts."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.simulator import Address, Phone, SimulatedTelegram
from tests.bot.simulator.conftest import TOKEN


@pytest.fixture
async def session(address: Address) -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client of the simulator."""
    async with aiohttp.ClientSession(address.url) as session:
        yield session


async def test_query_form_json_and_multipart_are_equivalent(
    session: aiohttp.ClientSession, phone: Phone
) -> None:
    """A GET with a query, and three kinds of POST."""
    path = f"/bot{TOKEN}/sendMessage"
    with_file = aiohttp.FormData({"chat_id": str(phone.id), "text": "multipart"})
    with_file.add_field("unused", b"x", filename="x.bin")

    for request in (
        session.get(path, params={"chat_id": phone.id, "text": "query"}),
        session.post(path, data={"chat_id": phone.id, "text": "form"}),
        session.post(path, json={"chat_id": phone.id, "text": "json"}),
        session.post(path, data=with_file),
    ):
        async with request as reply:
            assert reply.status == 200, await reply.text()

    assert phone.notifications == ["query", "form", "json", "multipart"]


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_broken_json_is_refused(
    telegram: SimulatedTelegram, session: aiohttp.ClientSession, body: str
) -> None:
    """It is recorded as the bot's mistake."""
    headers = {"Content-Type": "application/json"}
    async with session.post(f"/bot{TOKEN}/getMe", data=body, headers=headers) as reply:
        assert reply.status == 400

    assert len(telegram.violations) == 1


async def test_large_bodies_are_read_completely(
    session: aiohttp.ClientSession, phone: Phone
) -> None:
    """A form of half a megabyte arrives in pieces."""
    form = {"chat_id": str(phone.id), "text": "a", "reply_markup": json.dumps({
        "inline_keyboard": [[{"text": "x" * 500_000, "callback_data": "x"}]]
    })}  # fmt: skip
    async with session.post(f"/bot{TOKEN}/sendMessage", data=form) as reply:
        assert reply.status == 200, await reply.text()


async def test_an_incomplete_request_has_no_effect(
    telegram: SimulatedTelegram, address: Address, session: aiohttp.ClientSession
) -> None:
    """A client that disconnects in the middle has called nothing."""
    _, writer = await asyncio.open_connection(address.host, address.port)
    head = f"POST /bot{TOKEN}/sendMessage HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n"
    writer.write(f"{head}text=a".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with session.get("/sim/people/1"):  # by now the server has noticed
        pass

    assert not telegram.calls
    assert not telegram.violations


async def test_files_need_the_token_and_must_exist(session: aiohttp.ClientSession) -> None:
    """401 without the token, 404 without the file."""
    async with session.get("/file/bot1:wrong/photos/a.png") as reply:
        assert reply.status == 401
    async with session.get(f"/file/bot{TOKEN}/photos/a.png") as reply:
        assert reply.status == 404
