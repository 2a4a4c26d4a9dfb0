"""How a verdict is made of a score: what raises, what alerts, and the numbers of the sentence."""

from typing import NamedTuple

from alliance.rupture.observation import Observation
from alliance.rupture.rules.baseline import Expected, expected
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import State
from alliance.rupture.verdict import Kind, Verdict

QUIET_SESSIONS = 2
"""An alert is followed by this many sessions without another one."""


class Limits(NamedTuple):
    """The scores from which on a verdict raises, by what it rests on.

    Attributes:
        ratings: Ratings alone.
        direct: Ratings beside an answer to the direct question.
        silence: Unanswered check-ins; None where they raise nothing.
    """

    ratings: float
    direct: float
    silence: float | None


def on_ratings(
    shape: Shape,
    after: State,
    observation: Observation,
    *,
    ratings: Ratings,
    prior: Expected,
    score: float,
    limits: Limits,
) -> Verdict:
    """Return the verdict on an answered check-in.

    Args:
        shape: What was answered.
        after: The state after the session.
        observation: The session; at least one item was rated.
        ratings: Its answers on the range scale.
        prior: What the patient's own baseline expected of it.
        score: What the rule made of it.
        limits: From where on it raises.
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
        kind=Kind.SCORES,
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


def without_ratings(shape: Shape, after: State, *, score: float, threshold: float) -> Verdict:
    """Return the verdict on a session in which nothing was rated.

    Args:
        shape: What was asked.
        after: The state after the session.
        score: What the rule made of it.
        threshold: From where on it raises.
    """
    low = high = None
    if after.baseline.check_ins:
        prior = expected(after.baseline, shape.step)
        low, high = map(shape.units, prior.usual_range(len(shape.ids)))
    raised = score >= threshold
    return Verdict(
        kind=Kind.SILENCE,
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


def _may_alert(state: State) -> bool:
    return state.since_alert is None or state.since_alert > QUIET_SESSIONS


def _furthest_below(ratings: Ratings, prior: Expected) -> tuple[int | None, float | None]:
    """Return the item furthest below its own usual level, and by how much on the range scale."""
    item, most = None, 0.0
    for index, rating in enumerate(ratings):
        if rating is not None and prior.of_item(index) - rating > most:
            item, most = index, prior.of_item(index) - rating
    return item, None if item is None else most
