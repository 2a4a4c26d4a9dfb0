"""Invitation links: made, and found again in what people paste."""

import pytest

from bot.telegram.links import invitation_link, invitation_token

BOT = "attune_bot"
TOKEN = "aB3-_x"


@pytest.mark.parametrize(
    "text",
    [
        invitation_link(BOT, TOKEN),
        f"t.me/{BOT}?start={TOKEN}",
        f"http://telegram.me/Attune_Bot/?start={TOKEN}",
        f"https://telegram.dog/{BOT}?start={TOKEN}",
        f"https://{BOT}.t.me/?start={TOKEN}",
        f"tg://resolve?domain={BOT}&start={TOKEN}",
        f"tg:resolve?start={TOKEN}&domain={BOT}",
        f"https://t.me/{BOT}?text=x&amp;start={TOKEN}",
        f"https://t.me/{BOT}?start%3D{TOKEN}",
        f"Please open <https://t.me/{BOT}?start={TOKEN}>. Thank you!",
        f"/start https://t.me/{BOT}?start={TOKEN} and then?",
        f"https://t.me/other_bot?start=zzz\nhttps://t.me/{BOT}?start={TOKEN}",
    ],
)
def test_a_link_is_found_in_any_form(text: str) -> None:
    """As a whole text or between other words."""
    assert invitation_token(BOT, text) == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        TOKEN,
        f"https://t.me/{BOT}",
        f"https://t.me/{BOT}?startapp={TOKEN}",
        f"https://t.me/{BOT}?startgroup={TOKEN}",
        f"https://t.me/other_bot?start={TOKEN}",
        f"https://t.me/not_{BOT}?start={TOKEN}",
        f"tg://resolve?domain=other_bot&start={TOKEN}",
        f"https://example.org/{BOT}?start={TOKEN}",
    ],
)
def test_other_texts_hold_no_token(text: str) -> None:
    """Links to other bots, and links that do something else, are just text."""
    assert invitation_token(BOT, text) is None
