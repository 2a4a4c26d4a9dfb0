"""A visitor of the answer page without scripts: follows links, taps buttons, types text."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp

from bot.simulator import Phone
from bot.simulator.messages import Message
from bot.web.answer_page import answer_app
from bot.web.health import serve_app
from tests.stories.clinic import StoryClinic

PUBLIC_URL = "https://answers.example.org/go"
PAGE_SETTINGS = {"ATTUNE_PAGE_URL": PUBLIC_URL, "ATTUNE_ANSWERS_ON": "page"}


@dataclass
class ParsedPage(HTMLParser):
    """What a page holds: its text, and its buttons and links by label."""

    content: str
    buttons: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    text: str = ""
    _open: tuple[str, str] | None = None
    _label: str = ""
    _is_hidden: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a button or link."""
        given = {name: value or "" for name, value in attrs}
        self._is_hidden = tag in ("style", "title")
        if tag == "button":
            assert (given["type"], given["name"]) == ("submit", "tap")
            self._open, self._label = ("button", given["value"]), ""
        elif tag == "a":
            self._open, self._label = ("a", given["href"]), ""

    def handle_endtag(self, tag: str) -> None:
        """Record the label of a button or link."""
        self._is_hidden = False
        if self._open is not None and self._open[0] == tag:
            into = self.buttons if tag == "button" else self.links
            into[self._label] = self._open[1]
            self._open = None
        self.text += " "

    def handle_data(self, data: str) -> None:
        """Record text."""
        if not self._is_hidden:
            self.text += data
            self._label += data


class Visitor:
    """One browser on one link."""

    def __init__(self, web: aiohttp.ClientSession, address: str) -> None:
        self.web = web
        self.address = address
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.page = ParsedPage("")

    async def open(self, see: str = "") -> ParsedPage:
        """Follow the link, or one below it."""
        async with self.web.get(urljoin(self.address, see)) as answer:
            return await self._parse_response(answer)

    async def submit(self, **fields: str) -> ParsedPage:
        """Post a form as a browser does, and follow where it leads."""
        async with self.web.post(self.address, data=fields) as answer:
            return await self._parse_response(answer)

    async def tap(self, label: str, **fields: str) -> ParsedPage:
        """Tap a button or a link of the current page."""
        if label in self.page.links:
            return await self.open(self.page.links[label])
        return await self.submit(tap=self.page.buttons[label], **fields)

    async def answer(self, *labels: str) -> ParsedPage:
        """Open the link, and tap one button on each page."""
        await self.open()
        for label in labels:
            await self.tap(label)
        return self.page

    async def _parse_response(self, answer: aiohttp.ClientResponse) -> ParsedPage:
        self.status, self.headers = answer.status, answer.headers
        assert not answer.cookies
        self.page = ParsedPage(await answer.text())
        return self.page


class ServedPage:
    """The clinic's answer page, as behind a proxy that only changes the address."""

    def __init__(self, web: aiohttp.ClientSession, root: str) -> None:
        self.web = web
        self.root = root

    def visitor(self, link: str) -> Visitor:
        """Return a visitor with this link."""
        assert link.startswith(f"{PUBLIC_URL}/"), link
        return Visitor(self.web, f"{self.root}/{urlsplit(link).path.rsplit('/', 1)[1]}")


@asynccontextmanager
async def serve_page(clinic: StoryClinic) -> AsyncIterator[ServedPage]:
    """Serve the clinic's answer page."""
    async with (
        serve_app(answer_app(clinic.bot.services), host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as web,
    ):
        yield ServedPage(web, f"http://127.0.0.1:{port}")


def link_in(message: Message) -> str:
    """Return the only link of a message's buttons; LookupError if there is none."""
    links = [button.url for row in message.buttons for button in row if button.url]
    assert len(links) < 2
    return links[0]


async def wait_for_page_link(phone: Phone) -> str:
    """Wait for a nudge, and return its link."""
    await phone.wait_until(lambda p: link_in(p.screen), why="a nudge with a link")
    return link_in(phone.screen)
