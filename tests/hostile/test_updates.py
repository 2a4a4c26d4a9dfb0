"""Whole updates of every kind, as Telegram describes them, and mutilated ones."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.schema import the_schema
from handlers.app.telegram_client import Raw
from tests.hostile.conftest import Thrower, throws
from tests.hostile.shapes import EVERY_KIND, an_update, said, sender
from tests.hostile.words import WORDS

OURS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds that the bot asks Telegram for."""

TAKES_PART = {"T-1", "P-1", "C-1", "T-2", "T-3", "P-2"}


AN_UPDATE = an_update(OURS) | an_update(EVERY_KIND)


@throws(250)
@given(shapes=st.lists(AN_UPDATE, min_size=1, max_size=6))
def test_updates_of_every_kind(throw: Thrower, shapes: list[Raw]) -> None:
    """Nothing breaks, nobody else is written to, and who takes no part changes nothing."""
    for shape in shapes:
        resolved = throw.yard.resolved(shape)
        assert the_schema().update({"update_id": 1, **resolved}) is None
    heard = throw(shapes)
    assert heard.set_aside == []
    who = {sender(shape) for shape in shapes}
    assert heard.addressees() <= {throw.yard.accounts[one] for one in who if one is not None}
    if not who & TAKES_PART:
        assert heard.written == set()


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    (None, True, 0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 1e308, 0.5, "", "0", [], {}, [[]])
) | WORDS.filter(lambda word: word.isprintable())


@st.composite
def a_mutilated_update(draw: st.DrawFn) -> Raw:
    """Return an update in which something is gone, of another type, or too large."""
    shape = copy.deepcopy(draw(an_update(OURS)))
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


@throws(400)
@given(shapes=st.lists(a_mutilated_update(), min_size=1, max_size=4))
def test_updates_that_are_none(throw: Thrower, shapes: list[Raw]) -> None:
    """What cannot be understood is set aside, and the good ones beside it are heard."""
    me = throw.yard.accounts["C-1"]
    heard = throw([*shapes, said("«C-1»", "/help")], is_nonsense=True)
    helped = [params for name, params in heard.calls if name == "sendMessage"]
    assert any(params["chat_id"] == me and "/people" in params["text"] for params in helped)
    assert heard.addressees() <= set(throw.yard.accounts.values())
