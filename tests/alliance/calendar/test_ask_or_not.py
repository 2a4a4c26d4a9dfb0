"""Whether a patient is asked: one table for the scheduler and the preview."""

from datetime import UTC, datetime, timedelta

import pytest

from alliance.calendar.ask_or_not import PatientStatus, QuestionDecision, WhyNot, decide_question
from alliance.calendar.timing import NIGHT, zone_named

DUE = datetime(2026, 3, 3, 15, 10, tzinfo=UTC)
LATER = DUE + timedelta(hours=1)
CLOSES = DUE + timedelta(hours=48)
ACTIVE = PatientStatus("active", None, True)

TABLE = [
    # status, closes, now, why not
    (ACTIVE, CLOSES, DUE, None),
    (ACTIVE, DUE, DUE, WhyNot.OVERTAKEN),
    (ACTIVE, DUE - timedelta(minutes=5), DUE, WhyNot.OVERTAKEN),
    (ACTIVE, CLOSES, CLOSES, WhyNot.NOT_SENT_IN_TIME),
    (PatientStatus("active", None, False), CLOSES, DUE, WhyNot.NO_CONSENT),
    (PatientStatus("invited", None, False), CLOSES, DUE, WhyNot.INVITED),
    (PatientStatus("ended", None, True), CLOSES, DUE, WhyNot.ENDED),
    (PatientStatus("unreachable", None, True), CLOSES, DUE, WhyNot.UNREACHABLE),
    (PatientStatus("paused", None, True), CLOSES, DUE, WhyNot.PAUSED),
    (PatientStatus("paused", LATER, True), CLOSES, DUE, WhyNot.PAUSED),
    # The pause ends before the question is due, even if the scheduler has not recorded it ...
    (PatientStatus("paused", DUE, True), CLOSES, DUE, None),
    (PatientStatus("active", DUE, True), CLOSES, DUE, None),
    # ... and what was due during the pause is not asked, however late the scheduler runs.
    (PatientStatus("active", LATER, True), CLOSES, LATER, WhyNot.PAUSED),
    (PatientStatus("paused", DUE, False), CLOSES, DUE, WhyNot.NO_CONSENT),
]


def decide(status: PatientStatus, closes_at: datetime, now: datetime) -> QuestionDecision:
    """Return the decision about a question, in London."""
    return decide_question(
        due_at=DUE,
        closes_at=closes_at,
        status=status,
        quiet=NIGHT,
        zone=zone_named("Europe/London"),
        now=now,
    )


@pytest.mark.parametrize(("status", "closes_at", "now", "expected"), TABLE)
def test_who_is_asked(
    status: PatientStatus, closes_at: datetime, now: datetime, expected: WhyNot | None
) -> None:
    """Each reason in turn."""
    assert decide(status, closes_at, now).why_not == expected


def test_a_late_question_waits_for_the_morning_if_there_is_one() -> None:
    """Late at night it is sent at eight; if it closes before that, it is missed."""
    night, morning = DUE + timedelta(hours=8), DUE + timedelta(hours=16, minutes=50)
    assert decide(ACTIVE, CLOSES, night) == QuestionDecision(morning, None)
    assert decide(ACTIVE, morning, night).why_not is WhyNot.NOT_SENT_IN_TIME
