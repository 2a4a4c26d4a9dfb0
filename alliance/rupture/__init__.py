"""The rupture detector and the published rules, behind one interface.

>>> from alliance.checkins.instruments import instrument
>>> checkin = instrument("check_in_4")
>>> watch = detector(instrument=checkin)
>>> usual = Observation({"goal": 9, "task": 9, "bond": 9, "overall": 9})
>>> low = Observation({"goal": 8, "task": 8, "bond": 3, "overall": 5})
>>> _, verdicts = replayed(watch, [usual, usual, usual, usual, low])
>>> verdicts[-1].alert, verdicts[-1].item
(True, 'bond')
"""

from alliance.rupture.observation import (
    UNANSWERED,
    WITHOUT_CHECKIN,
    DirectAnswer,
    Felt,
    Observation,
    Settled,
)
from alliance.rupture.rules.registry import USUAL_DETECTOR, detector, detector_names
from alliance.rupture.sentence import ENGLISH, Sentence, in_english, sentence
from alliance.rupture.settings import BUDGETS, USUAL_BUDGET, Ratios, Settings
from alliance.rupture.state import State, from_json
from alliance.rupture.verdict import Kind, Verdict
from alliance.rupture.watch import Detector, replayed

__all__ = [
    "BUDGETS",
    "ENGLISH",
    "UNANSWERED",
    "USUAL_BUDGET",
    "USUAL_DETECTOR",
    "WITHOUT_CHECKIN",
    "Detector",
    "DirectAnswer",
    "Felt",
    "Kind",
    "Observation",
    "Ratios",
    "Sentence",
    "Settings",
    "Settled",
    "State",
    "Verdict",
    "detector",
    "detector_names",
    "from_json",
    "in_english",
    "replayed",
    "sentence",
]
