"""What every detector has in common, whatever its rule."""

from typing import Any

import pytest

from alliance.checkins.instruments import Answers
from alliance.errors import BadAnswer, BadSettings, Undefined
from alliance.rupture import (
    UNANSWERED,
    WITHOUT_CHECKIN,
    DirectAnswer,
    Felt,
    Kind,
    Observation,
    Settings,
    Settled,
    detector,
    from_json,
    replayed,
)
from tests.alliance.rupture.courses import BOND_GONE, CHECK_IN_4, USUAL

WATCH = detector("own_baseline", instrument=CHECK_IN_4)


def test_first_check_in_has_no_verdict() -> None:
    """There is nothing to compare the first check-in with."""
    _, verdicts = replayed(WATCH, [USUAL])

    assert verdicts == (None,)


def test_a_clear_fall_is_an_alert_with_its_item() -> None:
    """The verdict names what fell most against this patient's own level, in points."""
    _, verdicts = replayed(WATCH, [USUAL] * 5 + [BOND_GONE])
    verdict = verdicts[-1]

    assert verdict is not None
    assert verdict.alert
    assert verdict.kind is Kind.SCORES
    assert (verdict.item, verdict.rating) == ("bond", 3)
    assert verdict.drop == pytest.approx(6, abs=0.3)
    assert verdict.mean == pytest.approx(6)
    assert verdict.usual_low is not None
    assert 7 < verdict.usual_low < 9


def test_an_alert_is_followed_by_two_quiet_sessions() -> None:
    """The therapist has just been told; the third session may alert again."""
    _, verdicts = replayed(WATCH, [USUAL] * 8 + [BOND_GONE] * 4)
    last = [verdict for verdict in verdicts[-4:] if verdict is not None]

    assert [verdict.raised for verdict in last] == [True] * 4
    assert [verdict.alert for verdict in last] == [True, False, False, True]


@pytest.mark.parametrize("between", [UNANSWERED, WITHOUT_CHECKIN])
def test_sessions_without_an_answer_have_no_verdict(between: Observation) -> None:
    """As shipped, neither silence nor a session without a check-in is a verdict."""
    _, verdicts = replayed(WATCH, [USUAL, USUAL, between, USUAL])

    assert [verdict is None for verdict in verdicts] == [True, False, True, False]


def test_another_therapist_starts_a_new_baseline() -> None:
    """The alliance is with a person; the first check-in with the next one is a first one."""
    first = Observation(USUAL.answers, therapist="t1")
    second = Observation(BOND_GONE.answers, therapist="t2")

    state, verdicts = replayed(WATCH, [first] * 5 + [second])

    assert verdicts[-1] is None
    assert state.baseline.check_ins == 1


@pytest.mark.parametrize(
    ("direct", "told"),
    [
        (DirectAnswer(Felt.NO), False),
        (DirectAnswer(Felt.A_LITTLE), False),
        (DirectAnswer(Felt.A_LITTLE, Settled.NOT_YET), False),
        (DirectAnswer(Felt.A_LITTLE, Settled.TALK), True),
        (DirectAnswer(Felt.YES), False),
        (DirectAnswer(Felt.YES, Settled.YES), False),
        (DirectAnswer(Felt.YES, Settled.PARTLY), False),
        (DirectAnswer(Felt.YES, Settled.NOT_YET), True),
        (DirectAnswer(Felt.YES, Settled.TALK), True),
    ],
)
@pytest.mark.parametrize("course", [[], [USUAL] * 4, [USUAL] * 4 + [BOND_GONE]])
def test_a_direct_answer_that_wants_attention_is_told_always(
    direct: DirectAnswer, told: bool, course: list[Observation]
) -> None:
    """On the first check-in, beside usual ratings and in the quiet after an alert alike."""
    last = Observation(USUAL.answers, direct=direct)

    _, verdicts = replayed(WATCH, [*course, last])
    verdict = verdicts[-1]

    assert (verdict is not None and verdict.alert and verdict.kind is Kind.DIRECT) is told
    assert verdict is None or not verdict.raised


def test_a_state_survives_the_database() -> None:
    """JSON gives back exactly the same numbers."""
    state, _ = replayed(WATCH, [USUAL, UNANSWERED, USUAL, BOND_GONE])

    assert from_json(state.to_json()) == state


def test_a_state_of_another_detector_is_refused() -> None:
    """Its memory would be read as something it is not."""
    state = WATCH.begin()._replace(detector="other")

    with pytest.raises(Undefined, match="replay"):
        WATCH.step(state, USUAL)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"baseline": 1}'])
def test_what_is_no_state_is_refused(text: str) -> None:
    """A damaged row is an error, not a fresh start."""
    with pytest.raises(Undefined, match="no state"):
        from_json(text)


@pytest.mark.parametrize("answers", [{"mood": 3}, {"bond": 11}, {"bond": float("nan")}])
def test_answers_the_instrument_does_not_allow_are_refused(answers: Answers) -> None:
    """Unknown items, values off the range, and what is not a number."""
    with pytest.raises(BadAnswer):
        WATCH.step(WATCH.begin(), Observation(answers))


@pytest.mark.parametrize(
    "wrong",
    [{"budget": 3}, {"threshold": 1.0}, {"silence_budget": 1}, {"missed_in_a_row": 0}],
)
def test_settings_say_what_is_wrong(wrong: dict[str, Any]) -> None:
    """A site learns of a wrong setting at once, not from odd alerts."""
    with pytest.raises(BadSettings):
        Settings(**wrong)


def test_an_unknown_detector_is_refused() -> None:
    """The refusal lists the names there are."""
    with pytest.raises(BadSettings, match="own_baseline"):
        detector("crystal_ball", instrument=CHECK_IN_4)
