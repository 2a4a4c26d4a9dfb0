"""``/bot<token>/<method>`` and ``/file/bot<token>/<path>``, with every arranged failure."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from bot.simulator import refusals
from bot.simulator.faults import Fault, FaultKind
from bot.simulator.requests import read_params, until_gone
from bot.simulator.simulated_telegram import SimulatedTelegram

LONGEST_POLL = 50
AFTERWARDS = frozenset({FaultKind.SILENT_AFTER, FaultKind.DROP_AFTER})
GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"
)
LOGIN_PAGE = b"<html><body><form>Welcome. Please log in.</form></body></html>"
DENSE = json.JSONEncoder(separators=(",", ":"))

Reply = tuple[int, bytes, bytes, int | None]
"""Status, content type, body, and the seconds for ``Retry-After``."""


class BotApi:
    """The part of the server that the bot sees."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._telegram = telegram
        self._poller: asyncio.Event | None = None
        self._last_poll: tuple[Any, float] = (None, float("-inf"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or fail it as arranged."""
        path: str = scope["path"]
        if path.startswith("/file/bot"):
            await _send(send, self._file(path.removeprefix("/file/bot")))
            return
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self._telegram.token:
            await _send(send, _refused(refusals.unauthorized()))
            return
        if (reply := await self._answer(method, scope, receive)) is not None:
            await _send(send, reply)

    async def _answer(self, method: str, scope: Scope, receive: Receive) -> Reply | None:
        """Return the reply, or None when there is nobody or nothing to reply to."""
        try:
            params = await read_params(scope, receive)
        except refusals.Refusal as refusal:
            self._telegram.violations.append(f"{method}: {refusal.description}")
            return _refused(refusal)
        except ClientDisconnect:
            return None  # half a request is no request
        struck = self._telegram.faults.strike(method, _chat_id(params))
        late = sum(one.delay for one in struck)
        if late and await _gone_within(receive, late):
            return None
        fault = next((one for one in struck if one.kind is not FaultKind.DELAY), None)
        if fault is not None and fault.kind not in AFTERWARDS:
            return await self._fail(fault, method, params, scope, receive)
        reply = await self._call(method, params, receive)
        if fault is None:
            return reply
        if fault.kind is FaultKind.DROP_AFTER:
            _cut(scope)
        await until_gone(receive)
        return None

    async def _call(self, method: str, params: dict[str, Any], receive: Receive) -> Reply | None:
        try:
            if method.lower() == "getupdates":
                result = await self._poll(params, receive)
                if result is None:
                    return None
            else:
                result = self._telegram.call(method, params)
        except refusals.Refusal as refusal:
            return _refused(refusal)
        return _ok(result)

    async def _fail(
        self,
        fault: Fault,
        method: str,
        params: dict[str, Any],
        scope: Scope,
        receive: Receive,
    ) -> Reply | None:
        """Do what was arranged, without the call having any effect."""
        replies: dict[FaultKind, Callable[[], Reply]] = {
            FaultKind.REFUSE: lambda: _refused(refusals.Refusal(fault.code, fault.description)),
            FaultKind.FLOOD: lambda: _refused(refusals.flood(fault.retry_after)),
            FaultKind.SERVER_ERROR: lambda: _refused(
                refusals.Refusal(500, "Internal Server Error")
            ),
            FaultKind.BAD_GATEWAY: lambda: (502, b"text/html", GATEWAY_PAGE, None),
            FaultKind.GARBAGE: lambda: (200, b"application/json", fault.body, None),
            FaultKind.NONSENSE: lambda: (200, b"text/html", LOGIN_PAGE, None),
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
                _cut(scope)
            await until_gone(receive)
        return reply

    async def _poll(self, params: dict[str, Any], receive: Receive) -> Any:
        """Return updates as soon as there are any; None when the client hung up first.

        Raises:
            Refusal: A newer ``getUpdates`` has taken over, or a webhook is set.
        """
        overtaken = asyncio.Event()
        if self._poller is not None:
            self._poller.set()
        self._poller = overtaken
        gone = asyncio.create_task(until_gone(receive))
        try:
            return await self._poll_until(overtaken, gone, params)
        finally:
            if self._poller is overtaken:
                self._poller = None
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def _poll_until(
        self, overtaken: asyncio.Event, gone: asyncio.Task[None], params: dict[str, Any]
    ) -> Any:
        loop = asyncio.get_running_loop()
        found = self._telegram.call("getUpdates", params)
        deadline = loop.time() + self._patience(params)
        while not found and (left := deadline - loop.time()) > 0:
            await self._wait(overtaken, gone, left)
            if overtaken.is_set():
                raise refusals.conflict(refusals.OTHER_POLLER)
            if gone.done():
                return None
            found = self._telegram.call("getUpdates", params)
        return found

    async def _wait(
        self, overtaken: asyncio.Event, gone: asyncio.Task[None], seconds: float
    ) -> None:
        waits: list[asyncio.Future[Any]] = [
            asyncio.create_task(overtaken.wait()),
            self._telegram.state.updates.arrived.next_ring(),
        ]
        try:
            await asyncio.wait([*waits, gone], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _patience(self, params: dict[str, Any]) -> float:
        """Return how long this poll may wait; repeating an offset at once is slowed down."""
        seconds = min(float(params.get("timeout") or 0), LONGEST_POLL)
        offset, now = params.get("offset"), self._telegram.ticks()
        last_offset, last_at = self._last_poll
        self._last_poll = (offset, now)
        limits = self._telegram.floods.limits
        slow = limits.repeated_poll_wait if limits is not None else 0.0
        if offset == last_offset and now - last_at < slow:
            return max(seconds, slow)
        return seconds

    def _file(self, rest: str) -> Reply:
        token, _, path = rest.partition("/")
        if token != self._telegram.token:
            return _refused(refusals.unauthorized())
        for file in self._telegram.state.files.values():
            if file.path == path:
                return 200, b"application/octet-stream", file.content, None
        return _refused(refusals.Refusal(404, "Not Found"))


async def _gone_within(receive: Receive, seconds: float) -> bool:
    """Let time pass; True when the client has hung up before it was over."""
    try:
        async with asyncio.timeout(seconds):
            await until_gone(receive)
    except TimeoutError:
        return False
    return True


def _cut(scope: Scope) -> None:
    """Cut the connection without a word, where the server lets us reach it."""
    cut = scope.get("extensions", {}).get("attune.cut")
    if cut is not None:
        cut()


def _chat_id(params: dict[str, Any]) -> int | None:
    try:
        return int(params["chat_id"])
    except (KeyError, ValueError, TypeError):
        return None


def _ok(result: Any) -> Reply:
    body = DENSE.encode({"ok": True, "result": result}).encode()
    return 200, b"application/json", body, None


def _refused(refusal: refusals.Refusal) -> Reply:
    wait = (refusal.parameters or {}).get("retry_after")
    return refusal.code, b"application/json", json.dumps(refusal.body()).encode(), wait


async def _send(send: Send, reply: Reply) -> None:
    status, kind, body, wait = reply
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if wait is not None:
        headers.append((b"retry-after", str(wait).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
