"""The answer page over HTTP, with limits on requests and strict security headers.

It has no scripts, no cookies and no external content. All invalid links get the same response.
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
from handlers.app.services import Services
from handlers.checkins import answer_page
from handlers.checkins import answer_page_screens as screens
from handlers.checkins.answer_page import SubmittedForm
from handlers.checkins.answer_page_html import COMMENT_FIELD, STYLE_HASH, TAP_FIELD
from handlers.texts import language_for

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 16_384
"""In a form, the 1,000 characters of a comment take at most 12 bytes each; a button some more."""

MAX_FIELDS = 8
READ_SECONDS = 10.0
FORM_BURST = 30.0
"""Forms accepted at once from one link; then ``FORMS_PER_SECOND``."""

FORMS_PER_SECOND = 2.0
MAX_TRACKED_LINKS = 1_000

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
    """A form is larger than ours can be."""


def answer_app(services: Services, *, monotonic: Callable[[], float] = time.monotonic) -> ASGIApp:
    """Return the answer page: one address per link, for GET and POST."""
    rate_limiter = _FormRateLimiter(monotonic)

    async def show(request: Request) -> Response:
        """Show the current state; link previews that fetch this change nothing."""
        token, view = request.path_params["token"], request.query_params.get("see", "")
        page = await answer_page.render(services, token, view)
        return _not_found(services, request) if page is None else HTMLResponse(page)

    async def submit(request: Request) -> Response:
        """Save one tap and redirect to the page, so that a reload repeats nothing."""
        token = request.path_params["token"]
        if not rate_limiter.is_allowed(token):
            return _try_again_later(services, request, 429)
        view = await answer_page.submit(services, token, _parse_form(await _body(request)))
        if view is None:
            return _not_found(services, request)
        return RedirectResponse(f"{token}?see={view}" if view else token, 303)

    async def not_found(request: Request, _error: Exception) -> Response:
        """Answer every other address and method."""
        return _not_found(services, request)

    app = Starlette(
        routes=[
            Route("/{token}", _catch_errors(services, show), methods=["GET"]),
            Route("/{token}", _catch_errors(services, submit), methods=["POST"]),
        ],
        exception_handlers={404: not_found, 405: not_found},
    )
    app.router.redirect_slashes = False
    return _add_security_headers(app)


Endpoint = Callable[[Request], Awaitable[Response]]


def _catch_errors(services: Services, endpoint: Endpoint) -> Endpoint:
    """Answer even when an endpoint fails, and log the error without the content of the request."""

    async def safe_endpoint(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:  # noqa: BLE001 - whatever a malformed request causes
            return _try_again_later(services, request, _status(error))

    return safe_endpoint


def _status(error: Exception) -> int:
    """Return the HTTP status for an error; log the class of ours, as a traceback may have data."""
    match error:
        case TooLarge():
            return 413
        case TimeoutError() | ClientDisconnect():
            return 408
        case _:
            logger.error("a page failed: %s", type(error).__name__)
            return 503 if isinstance(error, StoreUnavailable) else 500


async def _body(request: Request) -> bytes:
    """Return the body of a request.

    Raises:
        TooLarge: It is larger than our forms can be; it is not read to the end.
        TimeoutError: It did not arrive in time.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise TooLarge
    body = b""
    async with asyncio.timeout(READ_SECONDS):
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                raise TooLarge
    return body


def _parse_form(body: bytes) -> SubmittedForm:
    """Return the submitted form; an empty one when it is not one of our forms."""
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=MAX_FIELDS))
    except ValueError:
        return SubmittedForm("")
    return SubmittedForm(fields.get(TAP_FIELD, ""), fields.get(COMMENT_FIELD, ""))


def _not_found(services: Services, request: Request) -> Response:
    return HTMLResponse(screens.invalid_link_page(_language(services, request)), 404)


def _try_again_later(services: Services, request: Request, status: int) -> Response:
    """Ask to try again, and close the connection, as the request may not have been read."""
    headers = {"Retry-After": "5", "Connection": "close"}
    return HTMLResponse(
        screens.unavailable_page(_language(services, request)), status, headers=headers
    )


def _language(services: Services, request: Request) -> str:
    """Return the language for an unknown visitor."""
    wanted = request.headers.get("accept-language", "").partition(",")[0]
    return language_for(wanted.partition(";")[0].strip(), services.site.language)


class _FormRateLimiter:
    """Token buckets, one per link, so that a flood on one link does not affect others."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[str, tuple[float, float]] = {}

    def is_allowed(self, token: str) -> bool:
        """Count one form of a link and say whether to accept it."""
        now = self._monotonic()
        if len(self._buckets) >= MAX_TRACKED_LINKS:
            self._buckets.clear()  # filled by invalid links; real ones just get a new burst
        level, since = self._buckets.get(token, (FORM_BURST, now))
        level = min(FORM_BURST, level + (now - since) * FORMS_PER_SECOND) - 1
        self._buckets[token] = (max(level, -1), now)
        return level >= 0


def _add_security_headers(app: ASGIApp) -> ASGIApp:
    """Add the headers to every response, including those of the framework itself."""
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def secured(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await app(scope, receive, send_with_headers)

    return secured
