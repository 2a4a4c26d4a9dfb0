"""The state of a detector for one patient, as plain data."""

from typing import NamedTuple

from alliance.rupture.rules.baseline import Baseline

Memory = tuple[float, ...]
"""The state of one rule; only the rule itself interprets it."""


class DetectorState(NamedTuple):
    """The state of a detector for one patient with one therapist.

    Attributes:
        detector: Name of the detector that produced it.
        version: Version of that detector.
        instrument: Id of the instrument that was answered.
        instrument_version: Its version.
        therapist: Who held the sessions; None if unknown.
        sent: Check-ins so far, answered or not.
        unanswered: Unanswered check-ins so far.
        missed: Unanswered check-ins since the last answer.
        since_alert: Sessions since the last alert; None before the first.
        at_maximum: Consecutive answered check-ins with every rating at the maximum.
        straight: Consecutive answered check-ins with the same rating throughout.
        baseline: The patient's own level, spread and item profile.
        memory: The state of the rule.
    """

    detector: str
    version: int
    instrument: str
    instrument_version: int
    therapist: str | None
    sent: int
    unanswered: int
    missed: int
    since_alert: int | None
    at_maximum: int
    straight: int
    baseline: Baseline
    memory: Memory
