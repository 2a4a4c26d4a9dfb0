"""Run a rule over a patient's sessions: what all detectors have in common.

Baseline, change of therapist, quiet period after an alert, direct answers and silence are the
same for all rules; a rule only ranks sessions. A verdict never depends on later sessions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from alliance.checkins.instruments import Instrument
from alliance.errors import Undefined
from alliance.rupture.judgement import ScoreLimits, judge_ratings, judge_without_ratings
from alliance.rupture.observation import DirectAnswer, Observation
from alliance.rupture.rules.baseline import expectation_of, first_baseline, learn
from alliance.rupture.rules.rule import AnsweredSession, DetectionRule, MissedCheckin
from alliance.rupture.settings import LikelihoodRatios
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import DetectorState
from alliance.rupture.verdict import Verdict, VerdictKind

MAXIMUM = 1 - 1e-9
"""The highest rating on the unit scale, allowing for rounding errors."""


class Detector(Protocol):
    """Turns a patient's sessions into verdicts, for one instrument and one site."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    @property
    def version(self) -> int:
        """Goes up whenever verdicts change; stored with each state."""

    @property
    def threshold(self) -> float:
        """The probability from which ratings are raised."""

    def begin(self) -> DetectorState:
        """Return the state before a patient's first session."""

    def step(
        self, state: DetectorState, observation: Observation
    ) -> tuple[DetectorState, Verdict | None]:
        """Return the state after one more session, and the verdict if there is one."""


@dataclass(frozen=True, slots=True)
class RuleDetector:
    """A detector based on one rule.

    Attributes:
        instrument: The instrument that patients answer.
        shape: Its shape.
        rule: The rule that ranks sessions.
        limits: The scores from which a verdict is raised.
        ratios: Likelihood ratios of the direct question.
    """

    instrument: Instrument
    shape: Shape
    rule: DetectionRule
    limits: ScoreLimits
    ratios: LikelihoodRatios

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
        """The score from which ratings are raised."""
        return self.limits.ratings

    def begin(self) -> DetectorState:
        """Return the state before a patient's first session."""
        return DetectorState(
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

    def step(
        self, state: DetectorState, observation: Observation
    ) -> tuple[DetectorState, Verdict | None]:
        """Return the state after one more session, and the verdict if there is one.

        There is none after a session without a check-in, after an unanswered one unless silence
        may alert, and after the first answered one unless it crosses a fixed cut-off. A direct
        answer that wants attention always has a verdict. A change of therapist or instrument
        version starts a new baseline.

        Raises:
            BadAnswer: The instrument does not allow an answer.
            Undefined: The state is from another detector; replay the history instead.
        """
        before = self._prepare_state(state, observation)
        ratings = self.shape.ratings(observation.answers or {})
        ratio = self.ratios.ratio_of(observation.direct)
        verdict, score = None, 0.0
        if any(rating is not None for rating in ratings):
            after, verdict = self._step_answered(before, observation, ratings, ratio)
        elif observation.asked and observation.direct is None:
            after, verdict = self._step_unanswered(before)
        else:
            after, score = self._step_unrated(before, observation.asked, ratio)
        if observation.direct is not None:
            verdict = self._with_direct(after, observation.direct, verdict, score)
        if verdict is not None and verdict.alert:
            after = after._replace(since_alert=0)
        return after, verdict

    def _prepare_state(self, state: DetectorState, observation: Observation) -> DetectorState:
        if (state.detector, state.version) != (self.rule.name, self.rule.version):
            raise Undefined(
                f"The state is from {state.detector} {state.version}, not from {self.rule.name} "
                f"{self.rule.version}: replay the patient's sessions."
            )
        instrument = (self.instrument.id, self.instrument.version)
        if (state.instrument, state.instrument_version) != instrument:
            state = self.begin()
        therapist = observation.therapist
        if therapist is not None and therapist != state.therapist:
            before = state if state.therapist is None else self.begin()
            state = before._replace(therapist=therapist)
        if state.since_alert is not None:
            state = state._replace(since_alert=state.since_alert + 1)
        return state

    def _step_answered(
        self, state: DetectorState, observation: Observation, ratings: Ratings, ratio: float
    ) -> tuple[DetectorState, Verdict | None]:
        baseline = state.baseline
        prior = expectation_of(baseline, self.shape.step)
        result = self.rule.rank_answered(
            state.memory,
            AnsweredSession(
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
                baseline, ratings, prior=prior, trust=result.trust, step=self.shape.step
            ),
            memory=result.memory,
        )
        if result.score is None:
            return after, None
        verdict = judge_ratings(
            self.shape,
            after,
            observation,
            ratings=ratings,
            prior=prior,
            score=result.score,
            limits=self.limits,
        )
        return after, verdict if verdict.raised or baseline.check_ins else None

    def _step_unanswered(self, state: DetectorState) -> tuple[DetectorState, Verdict | None]:
        result = self.rule.rank_unanswered(
            state.memory,
            MissedCheckin(state.baseline.check_ins, state.sent, state.unanswered, state.missed),
        )
        after = state._replace(
            sent=state.sent + 1,
            unanswered=state.unanswered + 1,
            missed=state.missed + 1,
            memory=result.memory,
        )
        limit = self.limits.silence
        if result.score is None or limit is None:
            return after, None
        return after, judge_without_ratings(self.shape, after, score=result.score, threshold=limit)

    def _step_unrated(
        self, state: DetectorState, asked: bool, ratio: float
    ) -> tuple[DetectorState, float]:
        result = self.rule.rank_unrated(state.memory, state.baseline.check_ins, ratio)
        after = state._replace(memory=result.memory)
        if asked:
            after = after._replace(sent=state.sent + 1, missed=0)
        return after, result.score or 0.0

    def _with_direct(
        self, after: DetectorState, direct: DirectAnswer, verdict: Verdict | None, score: float
    ) -> Verdict | None:
        """Add the direct answer to the verdict; one that wants attention always has a verdict."""
        if direct.wants_attention:
            base = verdict or judge_without_ratings(
                self.shape, after, score=score, threshold=self.limits.direct
            )
            verdict = replace(base, kind=VerdictKind.DIRECT, alert=True, settled=direct.settled)
        return None if verdict is None else replace(verdict, felt=direct.felt.value)


def replay_observations(
    detector: Detector, observations: Iterable[Observation]
) -> tuple[DetectorState, tuple[Verdict | None, ...]]:
    """Return the state after all sessions, and one verdict or None per session."""
    state, verdicts = detector.begin(), []
    for observation in observations:
        state, verdict = detector.step(state, observation)
        verdicts.append(verdict)
    return state, tuple(verdicts)
