"""A file that never ends is let go of at the limit, whatever was told of it before."""

import asyncio

from alliance.files.decoding import MOST_BYTES
from bot.wire import CHUNK, AiohttpRequest

A_PIECE = b"x" * CHUNK


async def test_a_download_without_end_is_cut_off() -> None:
    """One byte more than the limit comes into memory, and the line is closed."""
    sent, closed = 0, asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
        try:
            while True:
                writer.write(A_PIECE)
                sent += len(A_PIECE)
                await writer.drain()
        except ConnectionError:
            closed.set()
        finally:
            writer.close()

    request = AiohttpRequest(connections=1, read_seconds=5.0)
    await request.initialize()
    async with await asyncio.start_server(endless, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        status, content = await request.do_request(f"http://127.0.0.1:{port}/file", "GET")
        await request.shutdown()
        await asyncio.wait_for(closed.wait(), 10)
    assert status == 200
    assert len(content) == MOST_BYTES + 1
    assert sent < 20 * MOST_BYTES  # what the two ends of a line hold ready, and no more
