"""One patient's course under a rule: what every detector has in common.

Baseline, change of therapist, quiet after an alert, direct answers and silence are the same for
all rules; a rule only ranks sessions. Verdicts never use a later session.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from alliance.checkins.instruments import Instrument
from alliance.errors import Undefined
from alliance.rupture.judgement import Limits, on_ratings, without_ratings
from alliance.rupture.observation import DirectAnswer, Observation
from alliance.rupture.rules.baseline import expected, first_baseline, learn
from alliance.rupture.rules.rule import Rule, Session, Silence
from alliance.rupture.settings import Ratios
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import State
from alliance.rupture.verdict import Kind, Verdict

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
        """The probability from which on ratings raise; each verdict has the one it was held to."""

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
        limits: The scores from which on it raises.
        ratios: Likelihood ratios of the direct question.
    """

    instrument: Instrument
    shape: Shape
    rule: Rule
    limits: Limits
    ratios: Ratios

    @property
    def name(self) -> str:
        """Name of the rule."""
        return self.rule.name

    @property
    def version(self) -> int:
        """Version of the rule."""
        return self.rule.version

    @property
    def threshold(self) -> float:
        """The score from which on ratings raise."""
        return self.limits.ratings

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
        session without a check-in, and, unless silence may alert, after an unanswered one. A
        direct answer that wants attention always has a verdict. Another therapist, or another
        version of the instrument, starts a new baseline.

        Raises:
            BadAnswer: The instrument does not allow an answer.
            Undefined: The state is another detector's; replay the history instead.
        """
        before = self._one_session_later(state, observation)
        ratings = self.shape.ratings(observation.answers or {})
        ratio = self.ratios.of(observation.direct)
        verdict, score = None, 0.0
        if any(rating is not None for rating in ratings):
            after, verdict = self._answered(before, observation, ratings, ratio)
        elif observation.asked and observation.direct is None:
            after, verdict = self._unanswered(before)
        else:
            after, score = self._unrated(before, observation.asked, ratio)
        if observation.direct is not None:
            verdict = self._with_direct(after, observation.direct, verdict, score)
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
        verdict = on_ratings(
            self.shape,
            after,
            observation,
            ratings=ratings,
            prior=prior,
            score=reading.score,
            limits=self.limits,
        )
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
        limit = self.limits.silence
        if reading.score is None or limit is None:
            return after, None
        return after, without_ratings(self.shape, after, score=reading.score, threshold=limit)

    def _unrated(self, state: State, asked: bool, ratio: float) -> tuple[State, float]:
        reading = self.rule.unrated(state.memory, state.baseline.check_ins, ratio)
        after = state._replace(memory=reading.memory)
        if asked:
            after = after._replace(sent=state.sent + 1, missed=0)
        return after, reading.score or 0.0

    def _with_direct(
        self, after: State, direct: DirectAnswer, verdict: Verdict | None, score: float
    ) -> Verdict | None:
        """Return the verdict with what the patient said; what wants attention always has one."""
        if direct.wants_attention:
            found = verdict or without_ratings(
                self.shape, after, score=score, threshold=self.limits.direct
            )
            verdict = replace(found, kind=Kind.DIRECT, alert=True, settled=direct.settled)
        return None if verdict is None else replace(verdict, felt=direct.felt.value)


def replayed(
    detector: Detector, observations: Iterable[Observation]
) -> tuple[State, tuple[Verdict | None, ...]]:
    """Return the state after all sessions and one verdict, or None, per session."""
    state, verdicts = detector.begin(), []
    for observation in observations:
        state, verdict = detector.step(state, observation)
        verdicts.append(verdict)
    return state, tuple(verdicts)
