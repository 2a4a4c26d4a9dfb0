"""Calls the simulated Telegram without HTTP, which is faster; the replies are the same."""

import json
from urllib.parse import parse_qsl

from telegram.request import BaseRequest, RequestData

from bot.simulator import SimulatedTelegram
from bot.simulator.refusals import BotApiRefusal
from bot.simulator.schema import Upload
from bot.telegram.http import encode_form


class InProcessRequest(BaseRequest):
    """Passes each call to a simulator in this process, encoded as for HTTP."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._telegram = telegram

    @property
    def read_timeout(self) -> float:
        """Seconds that a reply may take."""
        return 1.0

    async def initialize(self) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_timeouts: object,
        **_others: object,
    ) -> tuple[int, bytes]:
        """Return the status and the body of a reply."""
        if method == "GET":
            path = url.partition("/file/bot")[2].partition("/")[2]
            files = self._telegram.state.files.values()
            return 200, next(file.content for file in files if file.path == path)
        try:
            result = self._telegram.call(url.rpartition("/")[2], _params(request_data))
        except BotApiRefusal as refusal:
            return refusal.code, json.dumps(refusal.body()).encode()
        return 200, json.dumps({"ok": True, "result": result}).encode()


def _params(request_data: RequestData | None) -> dict[str, object]:
    if request_data is None:
        return {}
    if not request_data.contains_files:
        return dict(parse_qsl(encode_form(request_data).decode("ascii"), keep_blank_values=True))
    params: dict[str, object] = dict(request_data.json_parameters)
    for name, (filename, content, mime_type) in request_data.multipart_data.items():
        assert isinstance(content, bytes)
        params[name] = Upload(filename, content, mime_type)
    return params
