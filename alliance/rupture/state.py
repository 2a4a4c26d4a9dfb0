"""What a detector remembers of one patient, as plain data that survives a database."""

import json
from typing import NamedTuple

from alliance.errors import Undefined
from alliance.rupture.rules.baseline import Baseline

Memory = tuple[float, ...]
"""What one rule remembers; only the rule knows what the numbers mean."""


class State(NamedTuple):
    """What a detector remembers of one patient with one therapist.

    Attributes:
        detector: Name of the detector that wrote it.
        version: Version of that detector.
        instrument: Id of the instrument that was answered.
        instrument_version: Its version.
        therapist: Who held the sessions; None where it was never said.
        sent: Check-ins so far, answered or not.
        unanswered: How many of them went unanswered.
        missed: How many of them went unanswered since the last answer.
        since_alert: Sessions since the last alert; None before the first.
        at_maximum: Answered check-ins in a row with every rating at the maximum.
        straight: Answered check-ins in a row with the same rating throughout.
        baseline: The patient's own level, spread and item profile.
        memory: What the rule remembers.
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

    def to_json(self) -> str:
        """Return the state as JSON; ``from_json`` gives back exactly this state."""
        fields = self._asdict() | {"baseline": self.baseline._asdict()}
        return json.dumps(fields, allow_nan=False)


def from_json(text: str) -> State:
    """Return the state that ``State.to_json`` wrote.

    Raises:
        Undefined: The text is no such state.
    """
    try:
        fields = json.loads(text)
        baseline = fields.pop("baseline")
        for name in ("offsets", "offset_weights"):
            baseline[name] = tuple(baseline[name])
        memory = tuple(fields.pop("memory"))
        return State(**fields, baseline=Baseline(**baseline), memory=memory)
    except (ValueError, TypeError, KeyError, AttributeError) as broken:
        raise Undefined(f"This is no state of a detector: {broken}") from None
