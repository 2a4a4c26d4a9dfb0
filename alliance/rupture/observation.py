"""What a detector is told of one session: answers, silence, or that nothing was asked."""

from dataclasses import dataclass
from enum import StrEnum

from alliance.checkins.instruments import Answers


class Felt(StrEnum):
    """The direct question: did anything feel off between you today?"""

    NO = "no"
    A_LITTLE = "little"
    YES = "yes"


class Settled(StrEnum):
    """What follows when something felt off: sorted?"""

    YES = "sorted"
    PARTLY = "partly"
    NOT_YET = "not_yet"
    TALK = "talk"  # "I'd like to talk about it"


@dataclass(frozen=True, slots=True)
class DirectAnswer:
    """The answer to the direct question; ``settled`` is None where it was not asked or skipped."""

    felt: Felt
    settled: Settled | None = None

    @property
    def wants_attention(self) -> bool:
        """Whether the therapist hears of it whatever the ratings say.

        True for "I'd like to talk about it", and for "yes" that is not sorted yet.
        """
        if self.settled is Settled.TALK:
            return True
        return self.felt is Felt.YES and self.settled is Settled.NOT_YET


@dataclass(frozen=True, slots=True)
class Observation:
    """One session that took place, in the order the sessions took place.

    Attributes:
        answers: Item id to value in instrument units, None for a skipped item. None, or nothing
            but skipped items, where the check-in went unanswered.
        asked: Whether there was a check-in at all. A session without one is no silence.
        direct: The direct question's answer; None where it was not asked or not answered.
        therapist: Who held the session. Another therapist than before starts a new baseline;
            None says nothing.
        seconds: From the first question shown to the last answer; None where unknown.
    """

    answers: Answers | None
    asked: bool = True
    direct: DirectAnswer | None = None
    therapist: str | None = None
    seconds: float | None = None


UNANSWERED = Observation(answers=None)
WITHOUT_CHECKIN = Observation(answers=None, asked=False)
