"""Direct answers and silences as evidence beside the ratings."""

import pytest

from alliance.checkins.instruments import Answers
from alliance.errors import BadSettings
from alliance.rupture import (
    UNANSWERED,
    DirectAnswer,
    Felt,
    Kind,
    Observation,
    Ratios,
    Settings,
    Settled,
    detector,
    replayed,
)
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import threshold
from tests.alliance.rupture.courses import CHECK_IN_4, USUAL

TOP: Answers = {"goal": 10.0, "task": 10.0, "bond": 10.0, "overall": 10.0}
LOW: Answers = {"goal": 6.0, "task": 6.0, "bond": 4.0, "overall": 5.0}


def probability(
    direct: DirectAnswer | None, ratios: Ratios | None = None, answers: Answers | None = None
) -> float:
    """How likely a rupture is after these ratings, the usual ones if none, and this answer."""
    watch = detector(instrument=CHECK_IN_4, settings=Settings(ratios=ratios or Ratios()))
    last = Observation(answers or USUAL.answers, direct=direct)
    verdict = replayed(watch, [USUAL] * 4 + [last])[1][-1]
    assert verdict is not None
    return verdict.probability


def odds(chance: float) -> float:
    """Odds of a probability."""
    return chance / (1 - chance)


@pytest.mark.parametrize("ratio", [0.3, 0.53, 1.0])
def test_an_answer_that_speaks_against_multiplies_the_odds(ratio: float) -> None:
    """By its likelihood ratio, whatever the ratings say."""
    said = probability(DirectAnswer(Felt.NO), Ratios(no=ratio))

    assert odds(said) == pytest.approx(ratio * odds(probability(None)))


@pytest.mark.parametrize(
    ("direct", "ratio"),
    [
        (DirectAnswer(Felt.A_LITTLE), 2.3),
        (DirectAnswer(Felt.YES), 10.0),
        (DirectAnswer(Felt.YES, Settled.NOT_YET), 10.0),
        (DirectAnswer(Felt.YES, Settled.PARTLY), 10.0),
        (DirectAnswer(Felt.YES, Settled.YES), 2.3),
    ],
)
@pytest.mark.parametrize("answers", [USUAL.answers, TOP])
def test_usual_ratings_do_not_take_back_what_the_patient_says(
    direct: DirectAnswer, ratio: float, answers: Answers
) -> None:
    """Ratings may not show it, so "yes" raises the odds by more than its ratio."""
    assert odds(probability(direct, answers=answers)) > ratio * odds(
        probability(None, answers=answers)
    )


def test_of_two_answers_the_stronger_one_leaves_the_higher_probability() -> None:
    """No, no answer, a little, yes, in that order; also after ratings that fell."""
    for answers in (USUAL.answers, TOP, LOW):
        said = [
            probability(direct, answers=answers)
            for direct in (
                DirectAnswer(Felt.NO),
                None,
                DirectAnswer(Felt.A_LITTLE),
                DirectAnswer(Felt.YES),
            )
        ]
        assert said == sorted(said)


def test_an_answered_question_has_a_threshold_of_its_own() -> None:
    """By what was answered in that session, so that files with and without the column are right."""
    watch = detector(instrument=CHECK_IN_4)
    asked = Observation(USUAL.answers, direct=DirectAnswer(Felt.NO))
    _, verdicts = replayed(watch, [USUAL, USUAL, asked, USUAL])
    shape = shape_of(CHECK_IN_4)
    alone, beside = (
        threshold(watch.name, shape, budget=5, kind=kind) for kind in (Kind.SCORES, Kind.DIRECT)
    )

    assert alone != beside
    assert [one.threshold for one in verdicts if one is not None] == [alone, beside, alone]
    assert [one.felt for one in verdicts if one is not None] == [None, "no", None]


def test_a_direct_answer_without_ratings_is_weighed_too() -> None:
    """Nothing was rated, and the patient wants to talk: told at once, with the odds moved."""
    watch = detector(instrument=CHECK_IN_4)
    told = Observation(None, direct=DirectAnswer(Felt.YES, Settled.TALK))
    verdict = replayed(watch, [USUAL] * 4 + [told])[1][-1]

    assert verdict is not None
    assert (verdict.kind, verdict.alert, verdict.mean) == (Kind.DIRECT, True, None)
    assert verdict.probability > probability(None)


def test_a_site_sets_its_own_ratios() -> None:
    """Where the question is known to be sharper."""
    usual, sharper = (
        odds(probability(DirectAnswer(Felt.YES), Ratios(yes=ratio))) for ratio in (10, 20)
    )

    assert sharper == pytest.approx(2 * usual)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_is_a_positive_number(ratio: float) -> None:
    """Anything else would silence the detector or never let it rest."""
    with pytest.raises(BadSettings):
        Ratios(yes=ratio)


def test_silence_alone_is_no_alert_as_shipped() -> None:
    """It shifts the odds of the next answer only."""
    watch = detector(instrument=CHECK_IN_4)
    _, spoken = replayed(watch, [USUAL] * 6 + [USUAL])
    _, after = replayed(watch, [USUAL] * 6 + [UNANSWERED] * 4 + [USUAL])

    assert after[-5:-1] == (None,) * 4
    assert spoken[-1] is not None
    assert after[-1] is not None
    assert after[-1].probability > spoken[-1].probability


def test_silence_may_alert_where_a_site_wants_it_to() -> None:
    """As a kind of its own, told apart from the ratings."""
    watch = detector(instrument=CHECK_IN_4, settings=Settings(silence_budget=10))
    _, verdicts = replayed(watch, [USUAL] * 8 + [UNANSWERED] * 3)
    silent = [verdict for verdict in verdicts[-3:] if verdict is not None]

    assert {verdict.kind for verdict in silent} == {Kind.SILENCE}
    assert sum(verdict.alert for verdict in silent) == 1
    assert [verdict.missed for verdict in silent] == [1, 2, 3]
