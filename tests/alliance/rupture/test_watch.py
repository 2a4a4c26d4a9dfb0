"""What all detectors have in common, whatever their rule."""

from typing import Any

import pytest

from alliance.checkins.instruments import Answers
from alliance.errors import BadAnswer, BadSettings, Undefined
from alliance.rupture import (
    UNANSWERED,
    WITHOUT_CHECKIN,
    DetectionSettings,
    DirectAnswer,
    FeltOff,
    FollowUpAnswer,
    Observation,
    VerdictKind,
    detector,
    replay_observations,
)
from tests.alliance.rupture.observations import BOND_DROP, CHECK_IN_4, USUAL

WATCH = detector("own_baseline", instrument=CHECK_IN_4)


def test_first_check_in_has_no_verdict() -> None:
    """There is nothing to compare the first check-in with."""
    _, verdicts = replay_observations(WATCH, [USUAL])

    assert verdicts == (None,)


def test_a_clear_fall_is_an_alert_with_its_item() -> None:
    """The verdict names the item that fell most relative to its usual level, in points."""
    _, verdicts = replay_observations(WATCH, [USUAL] * 5 + [BOND_DROP])
    verdict = verdicts[-1]

    assert verdict is not None
    assert verdict.alert
    assert verdict.kind is VerdictKind.SCORES
    assert (verdict.item, verdict.rating) == ("bond", 3)
    assert verdict.drop == pytest.approx(6, abs=0.3)
    assert verdict.mean == pytest.approx(6)
    assert verdict.usual_low is not None
    assert 7 < verdict.usual_low < 9


def test_an_alert_is_followed_by_two_quiet_sessions() -> None:
    """The therapist has just been alerted; the third session may alert again."""
    _, verdicts = replay_observations(WATCH, [USUAL] * 8 + [BOND_DROP] * 4)
    last = [verdict for verdict in verdicts[-4:] if verdict is not None]

    assert [verdict.raised for verdict in last] == [True] * 4
    assert [verdict.alert for verdict in last] == [True, False, False, True]


@pytest.mark.parametrize("between", [UNANSWERED, WITHOUT_CHECKIN])
def test_sessions_without_an_answer_have_no_verdict(between: Observation) -> None:
    """By default, neither silence nor a session without a check-in has a verdict."""
    _, verdicts = replay_observations(WATCH, [USUAL, USUAL, between, USUAL])

    assert [verdict is None for verdict in verdicts] == [True, False, True, False]


def test_another_therapist_starts_a_new_baseline() -> None:
    """The alliance is with a person, so everything starts over with the next one."""
    first = Observation(USUAL.answers, therapist="t1")
    second = Observation(BOND_DROP.answers, therapist="t2")

    state, verdicts = replay_observations(WATCH, [first] * 5 + [second])

    assert verdicts[-1] is None
    assert state.baseline.check_ins == 1


@pytest.mark.parametrize(
    ("direct", "alerts"),
    [
        (DirectAnswer(FeltOff.NO), False),
        (DirectAnswer(FeltOff.A_LITTLE), False),
        (DirectAnswer(FeltOff.A_LITTLE, FollowUpAnswer.NOT_YET), False),
        (DirectAnswer(FeltOff.A_LITTLE, FollowUpAnswer.TALK), True),
        (DirectAnswer(FeltOff.YES), False),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.YES), False),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.PARTLY), False),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.NOT_YET), True),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.TALK), True),
    ],
)
@pytest.mark.parametrize("course", [[], [USUAL] * 4, [USUAL] * 4 + [BOND_DROP]])
def test_a_direct_answer_that_wants_attention_is_told_always(
    direct: DirectAnswer, alerts: bool, course: list[Observation]
) -> None:
    """On the first check-in, with usual ratings, and in the quiet period after an alert."""
    last = Observation(USUAL.answers, direct=direct)

    _, verdicts = replay_observations(WATCH, [*course, last])
    verdict = verdicts[-1]

    assert (verdict is not None and verdict.alert and verdict.kind is VerdictKind.DIRECT) is alerts
    assert verdict is None or not verdict.raised


def test_a_state_of_another_detector_is_refused() -> None:
    """Its memory would be misinterpreted."""
    state = WATCH.begin()._replace(detector="other")

    with pytest.raises(Undefined, match="replay"):
        WATCH.step(state, USUAL)


@pytest.mark.parametrize("answers", [{"mood": 3}, {"bond": 11}, {"bond": float("nan")}])
def test_answers_the_instrument_does_not_allow_are_refused(answers: Answers) -> None:
    """Unknown items, values out of range, and values that are not numbers."""
    with pytest.raises(BadAnswer):
        WATCH.step(WATCH.begin(), Observation(answers))


@pytest.mark.parametrize(
    "wrong",
    [{"budget": 3}, {"threshold": 1.0}, {"silence_budget": 1}, {"missed_in_a_row": 0}],
)
def test_settings_say_what_is_wrong(wrong: dict[str, Any]) -> None:
    """A wrong setting is refused at once."""
    with pytest.raises(BadSettings):
        DetectionSettings(**wrong)


def test_an_unknown_detector_is_refused() -> None:
    """The error lists the available names."""
    with pytest.raises(BadSettings, match="own_baseline"):
        detector("crystal_ball", instrument=CHECK_IN_4)
