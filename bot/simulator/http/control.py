"""``/sim``: the phones over HTTP, for the demo page.

400 means a bad request, 404 that something does not exist, 409 that it is not possible now;
``error`` says why.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.simulator.messages import Json, Message
from bot.simulator.phone import Phone
from bot.simulator.signals import SimulatorChange
from bot.simulator.simulated_telegram import SimulatedTelegram

ControlEndpoint = Callable[[SimulatedTelegram, Request], Awaitable[Any]]

MAX_UNREAD = 1_000
"""Changes queued for a slow listener before the oldest are dropped."""


async def show_chat(telegram: SimulatedTelegram, request: Request) -> Json:
    """Return the messages on one phone."""
    return {"messages": [_view(message) for message in _phone(telegram, request).messages]}


async def say(telegram: SimulatedTelegram, request: Request) -> None:
    """Send ``text``."""
    phone, body = _phone(telegram, request), await _body(request)
    phone.say(body["text"])


async def tap(telegram: SimulatedTelegram, request: Request) -> Json:
    """Tap the button with ``data`` of ``message_id``; wait up to ``wait_seconds``.

    ``answer`` is the bot's answer, or null when it comes too late.
    """
    phone, body = _phone(telegram, request), await _body(request)
    query = phone.tap(data=body["data"], message=body["message_id"])
    try:
        answer = await query.wait_for_answer(float(body.get("wait_seconds", 0)))
    except AssertionError:
        return {"answer": None}
    return {"answer": {"text": answer.text, "is_alert": answer.is_alert}}


async def show_file(telegram: SimulatedTelegram, request: Request) -> Response:
    """Return the bytes of one photo or document."""
    file = telegram.state.files[request.path_params["id"]]
    # Never as HTML: a file must not run as a page of this server.
    kind = file.mime_type if file.mime_type.startswith("image/") else "application/octet-stream"
    return Response(file.content, media_type=kind)


async def stream_changes(telegram: SimulatedTelegram, _: Request) -> Response:
    """Stream all changes as server-sent events: ``{"kind", "chat_id"}``."""
    unread: asyncio.Queue[SimulatorChange] = asyncio.Queue(MAX_UNREAD)

    def add(change: SimulatorChange) -> None:
        if unread.full():
            unread.get_nowait()
        unread.put_nowait(change)

    async def events() -> AsyncIterator[str]:
        unsubscribe = telegram.state.changes.subscribe(add)
        try:
            yield ": listening\n\n"
            while True:
                change = await unread.get()
                body = {"kind": change.kind, "chat_id": change.chat_id}
                yield f"data: {json.dumps(body)}\n\n"
        finally:
            unsubscribe()

    return StreamingResponse(events(), media_type="text/event-stream")


ROUTES: tuple[tuple[str, str, ControlEndpoint], ...] = (
    ("GET", "/sim/people/{id:int}", show_chat),
    ("POST", "/sim/people/{id:int}/say", say),
    ("POST", "/sim/people/{id:int}/tap", tap),
    ("GET", "/sim/changes", stream_changes),
    ("GET", "/sim/files/{id}", show_file),
)


def control_app(telegram: SimulatedTelegram) -> Starlette:
    """Return the application behind ``/sim``."""
    return Starlette(
        routes=[
            Route(path, partial(_answer, telegram, endpoint), methods=[method])
            for method, path, endpoint in ROUTES
        ]
    )


async def _answer(
    telegram: SimulatedTelegram, endpoint: ControlEndpoint, request: Request
) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        # Another website that is open in the same browser must not play the people.
        return JSONResponse({"error": "only for pages of this server"}, 403)
    try:
        result = await endpoint(telegram, request)
    except AssertionError as impossible:
        return JSONResponse({"error": str(impossible)}, 409)
    except KeyError as missing:
        return JSONResponse({"error": f"there is no {missing}"}, 404)
    except (TypeError, ValueError) as wrong:
        return JSONResponse({"error": str(wrong)}, 400)
    return result if isinstance(result, Response) else JSONResponse(result)


def _phone(telegram: SimulatedTelegram, request: Request) -> Phone:
    return telegram.phones[int(request.path_params["id"])]


async def _body(request: Request) -> Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise TypeError("expected a JSON object")
    return body


def _view(message: Message) -> Json:
    """Return one message as the page shows it."""
    media = message.media
    return {
        "id": message.id,
        "from_bot": message.from_bot,
        "text": message.text,
        "buttons": [
            [{"label": one.label, "data": one.data, "url": one.url} for one in row]
            for row in message.buttons
        ],
        "media": media and {"kind": media.kind, "url": f"/sim/files/{media.file.file_id}"},
    }
