"""A detector's verdict on a session, in numbers."""

from dataclasses import dataclass
from enum import StrEnum


class VerdictKind(StrEnum):
    """The evidence for a verdict."""

    SCORES = "scores"  # the ratings
    SILENCE = "silence"  # unanswered check-ins
    DIRECT = "direct"  # the patient said so


@dataclass(frozen=True, slots=True)
class Verdict:
    """A detector's verdict on one session; amounts are in instrument units.

    Attributes:
        kind: The evidence. ``direct`` takes precedence; ``raised`` still refers to the
            probability.
        probability: Probability of an ongoing rupture, 0 to 1, given ratings, silences and the
            direct question; it ranks all sessions, even without an alert. Published rules have
            no probability; theirs is a rank, at least 0.5 where they fire.
        threshold: The probability from which the detector raises.
        raised: Whether the probability is at or above the threshold.
        alert: Whether the therapist is alerted: if raised, and not within the two sessions after
            the last alert, or always if a direct answer wants attention.
        item: Id of the item furthest below its usual level; None if nothing was rated or no item
            is below.
        rating: Today's answer to that item.
        drop: How far it is below the patient's own usual level of that item, > 0; else None.
        mean: Today's mean of the answered items; None if nothing was rated.
        usual_low: Lower end of the mean's usual range; None before the second check-in.
        usual_high: Upper end of that range.
        settled: "talk" if the direct answer asked to talk, "not_yet" if it was not sorted; else
            None.
        check_ins: Answered check-ins with this therapist, including this one.
        missed: Consecutive unanswered check-ins, including this one.
        sent: Check-ins with this therapist, including this one.
        felt: Answer to the direct question: "no", "little" or "yes"; None if not asked or not
            answered.
    """

    kind: VerdictKind
    probability: float
    threshold: float
    raised: bool
    alert: bool
    item: str | None
    rating: float | None
    drop: float | None
    mean: float | None
    usual_low: float | None
    usual_high: float | None
    settled: str | None
    check_ins: int
    missed: int
    sent: int
    felt: str | None = None
