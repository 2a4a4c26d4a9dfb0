"""Whether a patient is asked about a session, and if not, why. The clock and the preview agree.

Pure: a session's own fate (holiday, absence, cancelled) is decided in ``timetable``; here it
is the patient's.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from alliance.calendar.timing import Quiet, may_leave


class WhyNot(StrEnum):
    """Why no question is sent about a session of the calendar."""

    CANCELLED = "cancelled"
    """Somebody cancelled this session."""
    MOVED = "moved"
    """The session is at another time."""
    HOLIDAY = "holiday"
    """It falls on a public holiday."""
    PATIENT_AWAY = "patient_away"
    """The patient is absent that day."""
    THERAPIST_AWAY = "therapist_away"
    """Everybody who would lead it is absent that day, without cover."""
    ENDED = "ended"
    """The plan, or the treatment, has ended."""
    INVITED = "invited"
    """The patient has not come in yet."""
    PAUSED = "paused"
    """The patient pauses when the question would be due."""
    UNREACHABLE = "unreachable"
    """Telegram does not let us write to the patient."""
    NO_CONSENT = "no consent"
    """The patient has not agreed, or no longer."""
    OVERTAKEN = "overtaken"
    """The next session begins before the question would be due."""
    WE_WERE_AWAY = "we were away"
    """Its time went by while nothing could be sent; the fault is ours."""


@dataclass(frozen=True, slots=True)
class Willing:
    """Whether somebody may be asked.

    Attributes:
        state: invited, active, paused, ended or unreachable.
        paused_until: When a pause is over by itself; kept after that, until the state is set anew.
        agrees: Whether the latest decision is to take part.
    """

    state: str
    paused_until: datetime | None
    agrees: bool

    def why_not(self, at: datetime) -> WhyNot | None:
        """Return why they are not asked at that moment; None when they are.

        The end of a pause counts, not the moment at which the clock came round to note it.
        """
        until = self.paused_until
        pausing = self.state == "paused" if until is None else at < until
        if self.state in ("active", "paused"):
            if pausing:
                return WhyNot.PAUSED
            return None if self.agrees else WhyNot.NO_CONSENT
        return WhyNot(self.state)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a question: when it leaves, or would; and why it does not, if so."""

    leaves_at: datetime
    why_not: WhyNot | None


def outcome(
    *,
    due_at: datetime,
    closes_at: datetime,
    willing: Willing,
    quiet: Quiet,
    zone: ZoneInfo,
    now: datetime,
) -> Outcome:
    """Return what becomes of the question of a session that was held.

    Args:
        due_at: When it is due, aware.
        closes_at: Until when it may be answered; not after ``due_at`` when the next session
            begins before.
        willing: Whether the patient may be asked.
        quiet: Hours of the patient in which nothing is sent unasked.
        zone: The patient's.
        now: When this is decided, at or after ``due_at``; the preview asks for the moment
            at which it is due, the clock for that at which it comes round.

    Returns:
        What is due leaves now, or once the quiet hours are over. Where it would have to
        leave after the close, its time went by while nothing could be sent.
    """
    leaves_at = may_leave(due_at=due_at, now=now, quiet=quiet, zone=zone)
    if closes_at <= due_at:
        return Outcome(leaves_at, WhyNot.OVERTAKEN)
    why_not = willing.why_not(due_at) or willing.why_not(now)
    if why_not is None and leaves_at >= closes_at:
        why_not = WhyNot.WE_WERE_AWAY
    return Outcome(leaves_at, why_not)
