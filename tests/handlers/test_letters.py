"""Every letter that can be posted finds its words."""

from handlers.messages.compose import WRITERS
from storage.messages.outbox import LANES


def test_every_kind_of_letter_has_a_writer() -> None:
    """A kind without one would fail at sending, hours after it was posted."""
    assert set(WRITERS) == set(LANES)
