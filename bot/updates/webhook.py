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
from bot.telegram.client import Raw, TelegramClient
from bot.updates.processor import UPDATE_KINDS, UpdateProcessor
from bot.web.health import serve_app

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
MAX_BODY_BYTES = 1 << 20
LOOK_SECONDS = 20.0

SAVE_TIMEOUT_SECONDS = 50.0
"""Telegram waits a minute; a database that takes longer gets the update again later."""

REPLY_TIMEOUT_SECONDS = 5.0
"""So long the next update of a chat waits for what this one has to say.

It may reach another worker, which knows nothing of words still under way here. And what a killed
worker did not come to say is said by whoever gets the update again.
"""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
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


def webhook_settings(settings: Settings) -> WebhookSettings:
    """Return where Telegram knocks.

    Raises:
        BadSettings: It is not said where that is.
    """
    if settings.webhook_url is None:
        raise BadSettings(
            "ATTUNE_WEBHOOK_URL is not set: the https address at which Telegram reaches this"
            " server, e.g. https://attune.clinic.example/telegram."
        )
    return WebhookSettings(
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


class Webhook:
    """Takes updates over HTTP, and sees to it that Telegram keeps sending them here.

    Args:
        processor: Handles the updates.
        line: The line to Telegram.
        door: Where it is.
        now: The time, aware.
        extra_routes: What else is served there: health, for whoever balances the load.
    """

    def __init__(
        self,
        processor: UpdateProcessor,
        line: TelegramClient,
        door: WebhookSettings,
        *,
        now: Callable[[], datetime],
        extra_routes: Sequence[Route] = (),
    ) -> None:
        self._processor = processor
        self._client = line
        self._settings = door
        self._now = now
        self._extra_routes = extra_routes
        self._secret = secret_of(line.token)
        self._is_set = False
        self._last_update_at = datetime.min.replace(tzinfo=UTC)
        self._reported_error_at: datetime | None = None

    async def listen(self) -> None:
        """Serve until cancelled; what has come in by then is carried to its end.

        Raises:
            BadSettings: The port cannot be used, or Telegram refuses the address.
        """
        path = urlsplit(self._settings.url).path or "/"
        app = Starlette(routes=[Route(path, self._receive, methods=["POST"]), *self._extra_routes])
        try:
            async with serve_app(
                app, host=self._settings.host, port=self._settings.port, shared=True
            ):
                await self._keep_registered()
        finally:
            await self._processor.close()

    async def _receive(self, request: Request) -> Response:
        """Take one update; anything but 200 makes Telegram send it again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=403)
        raw = await _read_update(request)
        if raw is None:
            logger.warning("what came to the webhook was no update")
            return Response(status_code=400)
        self._last_update_at = self._now()
        try:
            await self._processor.record_contact()
            async with asyncio.timeout(SAVE_TIMEOUT_SECONDS):
                [progress] = await self._processor.handle_updates([raw])
        except (StoreUnavailable, TimeoutError):
            return Response(status_code=503)
        with suppress(TimeoutError):
            async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
                await progress.finished.wait()
        return Response(status_code=200)

    async def _keep_registered(self) -> None:
        """Have updates sent here, and look again and again whether they still are."""
        while True:
            try:
                await self._check()
            except (InvalidToken, BadSettings):
                raise
            except (TelegramError, StoreUnavailable) as failed:
                logger.warning("could not look at the webhook: %s", type(failed).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _check(self) -> None:
        info = await self._client.get_webhook_info()
        if info.url != self._settings.url or not self._is_set:
            await self._register()
        elif self._is_failing(info):
            if info.last_error_date != self._reported_error_at:
                self._reported_error_at = info.last_error_date
                logger.warning(
                    "Telegram does not get through (%s); updates that wait: %d",
                    info.last_error_message,
                    info.pending_update_count,
                )
            return
        await self._processor.record_contact()

    async def _register(self) -> None:
        if self._is_set:
            logger.warning("the webhook was taken away; setting it again")
        try:
            await self._client.set_webhook(
                self._settings.url,
                secret_token=self._secret,
                max_connections=self._settings.connections,
                allowed_updates=list(UPDATE_KINDS),
                drop_pending_updates=False,
            )
        except BadRequest as refused:
            raise BadSettings(
                f"Telegram refuses ATTUNE_WEBHOOK_URL ({refused.message}); it must be https"
                " with a certificate that is known, on port 443, 80, 88 or 8443."
            ) from None
        self._is_set = True

    def _is_failing(self, info: WebhookInfo) -> bool:
        """Say whether something waits that Telegram could not bring, and nothing came since."""
        failed_at = info.last_error_date
        return bool(info.pending_update_count and failed_at and failed_at > self._last_update_at)


async def _read_update(request: Request) -> Raw | None:
    """Return the update that was brought; None when it is none, or larger than any can be."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        raw = json.loads(body)
    except ValueError:
        return None
    return raw if isinstance(raw, dict) and isinstance(raw.get("update_id"), int) else None
