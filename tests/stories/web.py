"""Somebody with a browser and no script in it: follows a link, taps buttons, types words."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp

from bot.simulator import Phone
from bot.simulator.messages import Message
from bot.web.answer_page import answer_app
from bot.web.health import served
from tests.stories.clinic import Story

PUBLIC = "https://answers.example.org/go"
ON_PAGE = {"ATTUNE_PAGE_URL": PUBLIC, "ATTUNE_ANSWERS_ON": "page"}


@dataclass
class Sheet(HTMLParser):
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
        """Note what begins."""
        given = {name: value or "" for name, value in attrs}
        self._is_hidden = tag in ("style", "title")
        if tag == "button":
            assert (given["type"], given["name"]) == ("submit", "tap")
            self._open, self._label = ("button", given["value"]), ""
        elif tag == "a":
            self._open, self._label = ("a", given["href"]), ""

    def handle_endtag(self, tag: str) -> None:
        """Note what a button or link was called."""
        self._is_hidden = False
        if self._open is not None and self._open[0] == tag:
            into = self.buttons if tag == "button" else self.links
            into[self._label] = self._open[1]
            self._open = None
        self.text += " "

    def handle_data(self, data: str) -> None:
        """Note what is said."""
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
        self.sheet = Sheet("")

    async def look(self, see: str = "") -> Sheet:
        """Follow the link, or one below it."""
        async with self.web.get(urljoin(self.address, see)) as answer:
            return await self._seen(answer)

    async def send(self, **fields: str) -> Sheet:
        """Post a form as a browser does, and follow where it leads."""
        async with self.web.post(self.address, data=fields) as answer:
            return await self._seen(answer)

    async def tap(self, label: str, **fields: str) -> Sheet:
        """Tap a button or a link of the sheet that is shown."""
        if label in self.sheet.links:
            return await self.look(self.sheet.links[label])
        return await self.send(tap=self.sheet.buttons[label], **fields)

    async def answer(self, *labels: str) -> Sheet:
        """Open the link and tap one button a sheet."""
        await self.look()
        for label in labels:
            await self.tap(label)
        return self.sheet

    async def _seen(self, answer: aiohttp.ClientResponse) -> Sheet:
        self.status, self.headers = answer.status, answer.headers
        assert not answer.cookies
        self.sheet = Sheet(await answer.text())
        return self.sheet


class Page:
    """The page of a story's clinic, behind a proxy that only changes the address."""

    def __init__(self, web: aiohttp.ClientSession, root: str) -> None:
        self.web = web
        self.root = root

    def visitor(self, link: str) -> Visitor:
        """Return somebody who has a link."""
        assert link.startswith(f"{PUBLIC}/"), link
        return Visitor(self.web, f"{self.root}/{urlsplit(link).path.rsplit('/', 1)[1]}")


@asynccontextmanager
async def a_page(clinic: Story) -> AsyncIterator[Page]:
    """Serve the clinic's page."""
    async with (
        served(answer_app(clinic.bot.desk), host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as web,
    ):
        yield Page(web, f"http://127.0.0.1:{port}")


def link_in(message: Message) -> str:
    """Return the one link that a message's buttons have; a LookupError where they have none."""
    links = [button.url for row in message.buttons for button in row if button.url]
    assert len(links) < 2
    return links[0]


async def nudged(phone: Phone) -> str:
    """Wait for a nudge and return its link."""
    await phone.until(lambda p: link_in(p.screen), why="a nudge with a link")
    return link_in(phone.screen)
