"""/caseload: everybody in a therapist's care at a glance."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import View
from handlers.app.services import Context, Desk
from handlers.caseload import caseload_screens as screens
from handlers.caseload.caseload_screens import Reader
from handlers.taps import CaseloadTap, unpack
from storage.audit import audit_log
from storage.caseload import caseloads
from storage.database.tx import Tx
from storage.people.people import Person

MOST_PAGES = 3
"""Digits of a page number."""


async def on_caseload(update: Update, context: Context) -> None:
    """/caseload: the most pressing first."""
    message, desk = access.written(update), context.desk

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, access.writer(message))
        view = await _view(desk, page.tx, therapist, 0)
        await _record(desk, page.tx, therapist)

    await private_view.unfold(context, message.chat_id, view)


async def on_caseload_tap(update: Update, context: Context) -> None:
    """Another page, shown again, or put away."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(CaseloadTap, query.data)
    page_number = tap.page if tap.page.isascii() and tap.page.isdecimal() else "0"
    if tap.page not in ("hide", page_number) or len(page_number) > MOST_PAGES:
        raise Refusal("stale_button")

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        view = await _view(desk, page.tx, therapist, int(page_number))
        if tap.page != "hide":
            await _record(desk, page.tx, therapist)

    act = private_view.fold if tap.page == "hide" else private_view.turn
    await act(context, query, view)


async def _record(desk: Desk, tx: Tx, therapist: Person) -> None:
    await audit_log.record(tx, actor_id=therapist.id, action="caseload.viewed", at=desk.now())


async def _view(desk: Desk, tx: Tx, therapist: Person, page: int) -> View:
    now = desk.now()
    lines = await caseloads.of_therapist(tx, therapist_id=therapist.id, at=now)
    leads = await caseloads.groups_of(tx, therapist_id=therapist.id, at=now)
    reader = Reader(therapist.language, therapist.zone)
    return View(
        therapist,
        "caseload",
        therapist.id,
        screens.glance(reader, lines, leads, page=page, now=now),
        screens.put_away(therapist.language),
    )
