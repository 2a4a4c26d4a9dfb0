"""Rupture detection: our own model and published rules, behind one interface.

>>> from alliance.checkins.instruments import instrument
>>> hidden_markov = detector(instrument=instrument("check_in_4"))
>>> usual = Observation({"goal": 9, "task": 9, "bond": 9, "overall": 9})
>>> low = Observation({"goal": 8, "task": 8, "bond": 3, "overall": 5})
>>> _, verdicts = replay_observations(hidden_markov, [usual, usual, usual, usual, low])
>>> verdicts[-1].alert, verdicts[-1].item
(True, 'bond')
"""

from alliance.rupture.observation import (
    UNANSWERED,
    WITHOUT_CHECKIN,
    DirectAnswer,
    FeltOff,
    FollowUpAnswer,
    Observation,
)
from alliance.rupture.rules.registry import DEFAULT_DETECTOR, detector, detector_names
from alliance.rupture.sentence import ENGLISH, Sentence, sentence, sentence_in_english
from alliance.rupture.settings import BUDGETS, DEFAULT_BUDGET, DetectionSettings, LikelihoodRatios
from alliance.rupture.state import DetectorState
from alliance.rupture.verdict import Verdict, VerdictKind
from alliance.rupture.watch import Detector, replay_observations

__all__ = [
    "BUDGETS",
    "DEFAULT_BUDGET",
    "DEFAULT_DETECTOR",
    "ENGLISH",
    "UNANSWERED",
    "WITHOUT_CHECKIN",
    "DetectionSettings",
    "Detector",
    "DetectorState",
    "DirectAnswer",
    "FeltOff",
    "FollowUpAnswer",
    "LikelihoodRatios",
    "Observation",
    "Sentence",
    "Verdict",
    "VerdictKind",
    "detector",
    "detector_names",
    "replay_observations",
    "sentence",
    "sentence_in_english",
]
