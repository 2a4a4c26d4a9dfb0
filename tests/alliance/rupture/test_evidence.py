"""Direct answers and silences as evidence in addition to the ratings."""

import pytest

from alliance.checkins.instruments import Answers
from alliance.errors import BadSettings
from alliance.rupture import (
    UNANSWERED,
    DetectionSettings,
    DirectAnswer,
    FeltOff,
    FollowUpAnswer,
    LikelihoodRatios,
    Observation,
    VerdictKind,
    detector,
    replay_observations,
)
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import threshold
from tests.alliance.rupture.observations import CHECK_IN_4, USUAL

TOP: Answers = {"goal": 10.0, "task": 10.0, "bond": 10.0, "overall": 10.0}
LOW: Answers = {"goal": 6.0, "task": 6.0, "bond": 4.0, "overall": 5.0}


def probability(
    direct: DirectAnswer | None,
    ratios: LikelihoodRatios | None = None,
    answers: Answers | None = None,
) -> float:
    """Return the rupture probability after these ratings (usual ones if None) and this answer."""
    watch = detector(
        instrument=CHECK_IN_4, settings=DetectionSettings(ratios=ratios or LikelihoodRatios())
    )
    last = Observation(answers or USUAL.answers, direct=direct)
    verdict = replay_observations(watch, [USUAL] * 4 + [last])[1][-1]
    assert verdict is not None
    return verdict.probability


def odds(chance: float) -> float:
    """Return the odds of a probability."""
    return chance / (1 - chance)


@pytest.mark.parametrize("ratio", [0.3, 0.53, 1.0])
def test_an_answer_that_speaks_against_multiplies_the_odds(ratio: float) -> None:
    """By its likelihood ratio, for any ratings."""
    after = probability(DirectAnswer(FeltOff.NO), LikelihoodRatios(no=ratio))

    assert odds(after) == pytest.approx(ratio * odds(probability(None)))


@pytest.mark.parametrize(
    ("direct", "ratio"),
    [
        (DirectAnswer(FeltOff.A_LITTLE), 2.3),
        (DirectAnswer(FeltOff.YES), 10.0),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.NOT_YET), 10.0),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.PARTLY), 10.0),
        (DirectAnswer(FeltOff.YES, FollowUpAnswer.YES), 2.3),
    ],
)
@pytest.mark.parametrize("answers", [USUAL.answers, TOP])
def test_usual_ratings_do_not_take_back_what_the_patient_says(
    direct: DirectAnswer, ratio: float, answers: Answers
) -> None:
    """Ratings may not show a rupture, so "yes" raises the odds by more than its ratio."""
    assert odds(probability(direct, answers=answers)) > ratio * odds(
        probability(None, answers=answers)
    )


def test_of_two_answers_the_stronger_one_leaves_the_higher_probability() -> None:
    """In the order no, no answer, a little, yes; also after ratings that fell."""
    for answers in (USUAL.answers, TOP, LOW):
        probabilities = [
            probability(direct, answers=answers)
            for direct in (
                DirectAnswer(FeltOff.NO),
                None,
                DirectAnswer(FeltOff.A_LITTLE),
                DirectAnswer(FeltOff.YES),
            )
        ]
        assert probabilities == sorted(probabilities)


def test_an_answered_question_has_a_threshold_of_its_own() -> None:
    """It depends on each session, so files with and without the column are both handled."""
    watch = detector(instrument=CHECK_IN_4)
    asked = Observation(USUAL.answers, direct=DirectAnswer(FeltOff.NO))
    _, verdicts = replay_observations(watch, [USUAL, USUAL, asked, USUAL])
    shape = shape_of(CHECK_IN_4)
    alone, beside = (
        threshold(watch.name, shape, budget=5, kind=kind)
        for kind in (VerdictKind.SCORES, VerdictKind.DIRECT)
    )

    assert alone != beside
    assert [one.threshold for one in verdicts if one is not None] == [alone, beside, alone]
    assert [one.felt for one in verdicts if one is not None] == [None, "no", None]


def test_a_direct_answer_without_ratings_is_weighed_too() -> None:
    """If nothing was rated and the patient wants to talk, it alerts and changes the odds."""
    watch = detector(instrument=CHECK_IN_4)
    wants_to_talk = Observation(None, direct=DirectAnswer(FeltOff.YES, FollowUpAnswer.TALK))
    verdict = replay_observations(watch, [USUAL] * 4 + [wants_to_talk])[1][-1]

    assert verdict is not None
    assert (verdict.kind, verdict.alert, verdict.mean) == (VerdictKind.DIRECT, True, None)
    assert verdict.probability > probability(None)


def test_a_site_sets_its_own_ratios() -> None:
    """For sites where the question is known to be more accurate."""
    usual, sharper = (
        odds(probability(DirectAnswer(FeltOff.YES), LikelihoodRatios(yes=ratio)))
        for ratio in (10, 20)
    )

    assert sharper == pytest.approx(2 * usual)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_is_a_positive_number(ratio: float) -> None:
    """Anything else would silence the detector or make it alert always."""
    with pytest.raises(BadSettings):
        LikelihoodRatios(yes=ratio)


def test_silence_alone_is_no_alert_as_shipped() -> None:
    """By default it only changes the odds for the next answer."""
    watch = detector(instrument=CHECK_IN_4)
    _, spoken = replay_observations(watch, [USUAL] * 6 + [USUAL])
    _, after = replay_observations(watch, [USUAL] * 6 + [UNANSWERED] * 4 + [USUAL])

    assert after[-5:-1] == (None,) * 4
    assert spoken[-1] is not None
    assert after[-1] is not None
    assert after[-1].probability > spoken[-1].probability


def test_silence_may_alert_where_a_site_wants_it_to() -> None:
    """As a kind of its own, distinct from the ratings."""
    watch = detector(instrument=CHECK_IN_4, settings=DetectionSettings(silence_budget=10))
    _, verdicts = replay_observations(watch, [USUAL] * 8 + [UNANSWERED] * 3)
    silent = [verdict for verdict in verdicts[-3:] if verdict is not None]

    assert {verdict.kind for verdict in silent} == {VerdictKind.SILENCE}
    assert sum(verdict.alert for verdict in silent) == 1
    assert [verdict.missed for verdict in silent] == [1, 2, 3]
