"""The QR code of a one-time link contains the link, whatever it is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.charts.render import render_png
from handlers.people.link_qr import PIXELS, QUIET_MODULES, qr_code
from tests.handlers.people.qr_reader import read_qr

LINKS = st.from_regex(
    r"https://[a-z]{1,12}\.[a-z]{2,3}/[A-Za-z0-9_]{5,32}\?start=[A-Za-z0-9_-]{32}", fullmatch=True
)


@given(link=LINKS)
@settings(max_examples=20, deadline=None)
def test_a_reader_finds_the_link_in_the_picture(link: str) -> None:
    """A reader that shares no code with the drawing reads the same link."""
    picture = render_png(qr_code(link))
    assert read_qr(picture, scale=PIXELS, border=QUIET_MODULES) == link
