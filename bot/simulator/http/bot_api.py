"""``/bot<token>/<method>`` and ``/file/bot<token>/<path>``, with every arranged failure."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from bot.simulator import refusals
from bot.simulator.faults import Fault, FaultKind
from bot.simulator.http.requests import read_params, wait_for_disconnect
from bot.simulator.simulated_telegram import SimulatedTelegram

MAX_POLL_SECONDS = 50
FAULTS_AFTER_CALL = frozenset({FaultKind.SILENT_AFTER, FaultKind.DROP_AFTER})
GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"
)
LOGIN_PAGE = b"<html><body><form>Welcome. Please log in.</form></body></html>"
COMPACT_JSON = json.JSONEncoder(separators=(",", ":"))

Reply = tuple[int, bytes, bytes, int | None]
"""Status, content type, body, and the seconds for ``Retry-After``."""


class BotApi:
    """The part of the server that the bot calls."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._telegram = telegram
        self._poller: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or fail as arranged."""
        path: str = scope["path"]
        if path.startswith("/file/bot"):
            await _send(send, self._file(path.removeprefix("/file/bot")))
            return
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self._telegram.token:
            await _send(send, _error_reply(refusals.unauthorized()))
            return
        if (reply := await self._answer(method, scope, receive)) is not None:
            await _send(send, reply)

    async def _answer(self, method: str, scope: Scope, receive: Receive) -> Reply | None:
        """Return the reply; None when there is none or the client has disconnected."""
        try:
            params = await read_params(scope, receive)
        except refusals.BotApiRefusal as refusal:
            self._telegram.violations.append(f"{method}: {refusal.description}")
            return _error_reply(refusal)
        except ClientDisconnect:
            return None  # an incomplete request has no effect
        faults = self._telegram.faults.take_matching(method, _chat_id(params))
        delay = sum(fault.delay for fault in faults)
        if delay and await _disconnects_within(receive, delay):
            return None
        fault = next((fault for fault in faults if fault.kind is not FaultKind.DELAY), None)
        if fault is not None and fault.kind not in FAULTS_AFTER_CALL:
            return await self._fail(fault, method, params, scope, receive)
        reply = await self._call(method, params, receive)
        if fault is None:
            return reply
        if fault.kind is FaultKind.DROP_AFTER:
            _cut_connection(scope)
        await wait_for_disconnect(receive)
        return None

    async def _call(self, method: str, params: dict[str, Any], receive: Receive) -> Reply | None:
        try:
            if method.lower() == "getupdates":
                result = await self._poll(params, receive)
                if result is None:
                    return None
            else:
                result = self._telegram.call(method, params)
        except refusals.BotApiRefusal as refusal:
            return _error_reply(refusal)
        return _ok_reply(result)

    async def _fail(
        self,
        fault: Fault,
        method: str,
        params: dict[str, Any],
        scope: Scope,
        receive: Receive,
    ) -> Reply | None:
        """Fail as arranged, without carrying out the call."""
        replies: dict[FaultKind, Callable[[], Reply]] = {
            FaultKind.REFUSE: lambda: _error_reply(
                refusals.BotApiRefusal(fault.code, fault.description)
            ),
            FaultKind.FLOOD: lambda: _error_reply(refusals.flood(fault.retry_after)),
            FaultKind.SERVER_ERROR: lambda: _error_reply(
                refusals.BotApiRefusal(500, "Internal Server Error")
            ),
            FaultKind.BAD_GATEWAY: lambda: (502, b"text/html", GATEWAY_PAGE, None),
            FaultKind.CUSTOM_BODY: lambda: (200, b"application/json", fault.body, None),
            FaultKind.LOGIN_PAGE: lambda: (200, b"text/html", LOGIN_PAGE, None),
        }
        reply = replies[fault.kind]() if fault.kind in replies else None
        self._telegram.record(
            self._telegram.schema.proper_names.get(method.lower(), method),
            params,
            outcome=f"fault: {fault.kind}",
            code=reply[0] if reply is not None else 0,
        )
        if reply is None:
            if fault.kind is FaultKind.DROP_BEFORE:
                _cut_connection(scope)
            await wait_for_disconnect(receive)
        return reply

    async def _poll(self, params: dict[str, Any], receive: Receive) -> Any:
        """Return updates as soon as there are any; None when the client disconnects first.

        Raises:
            BotApiRefusal: A newer ``getUpdates`` has taken over, or a webhook is set.
        """
        overtaken = asyncio.Event()
        if self._poller is not None:
            self._poller.set()
        self._poller = overtaken
        disconnect = asyncio.create_task(wait_for_disconnect(receive))
        try:
            return await self._poll_until(overtaken, disconnect, params)
        finally:
            if self._poller is overtaken:
                self._poller = None
            disconnect.cancel()
            await asyncio.gather(disconnect, return_exceptions=True)

    async def _poll_until(
        self, overtaken: asyncio.Event, disconnect: asyncio.Task[None], params: dict[str, Any]
    ) -> Any:
        loop = asyncio.get_running_loop()
        updates = self._telegram.call("getUpdates", params)
        deadline = loop.time() + min(float(params.get("timeout") or 0), MAX_POLL_SECONDS)
        while not updates and (left := deadline - loop.time()) > 0:
            await self._wait(overtaken, disconnect, left)
            if overtaken.is_set():
                raise refusals.conflict(refusals.OTHER_POLLER)
            if disconnect.done():
                return None
            updates = self._telegram.call("getUpdates", params)
        return updates

    async def _wait(
        self, overtaken: asyncio.Event, disconnect: asyncio.Task[None], seconds: float
    ) -> None:
        waits: list[asyncio.Future[Any]] = [
            asyncio.create_task(overtaken.wait()),
            self._telegram.state.updates.arrival_signal.next_notification(),
        ]
        try:
            await asyncio.wait(
                [*waits, disconnect], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _file(self, rest: str) -> Reply:
        token, _, path = rest.partition("/")
        if token != self._telegram.token:
            return _error_reply(refusals.unauthorized())
        for file in self._telegram.state.files.values():
            if file.path == path:
                return 200, b"application/octet-stream", file.content, None
        return _error_reply(refusals.not_found("Not Found"))


async def _disconnects_within(receive: Receive, seconds: float) -> bool:
    """Wait so long; True as soon as the client disconnects."""
    try:
        async with asyncio.timeout(seconds):
            await wait_for_disconnect(receive)
    except TimeoutError:
        return False
    return True


def _cut_connection(scope: Scope) -> None:
    """Cut the connection, where the server gives us access to it."""
    cut = scope.get("extensions", {}).get("attune.cut")
    if cut is not None:
        cut()


def _chat_id(params: dict[str, Any]) -> int | None:
    try:
        return int(params["chat_id"])
    except (KeyError, ValueError, TypeError):
        return None


def _ok_reply(result: Any) -> Reply:
    body = COMPACT_JSON.encode({"ok": True, "result": result}).encode()
    return 200, b"application/json", body, None


def _error_reply(refusal: refusals.BotApiRefusal) -> Reply:
    body = json.dumps(refusal.body()).encode()
    return refusal.code, b"application/json", body, refusal.retry_after


async def _send(send: Send, reply: Reply) -> None:
    status, kind, body, retry_after = reply
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
