"""The picture of a one-time link says the link, whatever the link is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.people.invite import link
from handlers.people.link_qr import PIXELS, picture
from tests.handlers.qr_reader import read

TOKENS = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", min_size=32, max_size=32
)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{4,28}bot", fullmatch=True)


@given(name=NAMES, token=TOKENS)
@settings(max_examples=40, deadline=None)
def test_what_is_drawn_can_be_read(name: str, token: str) -> None:
    """A reader that shares no code with the drawing reads the link back, letter by letter."""
    words = link(name, token)
    assert read(picture(words), scale=PIXELS, border=4) == words
