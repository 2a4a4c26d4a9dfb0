"""What buttons carry: anything can come back, and nothing of it is trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.checkins.instruments import instrument
from alliance.errors import Refusal
from handlers.taps import SKIP, AnswerTap, WizardTap, answer_tap, meaning, pack, unpack

CHECK_IN = instrument("check_in_4")


@given(question=st.sampled_from(("goal", "task", "bond", "overall")), choice=st.integers(0, 10))
def test_an_answer_comes_back_as_it_was_sent(question: str, choice: int) -> None:
    """Question and value survive the button."""
    data = answer_tap(CHECK_IN, "c" * 32, question, str(choice))
    assert meaning(unpack(AnswerTap, data), CHECK_IN) == (question, float(choice))
    skipped = unpack(AnswerTap, answer_tap(CHECK_IN, "c" * 32, question, SKIP))
    assert meaning(skipped, CHECK_IN) == (question, None)


made_up = st.one_of(
    st.text(max_size=64),
    st.lists(st.sampled_from(("1a", "1k", "c", "0", "d", "f", "s", "9", "")), max_size=6).map(
        ":".join
    ),
)


@given(data=made_up)
def test_crafted_data_is_refused_or_harmless(data: str) -> None:
    """Whatever a hostile client sends, it is one of the check-in's answers or a stale button."""
    try:
        question, value = meaning(unpack(AnswerTap, data), CHECK_IN)
    except Refusal:
        return
    assert question in ("goal", "task", "bond", "overall", "direct", "after")
    assert value is None or isinstance(value, str) or value in CHECK_IN.choices


def test_wizard_values_may_hold_colons() -> None:
    """A time of day is a value too."""
    tap = WizardTap("1f", "time", "14:30")
    assert unpack(WizardTap, pack(tap)) == tap


@pytest.mark.parametrize("data", ["1a:c:9:1", "1a:c:0:11", "1a:c:x:1", "1a:c:0:-1", "1a:c:0:²"])
def test_answers_off_the_scale_are_refused(data: str) -> None:
    """A question or choice that the instrument does not have."""
    with pytest.raises(Refusal):
        meaning(unpack(AnswerTap, data), CHECK_IN)
