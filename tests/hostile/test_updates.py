"""Updates of every kind, as the Bot API describes them, and mutated ones."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.schema import load_schema
from bot.telegram.client import Raw
from tests.hostile.conftest import UpdateInjector, hostile_settings
from tests.hostile.texts import TEXTS
from tests.hostile.update_strategies import UPDATE_KINDS, sender_of, text_update, update_strategy

OURS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds that the bot asks Telegram for."""

MEMBERS = {"T-1", "P-1", "C-1", "T-2", "T-3", "P-2"}

UPDATES = update_strategy(OURS) | update_strategy(UPDATE_KINDS)


@hostile_settings(250)
@given(shapes=st.lists(UPDATES, min_size=1, max_size=6))
def test_updates_of_every_kind(inject: UpdateInjector, shapes: list[Raw]) -> None:
    """Nothing fails, only the sender gets replies, and strangers change nothing."""
    for shape in shapes:
        resolved = inject.clinic.resolve_names(shape)
        assert load_schema().check_update({"update_id": 1, **resolved}) is None
    result = inject(shapes)
    assert result.set_aside_reasons == []
    who = {sender_of(shape) for shape in shapes}
    assert result.recipients() <= {inject.clinic.accounts[one] for one in who if one is not None}
    if not who & MEMBERS:
        assert result.written_tables == set()


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    (None, True, 0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 1e308, 0.5, "", "0", [], {}, [[]])
) | TEXTS.filter(lambda word: word.isprintable())


@st.composite
def mutated_updates(draw: st.DrawFn) -> Raw:
    """Return an update with fields missing, of another type, or too large."""
    shape = copy.deepcopy(draw(update_strategy(OURS)))
    for _ in range(draw(st.integers(1, 3))):
        place: dict[str, Any] = shape
        for _ in range(draw(st.integers(0, 4))):
            inner = [name for name, value in place.items() if isinstance(value, dict)]
            if not inner:
                break
            place = place[draw(st.sampled_from(inner))]
        if not place:
            break
        name = draw(st.sampled_from(sorted(place)))
        if draw(st.booleans()):
            del place[name]
        else:
            place[name] = draw(JUNK)
    return shape


@pytest.mark.slow
@hostile_settings(400)
@given(shapes=st.lists(mutated_updates(), min_size=1, max_size=4))
def test_mutated_updates(inject: UpdateInjector, shapes: list[Raw]) -> None:
    """An invalid update is set aside, and the valid one after it is handled."""
    coordinator = inject.clinic.accounts["C-1"]
    result = inject([*shapes, text_update("«C-1»", "/help")], is_nonsense=True)
    help_messages = [params for name, params in result.calls if name == "sendMessage"]
    assert any(
        params["chat_id"] == coordinator and "/people" in params["text"] for params in help_messages
    )
    assert result.recipients() <= set(inject.clinic.accounts.values())
