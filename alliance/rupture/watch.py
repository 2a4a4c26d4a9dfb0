"""One patient's course under a rule: what every detector has in common.

Baseline, change of therapist, quiet after an alert, direct answers and silence are the same for
all rules; a rule only ranks sessions. Verdicts never use a later session.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from alliance.errors import Undefined
from alliance.instruments import Answers, Instrument
from alliance.rupture.baseline import Expected, expected, first_baseline, learn
from alliance.rupture.observation import Observation
from alliance.rupture.rule import Rule, Session, Silence
from alliance.rupture.settings import Ratios
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import State
from alliance.rupture.verdict import Kind, Verdict

QUIET_SESSIONS = 2
"""An alert is followed by this many sessions without another one."""

MAXIMUM = 1 - 1e-9
"""A rating on the range scale that can go no higher, whatever the arithmetic did to it."""


class Detector(Protocol):
    """Whatever turns a patient's sessions into verdicts, for one instrument and one site."""

    @property
    def name(self) -> str:
        """What it is called in settings."""

    @property
    def version(self) -> int:
        """Counts up whenever verdicts change; stamped on each state."""

    @property
    def threshold(self) -> float:
        """The probability from which on it raises; stamped on each verdict."""

    def begin(self) -> State:
        """Return the state before a patient's first session."""

    def step(self, state: State, observation: Observation) -> tuple[State, Verdict | None]:
        """Return the state after one more session, and the verdict where there is one."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A detector made of one rule.

    Attributes:
        instrument: What the patients answer.
        shape: The same, as rules see it.
        rule: How sessions are ranked.
        threshold: The score from which on it raises.
        silence_threshold: Likewise for unanswered check-ins; None where they raise nothing.
        ratios: Likelihood ratios of the direct question.
    """

    instrument: Instrument
    shape: Shape
    rule: Rule
    threshold: float
    silence_threshold: float | None
    ratios: Ratios

    @property
    def name(self) -> str:
        """Name of the rule."""
        return self.rule.name

    @property
    def version(self) -> int:
        """Version of the rule."""
        return self.rule.version

    def begin(self) -> State:
        """Return the state before a patient's first session."""
        return State(
            detector=self.rule.name,
            version=self.rule.version,
            instrument=self.instrument.id,
            instrument_version=self.instrument.version,
            therapist=None,
            sent=0,
            unanswered=0,
            missed=0,
            since_alert=None,
            at_maximum=0,
            straight=0,
            baseline=first_baseline(len(self.shape.ids)),
            memory=self.rule.begin(),
        )

    def step(self, state: State, observation: Observation) -> tuple[State, Verdict | None]:
        """Return the state after one more session, and the verdict where there is one.

        There is none after the first answered check-in unless it crosses a fixed cut-off, after a
        session without a check-in, and,
        unless silence may alert, after an unanswered one. A direct answer that wants attention
        always has a verdict. Another therapist, or another version of the instrument, starts a
        new baseline.

        Raises:
            BadAnswer: The instrument does not allow an answer.
            Undefined: The state is another detector's; replay the history instead.
        """
        before = self._one_session_later(state, observation)
        ratings = self.shape.ratings(observation.answers or {})
        ratio = self.ratios.of(observation.direct)
        verdict: Verdict | None
        if any(rating is not None for rating in ratings):
            after, verdict = self._answered(before, observation, ratings, ratio)
        elif observation.asked and observation.direct is None:
            after, verdict = self._unanswered(before)
        else:
            after, verdict = self._unrated(before, observation.asked, ratio), None
        direct = observation.direct
        if direct is not None and direct.wants_attention:
            verdict = replace(
                verdict or self._silent(after), kind=Kind.DIRECT, alert=True, settled=direct.settled
            )
        if verdict is not None and verdict.alert:
            after = after._replace(since_alert=0)
        return after, verdict

    def _one_session_later(self, state: State, observation: Observation) -> State:
        if (state.detector, state.version) != (self.rule.name, self.rule.version):
            raise Undefined(
                f"The state is of {state.detector} {state.version}, not of {self.rule.name} "
                f"{self.rule.version}: replay the patient's sessions."
            )
        instrument = (self.instrument.id, self.instrument.version)
        if (state.instrument, state.instrument_version) != instrument:
            state = self.begin()
        now = observation.therapist
        if now is not None and now != state.therapist:
            state = (state if state.therapist is None else self.begin())._replace(therapist=now)
        if state.since_alert is not None:
            state = state._replace(since_alert=state.since_alert + 1)
        return state

    def _answered(
        self, state: State, observation: Observation, ratings: Ratings, ratio: float
    ) -> tuple[State, Verdict | None]:
        baseline = state.baseline
        prior = expected(baseline, self.shape.step)
        reading = self.rule.answered(
            state.memory,
            Session(
                ratings=ratings,
                expected=prior,
                before=baseline.check_ins,
                sent=state.sent,
                unanswered=state.unanswered,
                missed=state.missed,
                ratio=ratio,
            ),
        )
        given = [rating for rating in ratings if rating is not None]
        straight = len(given) > 1 and max(given) == min(given)
        after = state._replace(
            sent=state.sent + 1,
            missed=0,
            at_maximum=state.at_maximum + 1 if min(given) >= MAXIMUM else 0,
            straight=state.straight + 1 if straight else 0,
            baseline=learn(
                baseline, ratings, prior=prior, trust=reading.trust, step=self.shape.step
            ),
            memory=reading.memory,
        )
        if reading.score is None:
            return after, None
        answers = observation.answers or {}
        verdict = self._verdict_on_scores(after, answers, ratings, prior, reading.score)
        return after, verdict if verdict.raised or baseline.check_ins else None

    def _unanswered(self, state: State) -> tuple[State, Verdict | None]:
        reading = self.rule.unanswered(
            state.memory,
            Silence(state.baseline.check_ins, state.sent, state.unanswered, state.missed),
        )
        after = state._replace(
            sent=state.sent + 1,
            unanswered=state.unanswered + 1,
            missed=state.missed + 1,
            memory=reading.memory,
        )
        if reading.score is None or self.silence_threshold is None:
            return after, None
        raised = reading.score >= self.silence_threshold
        verdict = replace(
            self._silent(after),
            probability=reading.score,
            threshold=self.silence_threshold,
            raised=raised,
            alert=raised and _may_alert(after),
        )
        return after, verdict

    def _unrated(self, state: State, asked: bool, ratio: float) -> State:
        memory = self.rule.unrated(state.memory, state.baseline.check_ins, ratio)
        if not asked:
            return state._replace(memory=memory)
        return state._replace(memory=memory, sent=state.sent + 1, missed=0)

    def _verdict_on_scores(
        self, after: State, answers: Answers, ratings: Ratings, prior: Expected, score: float
    ) -> Verdict:
        given = [value for value in answers.values() if value is not None]
        item = drop = low = high = None
        if after.baseline.check_ins > 1:
            lowest, drop = _furthest_below(ratings, prior)
            item = None if lowest is None else self.shape.ids[lowest]
            low, high = prior.usual_range(len(given))
        raised = score >= self.threshold
        units = self.shape.units
        return Verdict(
            kind=Kind.SCORES,
            probability=score,
            threshold=self.threshold,
            raised=raised,
            alert=raised and _may_alert(after),
            item=item,
            rating=None if item is None else answers[item],
            drop=None if drop is None else drop * self.shape.span,
            mean=sum(given) / len(given),
            usual_low=None if low is None else units(low),
            usual_high=None if high is None else units(high),
            settled=None,
            check_ins=after.baseline.check_ins,
            missed=after.missed,
            sent=after.sent,
        )

    def _silent(self, after: State) -> Verdict:
        """Return a verdict on a session whose ratings say nothing."""
        low = high = None
        if after.baseline.check_ins:
            prior = expected(after.baseline, self.shape.step)
            low, high = map(self.shape.units, prior.usual_range(len(self.shape.ids)))
        return Verdict(
            kind=Kind.SILENCE,
            probability=0.0,
            threshold=self.threshold,
            raised=False,
            alert=False,
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


def replayed(
    detector: Detector, observations: Iterable[Observation]
) -> tuple[State, tuple[Verdict | None, ...]]:
    """Return the state after all sessions and one verdict, or None, per session."""
    state, verdicts = detector.begin(), []
    for observation in observations:
        state, verdict = detector.step(state, observation)
        verdicts.append(verdict)
    return state, tuple(verdicts)


def _may_alert(state: State) -> bool:
    return state.since_alert is None or state.since_alert > QUIET_SESSIONS


def _furthest_below(ratings: Ratings, prior: Expected) -> tuple[int | None, float | None]:
    """Return the item furthest below its own usual level, and by how much on the range scale."""
    item, most = None, 0.0
    for index, rating in enumerate(ratings):
        if rating is not None and prior.of_item(index) - rating > most:
            item, most = index, prior.of_item(index) - rating
    return item, None if item is None else most
