"""The answer page next to the bot, as a site runs it; and invalid settings."""

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest

from alliance.errors import BadSettings
from bot.config.settings import Settings
from bot.simulator import SimulatedTelegram, serve
from bot.web.answer_page import HEADERS
from tests.databases import KEYS
from tests.stories.clinic import TOKEN
from tests.stories.processes import BotProcess
from tests.stories.web.answer_page_client import PUBLIC_URL
from tests.waiting import POLL_SECONDS

LONG_ENOUGH = 60.0


async def test_attune_run_serves_the_page(tmp_path: Path) -> None:
    """With ATTUNE_PAGE_URL set, one process serves both the bot and the page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with serve(SimulatedTelegram(token=TOKEN)) as address, aiohttp.ClientSession() as web:
        bot = BotProcess(
            {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": f"sqlite:///{tmp_path / 'attune.db'}",
                "ATTUNE_KEYS": KEYS,
                "ATTUNE_PAGE_URL": PUBLIC_URL,
                "ATTUNE_PAGE_PORT": str(port),
            }
        )
        await bot.start()
        try:
            async with asyncio.timeout(LONG_ENOUGH):
                status, headers = await wait_for_answer(web, f"http://127.0.0.1:{port}/nothing")
        finally:
            await bot.kill()
    assert status == 404
    assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


async def wait_for_answer(web: aiohttp.ClientSession, address: str) -> tuple[int, dict[str, str]]:
    """Ask until there is an answer, because the process has just been started."""
    while True:
        try:
            async with web.get(address) as found:
                return found.status, dict(found.headers)
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(POLL_SECONDS)  # a port that opens gives no signal


@pytest.mark.parametrize(
    "url", ["http://example.org", "answers.example.org", "https://x.org/?a=b", "https://x.org/#a"]
)
def test_answers_do_not_travel_in_the_clear(url: str) -> None:
    """An address without TLS, except this machine's own, is refused; so is an incomplete one."""
    with pytest.raises(BadSettings, match="ATTUNE_PAGE_URL"):
        Settings.read({"ATTUNE_PAGE_URL": url})


@pytest.mark.parametrize(
    "url", ["https://answers.example.org/", "https://x.org/go", "http://127.0.0.1:8082/answers"]
)
def test_a_link_is_put_together_with_one_slash(url: str) -> None:
    """With or without a slash at the end of the address."""
    assert Settings.read({"ATTUNE_PAGE_URL": url}).site().page_url == url.rstrip("/")


def test_the_page_as_the_usual_place_needs_a_page() -> None:
    """A missing address is reported in one sentence."""
    with pytest.raises(BadSettings, match="ATTUNE_PAGE_URL is not set"):
        Settings.read({"ATTUNE_ANSWERS_ON": "page"})
