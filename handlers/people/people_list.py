"""/people: everybody in pages, by state, or by the beginning of a code; a tap opens the card."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.people import screens
from handlers.people.card import card_of
from handlers.people.screens import NOTHING, ON_A_PAGE
from handlers.taps import PeopleTap, unpack
from storage.database.tx import Tx
from storage.people import directory, people
from storage.people.directory import EVERYBODY, FILTERS
from storage.people.people import Person

MOST_CODE = 16
MOST_PAGES = 10_000


async def on_people(update: Update, context: Context) -> None:
    """/people, /people P-0 for codes that begin so, /people paused for a state or a role."""
    message, desk = access.written(update), context.desk
    asked = " ".join(context.args or [])

    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        whole = await people.by_code(page.tx, asked) if asked else None
        if whole is not None:
            screen = await card_of(page.tx, coordinator, whole, site=desk.site, now=desk.now())
        elif asked.lower() in FILTERS:
            screen = await _page(page.tx, coordinator, PeopleTap(asked.lower(), "0", NOTHING))
        else:
            code = asked.upper()[:MOST_CODE].replace(":", "") or NOTHING
            screen = await _page(page.tx, coordinator, PeopleTap(EVERYBODY, "0", code))

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_people_tap(update: Update, context: Context) -> None:
    """Another page, or another filter."""
    query = access.tapped(update)
    tap = unpack(PeopleTap, query.data)
    if tap.filter not in FILTERS or not _is_page(tap.page):
        raise Refusal("stale_button")

    async with context.desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        screen = await _page(page.tx, coordinator, tap)

    await replies.show(query, screen)


def _is_page(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:6]) <= MOST_PAGES


async def _page(tx: Tx, coordinator: Person, tap: PeopleTap) -> Screen:
    """Return a page of the list; the last one where the one asked for is gone."""
    beginning = "" if tap.code == NOTHING else tap.code
    size = await directory.size(tx, only=tap.filter, beginning=beginning)
    number = min(int(tap.page), max(0, (size - 1) // ON_A_PAGE))
    found = await directory.page(
        tx, only=tap.filter, beginning=beginning, offset=number * ON_A_PAGE, limit=ON_A_PAGE
    )
    return screens.listing(
        coordinator.language,
        found=found,
        size=size,
        counts=await directory.by_state(tx),
        tap=tap._replace(page=str(number)),
    )
