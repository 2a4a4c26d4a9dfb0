"""/unreachable: who cannot be reached, since when, and what to do about it."""

from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.people import unreachable_screens as screens
from handlers.taps import UnreachableTap, unpack
from storage.people import unreachable
from storage.people.people import Person

MAX_PAGE_DIGITS = 4


async def on_unreachable(request: Request) -> None:
    """/unreachable: the list, the longest unreachable first; a tap on one shows what helps."""
    async with request.transaction():
        await access.require_role(request)
        screen = await _listing(request, page=0)
    await request.reply.send(screen)


async def on_reach(request: Request) -> None:
    """Show another page of the list, or return to it."""
    tap = unpack(UnreachableTap, request.data)
    is_page = tap.page.isdecimal() and len(tap.page) <= MAX_PAGE_DIGITS
    async with request.transaction():
        await access.require_role(request)
        screen = await _listing(request, page=int(tap.page) if is_page else 0)
    await request.reply.show(screen)


async def _listing(request: Request, *, page: int) -> Screen:
    everybody = await unreachable.all_current(request.tx, now=request.now)
    return screens.listing(Reader.of(request.person), everybody, page)


async def show_advice(request: Request, person: Person, _value: str) -> Screen:
    """Show what to do about somebody who cannot be reached."""
    period = await unreachable.of_person(request.tx, person_id=person.id, now=request.now)
    if period is None:
        return screens.reachable_notice(request.language, person)
    return screens.advice(Reader.of(request.person), period)


async def record_contact(request: Request, person: Person, _value: str) -> Screen:
    """Record that the coordinator has spoken to somebody; the others see that in the list."""
    await unreachable.record_contact(request.change(), person)
    return await _listing(request, page=0)
