"""Files come in only as far as they are read."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alliance.files.decoding import MOST_BYTES
from bot.telegram.http import AiohttpRequest

PART = b"x" * 65_536


@pytest.mark.fault("a file without end")
async def test_a_file_without_end_is_left_where_the_limit_is() -> None:
    """One byte more than the limit is had, which says that it is too large; then no more."""
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 100 * MOST_BYTES:
            await response.write(PART)
            sent += len(PART)
        return response

    app = web.Application()
    app.router.add_get("/file", endless)
    wire = AiohttpRequest()
    async with TestServer(app) as server:
        await wire.initialize()
        try:
            content = await wire.retrieve(str(server.make_url("/file")))
        finally:
            await wire.shutdown()

    assert len(content) == MOST_BYTES + 1
    assert sent < 10 * MOST_BYTES
