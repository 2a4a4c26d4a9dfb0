"""Every message that can be posted can be composed."""

from typing import get_type_hints

import pytest

from handlers.messages.compose import ACTIONS, COMPOSERS
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import PAYLOADS


def test_every_kind_has_a_composer_and_an_action() -> None:
    """A kind without one would fail when it is sent, hours after it was posted."""
    assert set(COMPOSERS) == set(ACTIONS) == set(MessageKind)


@pytest.mark.parametrize("kind", MessageKind)
def test_a_composer_takes_the_payload_of_its_kind(kind: MessageKind) -> None:
    """Its second parameter has that type."""
    hints = list(get_type_hints(COMPOSERS[kind]).values())
    assert hints[1] is PAYLOADS[kind]
