"""HTTP for python-telegram-bot through aiohttp: several times as quick as its own layer."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from yarl import URL

from alliance.files.decoding import MAX_BYTES

MAX_CONNECTIONS = 100
"""More at once than many a server lets wait at its door, and the rest would lose a second each."""
CHUNK_BYTES = 65_536
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}

_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
)


def was_not_sent(error: BaseException) -> bool:
    """Say whether a request certainly never reached Telegram; otherwise it may have."""
    return isinstance(error.__cause__, _NOT_SENT)


class ValidatingRequest(BaseRequest):
    """A request class that takes only for Telegram's answer what has its shape.

    A login page, a proxy or half a reply may come in its place; the framework would fail on
    some of them with errors that look like faults of ours, and log the whole of others.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the reply.

        Raises:
            NetworkError: It is none.
        """
        try:
            told = json.loads(payload)
        except (ValueError, RecursionError):
            raise NetworkError("a reply that is no JSON") from None
        if not isinstance(told, dict) or not _is_bot_api_reply(told):
            raise NetworkError("a reply that is none of Telegram's")
        return told


def _is_bot_api_reply(told: Mapping[str, Any]) -> bool:
    if told.get("ok") is True:
        return "result" in told
    parameters = told.get("parameters", {})
    return (
        told.get("ok") is False
        and isinstance(told.get("description"), str)
        and isinstance(parameters, dict)
        and all(isinstance(value, int) for value in parameters.values())
    )


class PlainRequest(ValidatingRequest, HTTPXRequest):
    """The framework's own request class."""


class AiohttpRequest(ValidatingRequest):
    """The framework's request class on an aiohttp session."""

    def __init__(self, *, connections: int = MAX_CONNECTIONS, read_seconds: float = READ_SECONDS):
        self._connections = connections
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that a reply may take."""
        return self._read_seconds

    async def initialize(self) -> None:
        """Open the session; doing so again changes nothing."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                headers={"User-Agent": self.USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
                # A clinic's way out may lead through a proxy. Asking the environment at each
                # request costs two hops to another thread, so it is asked here, once.
                trust_env=bool(getproxies()),
            )

    async def shutdown(self) -> None:
        """Close the session; doing so again changes nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0917 - the framework calls it by this signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,  # noqa: ARG002  # noqa: ARG002
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,  # noqa: ARG002  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Return the status and body of one request.

        Raises:
            TimedOut: No answer in time; whether it was carried out is not known.
            NetworkError: The connection failed; ``was_not_sent`` tells more.
        """
        if self._session is None:
            raise RuntimeError("the request is not initialised")
        timeout = _timeout(
            _seconds(connect_timeout, CONNECT_SECONDS), _seconds(read_timeout, self._read_seconds)
        )
        try:
            body, headers = _body(request_data)
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=timeout
            ) as response:
                if method == "GET":
                    return response.status, await _read_file(response)
                return response.status, await response.read()
        except (TimeoutError, aiohttp.ServerTimeoutError) as late:
            raise TimedOut from late
        except aiohttp.ClientError as failed:
            # The message of an aiohttp error may hold the address, and the address the token.
            raise NetworkError(type(failed).__name__) from failed


@lru_cache(maxsize=100)
def _timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)


async def _read_file(response: aiohttp.ClientResponse) -> bytes:
    """Return a file, or one byte more than we ever read of one: whoever asked then refuses it.

    Whatever size was told before, no more than that comes into memory.
    """
    parts, left = [], MAX_BYTES + 1
    while left > 0 and (part := await response.content.read(min(left, CHUNK_BYTES))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _seconds(given: object, usual: float) -> float | None:
    if given is None or isinstance(given, int | float):
        return given
    return usual


def _body(
    request_data: RequestData | None,
) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    """Return a request's body, and the headers that it needs."""
    if request_data is None:
        return None, None
    if not request_data.contains_files:
        return encode_form(request_data), FORM_HEADERS
    parts = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        parts.add_field(name, value)
    for name, (filename, content, mime_type) in request_data.multipart_data.items():
        parts.add_field(name, content, filename=filename, content_type=mime_type)
    return parts, None


def encode_form(request_data: RequestData) -> bytes:
    """Return the parameters as a form.

    aiohttp would write it in Python, letter by letter; yarl, its library for addresses, writes
    the same in C: a seventh of the time for a keyboard. And the framework's own
    ``json_parameters`` would encode everything twice.
    """
    plain = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in request_data.parameters.items()
    }
    return URL.build(query=plain).raw_query_string.encode()


def build_request(kind: str, *, connections: int, read_seconds: float) -> BaseRequest:
    """Return the request class that a setting names."""
    if kind == "httpx":
        return PlainRequest(
            connection_pool_size=connections,
            read_timeout=read_seconds,
            connect_timeout=CONNECT_SECONDS,
        )
    return AiohttpRequest(connections=connections, read_seconds=read_seconds)
