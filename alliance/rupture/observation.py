"""A detector's input for one session: answers, silence, or no check-in."""

from dataclasses import dataclass
from enum import StrEnum

from alliance.checkins.instruments import Answers


class FeltOff(StrEnum):
    """The direct question: did anything feel off between you today?"""

    NO = "no"
    A_LITTLE = "little"
    YES = "yes"


class FollowUpAnswer(StrEnum):
    """The follow-up question if something felt off: is it sorted?"""

    YES = "sorted"
    PARTLY = "partly"
    NOT_YET = "not_yet"
    TALK = "talk"  # "I'd like to talk about it"


@dataclass(frozen=True, slots=True)
class DirectAnswer:
    """The answer to the direct question; ``settled`` is None if not asked or skipped."""

    felt: FeltOff
    settled: FollowUpAnswer | None = None

    @property
    def wants_attention(self) -> bool:
        """Whether the therapist is alerted regardless of the ratings.

        True for "I'd like to talk about it", and for "yes" that is not sorted yet.
        """
        if self.settled is FollowUpAnswer.TALK:
            return True
        return self.felt is FeltOff.YES and self.settled is FollowUpAnswer.NOT_YET


@dataclass(frozen=True, slots=True)
class Observation:
    """One session that took place.

    Attributes:
        answers: Item id to value in instrument units, None for a skipped item. None, or only
            skipped items, if the check-in went unanswered.
        asked: Whether there was a check-in at all. A session without one is not silence.
        direct: Answer to the direct question; None if not asked or not answered.
        therapist: Who held the session; None if unknown. A change starts a new baseline.
        seconds: Time from the first question shown to the last answer; None if unknown.
    """

    answers: Answers | None
    asked: bool = True
    direct: DirectAnswer | None = None
    therapist: str | None = None
    seconds: float | None = None


UNANSWERED = Observation(answers=None)
WITHOUT_CHECKIN = Observation(answers=None, asked=False)
