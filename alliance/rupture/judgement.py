"""Turn a score into a verdict: whether it raises, whether it alerts, and the numbers to show."""

from typing import NamedTuple

from alliance.rupture.observation import Observation
from alliance.rupture.rules.baseline import Expectation, expectation_of
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import DetectorState
from alliance.rupture.verdict import Verdict, VerdictKind

QUIET_SESSIONS = 2
"""Number of sessions after an alert without another one."""


class ScoreLimits(NamedTuple):
    """The scores from which a verdict is raised, by its evidence.

    Attributes:
        ratings: For ratings alone.
        direct: For ratings with an answer to the direct question.
        silence: For unanswered check-ins; None if they are never raised.
    """

    ratings: float
    direct: float
    silence: float | None


def judge_ratings(
    shape: Shape,
    after: DetectorState,
    observation: Observation,
    *,
    ratings: Ratings,
    prior: Expectation,
    score: float,
    limits: ScoreLimits,
) -> Verdict:
    """Return the verdict on an answered check-in.

    Args:
        shape: The shape of the instrument.
        after: The state after the session.
        observation: The session; at least one item was rated.
        ratings: Its answers on the unit scale.
        prior: What the patient's baseline predicted.
        score: The rule's score.
        limits: The scores from which a verdict is raised.
    """
    answers = observation.answers or {}
    given = [value for value in answers.values() if value is not None]
    item = drop = low = high = None
    if after.baseline.check_ins > 1:
        lowest, drop = _furthest_below(ratings, prior)
        item = None if lowest is None else shape.ids[lowest]
        low, high = prior.usual_range(len(given))
    threshold = limits.ratings if observation.direct is None else limits.direct
    raised = score >= threshold
    return Verdict(
        kind=VerdictKind.SCORES,
        probability=score,
        threshold=threshold,
        raised=raised,
        alert=raised and _may_alert(after),
        item=item,
        rating=None if item is None else answers[item],
        drop=None if drop is None else drop * shape.span,
        mean=sum(given) / len(given),
        usual_low=None if low is None else shape.units(low),
        usual_high=None if high is None else shape.units(high),
        settled=None,
        check_ins=after.baseline.check_ins,
        missed=after.missed,
        sent=after.sent,
    )


def judge_without_ratings(
    shape: Shape, after: DetectorState, *, score: float, threshold: float
) -> Verdict:
    """Return the verdict on a session without ratings.

    Args:
        shape: The shape of the instrument.
        after: The state after the session.
        score: The rule's score.
        threshold: The score from which the verdict is raised.
    """
    low = high = None
    if after.baseline.check_ins:
        prior = expectation_of(after.baseline, shape.step)
        low, high = map(shape.units, prior.usual_range(len(shape.ids)))
    raised = score >= threshold
    return Verdict(
        kind=VerdictKind.SILENCE,
        probability=score,
        threshold=threshold,
        raised=raised,
        alert=raised and _may_alert(after),
        item=None,
        rating=None,
        drop=None,
        mean=None,
        usual_low=low,
        usual_high=high,
        settled=None,
        check_ins=after.baseline.check_ins,
        missed=after.missed,
        sent=after.sent,
    )


def _may_alert(state: DetectorState) -> bool:
    return state.since_alert is None or state.since_alert > QUIET_SESSIONS


def _furthest_below(ratings: Ratings, prior: Expectation) -> tuple[int | None, float | None]:
    """Return the item furthest below its usual level, and the difference on the unit scale."""
    item, largest = None, 0.0
    for index, rating in enumerate(ratings):
        if rating is not None and prior.of_item(index) - rating > largest:
            item, largest = index, prior.of_item(index) - rating
    return item, None if item is None else largest
