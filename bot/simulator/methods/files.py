"""Uploads and their limits, and getFile."""

import struct

from bot.simulator import refusals
from bot.simulator.messages import Json, Media, StoredFile
from bot.simulator.schema import Upload
from bot.simulator.state import TelegramState

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 10_000
MAX_RATIO = 20


def get_file(state: TelegramState, params: Json) -> Json:
    """Return the path from which a file can be downloaded."""
    file = state.files.get(params["file_id"])
    if file is None:
        raise refusals.bad_request("invalid file_id")
    if len(file.content) > MAX_DOWNLOAD_BYTES:
        raise refusals.bad_request(refusals.FILE_TOO_BIG)
    return file.as_json() | {"file_path": file.path}


def media_of(state: TelegramState, kind: str, source: Upload | str, params: Json) -> Media:
    """Store the photo or document of a request and return it.

    Args:
        state: Where files are stored.
        kind: ``photo`` or ``document``.
        source: An upload, the id of a stored file, or ``attach://name``.
        params: The whole request, for ``attach://name``.

    Raises:
        BotApiRefusal: There is no such file, or Telegram would not accept it.
    """
    if isinstance(source, str) and source.startswith("attach://"):
        source = params.get(source.removeprefix("attach://"), "")
    if isinstance(source, str):
        return _stored_media(state, kind, source)
    if not source.content:
        raise refusals.misuse(refusals.EMPTY_FILE)
    if len(source.content) > (MAX_PHOTO_BYTES if kind == "photo" else MAX_UPLOAD_BYTES):
        raise refusals.BotApiRefusal(413, "Request Entity Too Large", is_misuse=True)
    width, height = _photo_size(source.content) if kind == "photo" else (0, 0)
    file = state.new_file(
        kind=kind, name=source.name, mime_type=source.mime_type, content=source.content
    )
    return Media(kind, file, width, height)


def _stored_media(state: TelegramState, kind: str, file_id: str) -> Media:
    if file_id.startswith(("http://", "https://")):
        raise refusals.bad_request(refusals.UNFETCHED_URL)
    file: StoredFile | None = state.files.get(file_id)
    if file is None:
        raise refusals.bad_request(refusals.WRONG_FILE_ID)
    width, height = _photo_size(file.content) if kind == "photo" else (0, 0)
    return Media(kind, file, width, height)


def _photo_size(content: bytes) -> tuple[int, int]:
    size = _png_size(content) or _jpeg_size(content)
    if size is None:
        raise refusals.misuse(refusals.NOT_AN_IMAGE)
    if sum(size) > MAX_PIXELS or max(size) > MAX_RATIO * max(min(size), 1):
        raise refusals.misuse(refusals.PHOTO_DIMENSIONS)
    return size


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Skip segments up to the frame header, which holds the size."""
    if not content.startswith(b"\xff\xd8"):
        return None
    position = 2
    while position + 9 < len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + struct.unpack(">H", content[position + 2 : position + 4])[0]
    return None
