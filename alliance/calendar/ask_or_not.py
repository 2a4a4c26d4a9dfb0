"""Whether a patient is asked about a session, and if not, why.

The scheduler and the preview both use it. Reasons that concern the session itself (holiday,
absence, cancellation) are decided in ``timetable``; here it is about the patient.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from alliance.calendar.timing import QuietHours, send_time
from alliance.people.roles_and_states import PersonState


class WhyNot(StrEnum):
    """Why no question is sent about a session."""

    CANCELLED = "cancelled"
    """The session was cancelled."""
    MOVED = "moved"
    """The session was moved to another time."""
    HOLIDAY = "holiday"
    """It falls on a public holiday."""
    PATIENT_AWAY = "patient_away"
    """The patient is absent that day."""
    THERAPIST_AWAY = "therapist_away"
    """Every therapist who would lead it is absent that day, without cover."""
    ENDED = "ended"
    """The plan or the treatment has ended."""
    INVITED = "invited"
    """The patient has not joined yet."""
    PAUSED = "paused"
    """The patient's check-ins are paused when the question would be due."""
    UNREACHABLE = "unreachable"
    """Messages to the patient are refused, for example because they blocked the bot."""
    NO_CONSENT = "no consent"
    """The patient has not consented, or has withdrawn consent."""
    OVERTAKEN = "overtaken"
    """The next session begins before the question would be due."""
    NOT_SENT_IN_TIME = "we were away"
    """We could not send it in time because of a technical fault."""


@dataclass(frozen=True, slots=True)
class PatientStatus:
    """The patient's status as far as it decides whether a check-in is sent.

    Attributes:
        state: invited, active, paused, ended or unreachable.
        paused_until: When a pause ends automatically; stays set until the state changes.
        has_consented: Whether the latest decision is to take part.
    """

    state: str
    paused_until: datetime | None
    has_consented: bool

    def why_not(self, at: datetime) -> WhyNot | None:
        """Return why they are not asked at that moment; None if they are.

        A pause ends at its own time, even if the scheduler records that later.
        """
        until = self.paused_until
        is_paused = self.state == PersonState.PAUSED if until is None else at < until
        if self.state in (PersonState.ACTIVE, PersonState.PAUSED):
            if is_paused:
                return WhyNot.PAUSED
            return None if self.has_consented else WhyNot.NO_CONSENT
        return WhyNot(self.state)


@dataclass(frozen=True, slots=True)
class QuestionDecision:
    """When a question is (or would be) sent, and why it is not, if so."""

    send_at: datetime
    why_not: WhyNot | None


def decide_question(
    *,
    due_at: datetime,
    closes_at: datetime,
    status: PatientStatus,
    quiet: QuietHours,
    zone: ZoneInfo,
    now: datetime,
    awake_until: datetime | None = None,
) -> QuestionDecision:
    """Decide whether and when to send the question about a session that was held.

    Args:
        due_at: When it is due, aware.
        closes_at: When the check-in closes; not after ``due_at`` if the next session begins
            first.
        status: The patient's status.
        quiet: The patient's quiet hours.
        zone: The patient's time zone.
        now: When this is decided, at or after ``due_at``: the current time in the scheduler,
            ``due_at`` itself in the preview.
        awake_until: Until when quiet hours do not hold the question back, if at all.

    Returns:
        A due question is sent now, or once the quiet hours are over. If that is not before the
        check-in closes, it was not sent in time.
    """
    send_at = send_time(now=now, awake_until=awake_until, quiet=quiet, zone=zone)
    if closes_at <= due_at:
        return QuestionDecision(send_at, WhyNot.OVERTAKEN)
    why_not = status.why_not(due_at) or status.why_not(now)
    if why_not is None and send_at >= closes_at:
        why_not = WhyNot.NOT_SENT_IN_TIME
    return QuestionDecision(send_at, why_not)
