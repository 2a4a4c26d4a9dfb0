"""The pieces that a coordinator's conversations share."""

from functools import partial

from telegram.ext import ExtBot

from handlers import replies
from handlers.screens import Screen

MOST_TEXT = 3_800


def in_pages(lines: list[str]) -> list[str]:
    """Return lines as texts that each fit into one message."""
    pages = [""]
    for line in lines:
        if len(pages[-1]) + len(line) + 1 > MOST_TEXT:
            pages.append("")
        pages[-1] = f"{pages[-1]}\n{line}" if pages[-1] else line
    return pages


async def send_all(bot: ExtBot[None], chat_id: int, lines: list[str]) -> None:
    """Send lines in as many messages as they need."""
    for text in in_pages(lines):
        await replies.persistently(partial(replies.send, bot, chat_id, Screen(text)))
