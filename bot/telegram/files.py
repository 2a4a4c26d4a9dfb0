"""Fetching a file that somebody sent."""

from telegram import Document
from telegram.error import BadRequest
from telegram.ext import ExtBot

from alliance.errors import Refusal
from alliance.files.decoding import MAX_BYTES, too_large_refusal
from bot.telegram import messages
from bot.telegram.refusals import Meaning, meaning_of


async def fetch(bot: ExtBot[None], document: Document) -> bytes:
    """Return the content of a file.

    Its size is checked three times: as it was told, as Telegram knows it, and while reading.

    Raises:
        Refusal: It is too large, or cannot be fetched now.
    """
    if (document.file_size or 0) > MAX_BYTES:
        raise too_large_refusal()

    async def download() -> bytes:
        file = await bot.get_file(document.file_id)
        if (file.file_size or 0) > MAX_BYTES:
            raise too_large_refusal()
        return bytes(await file.download_as_bytearray())

    try:
        content = await messages.with_retries(download)
    except BadRequest as refused:
        if meaning_of(refused) is Meaning.FILE_TOO_LARGE:
            raise too_large_refusal() from None
        raise Refusal("file.not_fetched") from None
    if content is None:
        raise Refusal("file.not_fetched")
    if len(content) > MAX_BYTES:
        raise too_large_refusal()
    return content
