"""What a detector says after a session, in numbers."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a verdict rests on."""

    SCORES = "scores"  # the ratings
    SILENCE = "silence"  # check-ins that went unanswered
    DIRECT = "direct"  # the patient said so


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector says after one session; every amount is in instrument units.

    Attributes:
        kind: What it rests on. ``direct`` wins over the others; ``raised`` still tells whether the
            probability is at or above the threshold.
        probability: How likely a rupture is going on, 0 to 1, as ratings, silences and the direct
            question show it; it ranks sessions, also those in which no alert is due. Published
            rules know no probability; theirs is a rank that is at least 0.5 where they fire.
        threshold: The probability from which on the detector raises.
        raised: Whether the probability is at or above the threshold.
        alert: Whether the therapist is to be told: raised, and not within the two sessions after
            the last alert; a direct answer that wants attention is told always.
        item: Id of the item furthest below its own usual level; None where nothing was rated or
            no item is below.
        rating: Today's answer to that item.
        drop: How far it lies below this patient's own usual level for it, > 0; None likewise.
        mean: Today's mean of the answered items; None where nothing was rated.
        usual_low: Where that mean usually lies; None before the second check-in.
        usual_high: Likewise, ``usual_low <= usual_high``.
        settled: Whether the direct answer wanted to talk ("talk") or was not sorted ("not_yet");
            None otherwise.
        check_ins: Answered check-ins with this therapist so far, this one included.
        missed: Check-ins unanswered in a row, this one included.
        sent: Check-ins with this therapist so far, this one included.
        felt: What the direct question was answered: "no", "little" or "yes"; None where it was not
            asked or not answered.
    """

    kind: Kind
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
