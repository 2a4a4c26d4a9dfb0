"""The line to Telegram: the framework's bot, with two calls that it makes too strict or too dear.

The only module that uses what the framework keeps to itself, its ``_post`` and ``_do_post``:
there is no public way to the raw answer of a call. A test fails when an upgrade changes it.
"""

from collections.abc import Sequence
from typing import Any

from telegram.error import NetworkError
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from handlers.app.screen import Button, Screen

Raw = dict[str, Any]
"""An update as it came over the wire."""

MAX_UPDATE_ID = 2**53
"""No number of Telegram's is larger; above it a database could not keep it, either."""


def numbered(found: object) -> Sequence[Raw]:
    """Return those of some updates that have a number, by which Telegram forgets them.

    Raises:
        NetworkError: There are some, and none of them has; whoever answered is not Telegram.
    """
    updates = found if isinstance(found, list) else [found]
    whole = [one for one in updates if isinstance(one, dict) and _is_number(one.get("update_id"))]
    if updates and not whole:
        raise NetworkError("the answer holds no updates")
    return whole


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < MAX_UPDATE_ID


class TelegramClient(ExtBot[None]):
    """The bot that all of us speak through.

    Args:
        token: The bot's.
        api: The address of the Bot API, without a slash at its end.
        speaking: Carries every call but the polls.
        polling: Carries the polls, which would otherwise hold up the calls.
    """

    def __init__(
        self, token: str, *, api: str, speaking: BaseRequest, polling: BaseRequest
    ) -> None:
        super().__init__(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=speaking,
            get_updates_request=polling,
        )
        self._speaking = speaking
        self._polling = polling

    async def updates(
        self,
        *,
        after: int | None,
        most: int,
        kinds: Sequence[str],
        wait: int,
        read_timeout: float,
    ) -> Sequence[Raw]:
        """Return what has happened, as it came.

        The framework's own ``get_updates`` parses all updates at once, so that one it cannot
        parse takes the others down with it.

        Args:
            after: Telegram forgets every update before this one; None forgets nothing.
            most: How many at once.
            kinds: Which.
            wait: Seconds that Telegram may wait for the first one.
            read_timeout: Seconds that we wait for Telegram.

        Raises:
            NetworkError: The answer holds no updates, whoever gave it.
        """
        found: object = await self._post(
            "getUpdates",
            {"offset": after, "limit": most, "timeout": wait, "allowed_updates": list(kinds)},
            read_timeout=read_timeout,
        )
        return numbered(found)

    async def edit_text(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Put a screen in place of a message.

        The framework would make an object of every button, and of the whole message that
        comes back and that nobody reads: as dear as everything else that a tap costs.
        """
        data: dict[str, object] = {
            "chat_id": chat_id,
            "message_id": message_id,
            "text": screen.text,
        }
        if screen.rows:
            data["reply_markup"] = {
                "inline_keyboard": [
                    [_keyboard_button(button) for button in row] for row in screen.rows
                ]
            }
        await self._post("editMessageText", data)

    async def _do_post(self, endpoint: str, data: dict[str, Any], **timeouts: Any) -> Any:
        """Refuse a reply that cannot be meant: whoever gave it was not Telegram.

        The framework would stumble over it somewhere, and what stumbles counts as a fault of
        ours and is not tried again.
        """
        result = await super()._do_post(endpoint, data, **timeouts)
        if not _can_be_meant(endpoint, result):
            raise NetworkError("a reply that cannot be meant")
        return result

    async def reset_polling(self) -> None:
        """Give up the connection that polls, and take a fresh one."""
        await self._polling.shutdown()
        await self._polling.initialize()

    async def close_connections(self) -> None:
        """Close all connections; the framework leaves them open where it does not get far."""
        await self._polling.shutdown()
        await self._speaking.shutdown()


def _keyboard_button(button: Button) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": button.data}


def _can_be_meant(endpoint: str, result: object) -> bool:
    """Say whether a reply has the shape that this call's replies have."""
    if endpoint == "getUpdates":
        return isinstance(result, list)
    if isinstance(result, dict):
        is_message = {"message_id", "chat", "date"} <= set(result)
        return is_message if endpoint.startswith(("send", "edit")) else bool(result)
    return result is True and not endpoint.startswith(("send", "get"))
