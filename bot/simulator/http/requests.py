"""Read the parameters of a call from an HTTP request: query, form, JSON, multipart."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from bot.simulator import refusals
from bot.simulator.schema import Upload


async def read_params(scope: Scope, receive: Receive) -> dict[str, Any]:
    """Return the parameters of a request; those of the body win over the query.

    Raises:
        BotApiRefusal: The body is not what its content type says.
        ClientDisconnect: The client disconnected before it had sent everything.
    """
    params: dict[str, Any] = {}
    if scope["query_string"]:
        params.update(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if kind.startswith(b"multipart/form-data"):
        params.update(await _multipart(scope, receive))
        return params
    body = await read_body(receive)
    if not body:
        return params
    if kind.startswith(b"application/json"):
        params.update(_json_object(body))
    else:
        params.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return params


async def read_body(receive: Receive) -> bytes:
    """Return the whole body.

    Raises:
        ClientDisconnect: The client disconnected before it had sent everything.
    """
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has disconnected or was cut off."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        params = json.loads(body)
    except ValueError:
        raise refusals.misuse("can't parse JSON object") from None
    if not isinstance(params, dict):
        raise refusals.misuse("expected a JSON object")
    return params


async def _multipart(scope: Scope, receive: Receive) -> Mapping[str, Any]:
    params: dict[str, Any] = {}
    async with Request(scope, receive).form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                params[name] = Upload(
                    name=value.filename or "file",
                    content=await value.read(),
                    mime_type=value.content_type or "application/octet-stream",
                )
            else:
                params[name] = value
    return params
