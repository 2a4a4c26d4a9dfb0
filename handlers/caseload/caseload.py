"""/caseload: all of a therapist's patients at a glance."""

from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import PrivateView
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.caseload import caseload_screens as screens
from handlers.taps import CaseloadTap, unpack
from storage.caseload import caseloads
from storage.messages.shown_messages import ShownMessageKind

MAX_PAGE_DIGITS = 3
"""Digits of a page number."""


async def on_caseload(request: Request) -> None:
    """/caseload: the most pressing first."""
    async with request.transaction():
        await access.require_role(request)
        view = await _view(request, 0)
        await request.record_view("caseload.viewed")

    await private_view.show_new(request, view)


async def on_caseload_tap(request: Request) -> None:
    """Show a page, or hide the caseload."""
    tap = unpack(CaseloadTap, request.data)
    page = tap.page if tap.page.isascii() and tap.page.isdecimal() else "0"
    if tap.page not in ("hide", page) or len(page) > MAX_PAGE_DIGITS:
        raise Refusal("stale_button")

    async with request.transaction():
        await access.require_role(request)
        view = await _view(request, int(page))
        if tap.page != "hide":
            await request.record_view("caseload.viewed")

    await private_view.show_or_hide(request, view, hides=tap.page == "hide")


async def _view(request: Request, page: int) -> PrivateView:
    tx, therapist, now = request.tx, request.person, request.now
    rows = await caseloads.of_therapist(tx, therapist_id=therapist.id, at=now)
    groups = await caseloads.groups_of(tx, therapist_id=therapist.id, at=now)
    return PrivateView(
        ShownMessageKind.CASELOAD,
        therapist.id,
        screens.caseload(Reader.of(therapist), rows, groups, page=page, now=now),
        screens.placeholder(therapist.language),
    )
