"""Files are downloaded only up to the limit."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alliance.files.decoding import MAX_BYTES
from bot.telegram.http import AiohttpRequest

PART = b"x" * 65_536


@pytest.mark.fault("a file without end")
async def test_an_endless_file_is_read_up_to_the_limit() -> None:
    """The download stops one byte above the limit, which shows that the file is too large."""
    sent = 0

    async def endless(incoming: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(incoming)
        while sent < 100 * MAX_BYTES:
            await response.write(PART)
            sent += len(PART)
        return response

    app = web.Application()
    app.router.add_get("/file", endless)
    request = AiohttpRequest()
    async with TestServer(app) as server:
        await request.initialize()
        try:
            content = await request.retrieve(str(server.make_url("/file")))
        finally:
            await request.shutdown()

    assert len(content) == MAX_BYTES + 1
    assert sent < 10 * MAX_BYTES
