"""The site's own page over HTTP: limits before anything is read, and headers that shut it in.

No script, no cookie, nothing from elsewhere; what leads to nothing is answered alike, always.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alliance.errors import StoreUnavailable
from handlers.app.services import Desk
from handlers.checkins import answer_page
from handlers.checkins import answer_page_screens as screens
from handlers.checkins.answer_page import Sent
from handlers.checkins.answer_page_html import FIELD, STYLE_HASH, WORDS_FIELD
from handlers.texts import language_for

logger = logging.getLogger(__name__)

MOST_BYTES = 16_384
"""A thousand characters take at most twelve bytes each in a form, and a button some more."""

MOST_FIELDS = 8
READ_SECONDS = 10.0
AT_ONCE = 30.0
"""So many forms may come at once with one link; then two a second."""

A_SECOND = 2.0
MOST_LINKS = 1_000

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class TooLarge(Exception):
    """A form is larger than any of ours."""


def answer_app(desk: Desk, *, ticks: Callable[[], float] = time.monotonic) -> ASGIApp:
    """Return the page: one address a link, to look at and to post to."""
    pace = _Pace(ticks)

    async def look(request: Request) -> Response:
        """Show how things stand; a preview that fetches this changes nothing."""
        token, view = request.path_params["token"], request.query_params.get("see", "")
        shown = await answer_page.look(desk, token, view)
        return _nothing(desk, request) if shown is None else HTMLResponse(shown)

    async def send(request: Request) -> Response:
        """Take one tap, and lead back to how things stand, so that a reload repeats nothing."""
        token = request.path_params["token"]
        if not pace.may(token):
            return _wait(desk, request, 429)
        view = await answer_page.send(desk, token, _sent(await _body(request)))
        if view is None:
            return _nothing(desk, request)
        return RedirectResponse(f"{token}?see={view}" if view else token, 303)

    async def nothing(request: Request) -> Response:
        """Answer every other address."""
        return _nothing(desk, request)

    guarded = [_guarded(desk, door) for door in (look, send, nothing)]
    app = Starlette(
        routes=[
            Route("/{token}", guarded[0], methods=["GET"]),
            Route("/{token}", guarded[1], methods=["POST"]),
        ],
        exception_handlers={404: _handler(guarded[2]), 405: _handler(guarded[2])},
    )
    app.router.redirect_slashes = False
    return _shut_in(app)


Door = Callable[[Request], Awaitable[Response]]


def _guarded(desk: Desk, door: Door) -> Door:
    """Answer also where something fails; what failed is noted without what was sent."""

    async def guarded(request: Request) -> Response:
        try:
            return await door(request)
        except Exception as failed:  # noqa: BLE001 - whatever it is, somebody waits
            return _wait(desk, request, _status(failed))

    return guarded


def _status(failed: Exception) -> int:
    """Return the status of a failure, and note ours: its class, since a trace could tell more."""
    match failed:
        case TooLarge():
            return 413
        case TimeoutError() | ClientDisconnect():
            return 408
        case _:
            logger.error("a page failed: %s", type(failed).__name__)
            return 503 if isinstance(failed, StoreUnavailable) else 500


def _handler(door: Door) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handled(request: Request, _failed: Exception) -> Response:
        return await door(request)

    return handled


async def _body(request: Request) -> bytes:
    """Return what was posted; what is too large is not read, what comes too slowly is left.

    Raises:
        TooLarge: There is more than any form of ours has.
        TimeoutError: It did not come in time.
    """
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > MOST_BYTES:
        raise TooLarge
    body = b""
    async with asyncio.timeout(READ_SECONDS):
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                raise TooLarge
    return body


def _sent(body: bytes) -> Sent:
    """Return what a form says; what is none of our forms says nothing."""
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=MOST_FIELDS))
    except ValueError:
        return Sent("")
    return Sent(fields.get(FIELD, ""), fields.get(WORDS_FIELD, ""))


def _nothing(desk: Desk, request: Request) -> Response:
    return HTMLResponse(screens.nothing(_language(desk, request)), 404)


def _wait(desk: Desk, request: Request, status: int) -> Response:
    """Ask to try again; the connection ends, so that what was not read is not read later."""
    headers = {"Retry-After": "5", "Connection": "close"}
    return HTMLResponse(screens.wait(_language(desk, request)), status, headers=headers)


def _language(desk: Desk, request: Request) -> str:
    """Return what to speak with somebody of whom nothing is known."""
    wanted = request.headers.get("accept-language", "").partition(",")[0]
    return language_for(wanted.partition(";")[0].strip(), desk.site.language)


class _Pace:
    """How often forms may come with one link; others are not held up by it."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._left: dict[str, tuple[float, float]] = {}

    def may(self, token: str) -> bool:
        """Say whether one more form may come with that link now, and count it."""
        now = self._ticks()
        if len(self._left) >= MOST_LINKS:
            self._left.clear()  # made-up links fill it; a real one is at worst let through
        left, since = self._left.get(token, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - since) * A_SECOND) - 1
        self._left[token] = (max(left, -1), now)
        return left >= 0


def _shut_in(app: ASGIApp) -> ASGIApp:
    """Put the headers on every answer, also on those that the framework gives by itself."""
    ours = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def shut_in(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *ours]
            await send(message)

        await app(scope, receive, sending)

    return shut_in
