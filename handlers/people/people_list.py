"""/people: everybody in pages, filtered by state, role or the start of a code."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.people import screens
from handlers.people.card import card_of
from handlers.people.screens import NOTHING, PAGE_SIZE
from handlers.taps import PeopleTap, unpack
from storage.database.tx import Tx
from storage.people import directory, people
from storage.people.directory import EVERYBODY, FILTERS

MAX_CODE_LENGTH = 16
MAX_PAGE = 10_000


async def on_people(request: Request) -> None:
    """/people, /people P-0 for the start of a code, /people paused for a state or a role."""
    query = " ".join(request.args)

    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        person = await people.by_code(tx, query) if query else None
        if person is not None:
            screen = await card_of(request, person)
        elif query.lower() in FILTERS:
            tap = PeopleTap(query.lower(), "0", NOTHING)
            screen = await _page(tx, coordinator.language, tap)
        else:
            code = query.upper()[:MAX_CODE_LENGTH].replace(":", "") or NOTHING
            screen = await _page(tx, coordinator.language, PeopleTap(EVERYBODY, "0", code))

    await request.reply.send(screen)


async def on_people_tap(request: Request) -> None:
    """Another page, or another filter."""
    tap = unpack(PeopleTap, request.data)
    if tap.filter not in FILTERS or not _is_page(tap.page):
        raise Refusal("stale_button")

    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        screen = await _page(tx, coordinator.language, tap)

    await request.reply.show(screen)


def _is_page(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:6]) <= MAX_PAGE


async def _page(tx: Tx, language: str, tap: PeopleTap) -> Screen:
    """Return a page of the list; the last one if the requested page no longer exists."""
    beginning = "" if tap.code == NOTHING else tap.code
    size = await directory.size(tx, only=tap.filter, beginning=beginning)
    number = min(int(tap.page), max(0, (size - 1) // PAGE_SIZE))
    on_page = await directory.page(
        tx, only=tap.filter, beginning=beginning, offset=number * PAGE_SIZE, limit=PAGE_SIZE
    )
    return screens.listing(
        language,
        on_page=on_page,
        size=size,
        counts=await directory.count_by_state(tx),
        tap=tap._replace(page=str(number)),
    )
