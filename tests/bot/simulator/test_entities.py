"""Commands and web addresses in a text become entities, counted in UTF-16 units."""

import pytest

from bot.simulator.entities import find_entities


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("plain", []),
        ("/help at https://a.example.", [("bot_command", 0, 5), ("url", 9, 17)]),
        ("🙂 /help@attune_bot", [("bot_command", 3, 16)]),
        ("and/or https://a.example/b", [("url", 7, 19)]),
    ],
)
def test_commands_and_addresses_are_found(text: str, entities: list[tuple[str, int, int]]) -> None:
    """A slash inside a word or an address starts no command."""
    found = [(one["type"], one["offset"], one["length"]) for one in find_entities(text)]

    assert found == entities
