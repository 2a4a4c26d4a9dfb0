"""The data of buttons: a client can send anything, and nothing is trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.checkins.instruments import instrument
from alliance.errors import Refusal
from handlers.taps import (
    SKIP,
    AnswerTap,
    ConversationTap,
    answer_tap,
    pack,
    parse_answer_tap,
    unpack,
)

CHECK_IN = instrument("check_in_4")


@given(question=st.sampled_from(("goal", "task", "bond", "overall")), choice=st.integers(0, 10))
def test_an_answer_survives_packing_and_parsing(question: str, choice: int) -> None:
    """The question and the value, or a skip."""
    data = answer_tap(CHECK_IN, "c" * 32, question, str(choice))
    assert parse_answer_tap(unpack(AnswerTap, data), CHECK_IN) == (question, float(choice))
    skipped = unpack(AnswerTap, answer_tap(CHECK_IN, "c" * 32, question, SKIP))
    assert parse_answer_tap(skipped, CHECK_IN) == (question, None)


crafted = st.one_of(
    st.text(max_size=64),
    st.lists(st.sampled_from(("1a", "1k", "c", "0", "d", "f", "s", "9", "")), max_size=6).map(
        ":".join
    ),
)


@given(data=crafted)
def test_crafted_data_is_refused_or_harmless(data: str) -> None:
    """Whatever a hostile client sends is a valid answer to the check-in or a stale button."""
    try:
        question, value = parse_answer_tap(unpack(AnswerTap, data), CHECK_IN)
    except Refusal:
        return
    assert question in ("goal", "task", "bond", "overall", "direct", "after")
    assert value is None or isinstance(value, str) or value in CHECK_IN.choices


def test_values_may_contain_colons() -> None:
    """A time of day is a value too."""
    tap = ConversationTap("1f", "time", "14:30")
    assert unpack(ConversationTap, pack(tap)) == tap


@pytest.mark.parametrize("data", ["1a:c:9:1", "1a:c:0:11", "1a:c:x:1", "1a:c:0:-1", "1a:c:0:²"])
def test_unknown_questions_and_choices_are_refused(data: str) -> None:
    """Those that the instrument does not have."""
    with pytest.raises(Refusal):
        parse_answer_tap(unpack(AnswerTap, data), CHECK_IN)
