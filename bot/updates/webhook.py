"""Webhooks: Telegram knocks at our door, and is told "received" once the effect is on disk."""

import asyncio
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import WebhookInfo
from telegram.error import BadRequest, InvalidToken, TelegramError

from alliance.errors import BadSettings, StoreUnavailable
from bot.config.settings import Settings
from bot.updates.poller import KINDS, Ear
from bot.web.health import served
from handlers.app.telegram_client import Line, Raw

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
MOST_BYTES = 1 << 20
LOOK_SECONDS = 20.0

KEPT_SECONDS = 50.0
"""Telegram waits a minute; a database that takes longer gets the update again later."""

SAID_SECONDS = 5.0
"""So long the next update of a chat waits for what this one has to say.

It may reach another worker, which knows nothing of words still under way here. And what a killed
worker did not come to say is said by whoever gets the update again.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """Where Telegram knocks.

    Attributes:
        url: The public address, as Telegram is told it.
        host: On which address of this machine we listen.
        port: Likewise.
        connections: How many updates Telegram may bring at once, 1 to 100.
    """

    url: str
    host: str
    port: int
    connections: int


def door_of(settings: Settings) -> Door:
    """Return where Telegram knocks.

    Raises:
        BadSettings: It is not said where that is.
    """
    if settings.webhook_url is None:
        raise BadSettings(
            "ATTUNE_WEBHOOK_URL is not set: the https address at which Telegram reaches this"
            " server, e.g. https://attune.clinic.example/telegram."
        )
    return Door(
        url=settings.webhook_url,
        host=settings.webhook_host,
        port=settings.webhook_port,
        connections=settings.webhook_connections,
    )


def secret_of(token: str) -> str:
    """Return the secret that comes with each update.

    It is derived from the bot's token: every worker knows it, and nobody has to keep it.
    """
    return hmac.digest(token.encode(), b"attune webhook", sha256).hex()


class Hook:
    """Takes updates over HTTP, and sees to it that Telegram keeps sending them here.

    Args:
        ear: What hands an update to the handlers.
        line: The line to Telegram.
        door: Where it is.
        now: The time, aware.
        beside: What else is served there: health, for whoever balances the load.
    """

    def __init__(
        self,
        ear: Ear,
        line: Line,
        door: Door,
        *,
        now: Callable[[], datetime],
        beside: Sequence[Route] = (),
    ) -> None:
        self._ear = ear
        self._line = line
        self._door = door
        self._now = now
        self._beside = beside
        self._secret = secret_of(line.token)
        self._is_set = False
        self._heard_at = datetime.min.replace(tzinfo=UTC)
        self._told_of: datetime | None = None

    async def listen(self) -> None:
        """Serve until cancelled; what has come in by then is carried to its end.

        Raises:
            BadSettings: The port cannot be used, or Telegram refuses the address.
        """
        path = urlsplit(self._door.url).path or "/"
        app = Starlette(routes=[Route(path, self._receive, methods=["POST"]), *self._beside])
        try:
            async with served(app, host=self._door.host, port=self._door.port, shared=True):
                await self._keep()
        finally:
            await self._ear.close()

    async def _receive(self, request: Request) -> Response:
        """Take one update; anything but 200 makes Telegram send it again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=403)
        raw = await _update(request)
        if raw is None:
            logger.warning("what came to the webhook was no update")
            return Response(status_code=400)
        self._heard_at = self._now()
        try:
            await self._ear.reached()
            async with asyncio.timeout(KEPT_SECONDS):
                [hearing] = await self._ear.take([raw])
        except (StoreUnavailable, TimeoutError):
            return Response(status_code=503)
        with suppress(TimeoutError):
            async with asyncio.timeout(SAID_SECONDS):
                await hearing.over.wait()
        return Response(status_code=200)

    async def _keep(self) -> None:
        """Have updates sent here, and look again and again whether they still are."""
        while True:
            try:
                await self._look()
            except (InvalidToken, BadSettings):
                raise
            except (TelegramError, StoreUnavailable) as failed:
                logger.warning("could not look at the webhook: %s", type(failed).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        info = await self._line.get_webhook_info()
        if info.url != self._door.url or not self._is_set:
            await self._set()
        elif self._fails(info):
            if info.last_error_date != self._told_of:
                self._told_of = info.last_error_date
                logger.warning(
                    "Telegram does not get through (%s); updates that wait: %d",
                    info.last_error_message,
                    info.pending_update_count,
                )
            return
        await self._ear.reached()

    async def _set(self) -> None:
        if self._is_set:
            logger.warning("the webhook was taken away; setting it again")
        try:
            await self._line.set_webhook(
                self._door.url,
                secret_token=self._secret,
                max_connections=self._door.connections,
                allowed_updates=list(KINDS),
                drop_pending_updates=False,
            )
        except BadRequest as refused:
            raise BadSettings(
                f"Telegram refuses ATTUNE_WEBHOOK_URL ({refused.message}); it must be https"
                " with a certificate that is known, on port 443, 80, 88 or 8443."
            ) from None
        self._is_set = True

    def _fails(self, info: WebhookInfo) -> bool:
        """Say whether something waits that Telegram could not bring, and nothing came since."""
        failed_at = info.last_error_date
        return bool(info.pending_update_count and failed_at and failed_at > self._heard_at)


async def _update(request: Request) -> Raw | None:
    """Return the update that was brought; None when it is none, or larger than any can be."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    try:
        raw = json.loads(body)
    except ValueError:
        return None
    return raw if isinstance(raw, dict) and isinstance(raw.get("update_id"), int) else None
