"""Whether somebody is asked: one table for the clock and the preview."""

from datetime import UTC, datetime, timedelta

import pytest

from alliance.calendar.ask_or_not import Outcome, WhyNot, Willing, outcome
from alliance.calendar.timetable import NIGHT
from alliance.calendar.timing import zone_named

DUE = datetime(2026, 3, 3, 15, 10, tzinfo=UTC)
LATER = DUE + timedelta(hours=1)
CLOSES = DUE + timedelta(hours=48)
ACTIVE = Willing("active", None, True)

TABLE = [
    # willing, closes, now, why not
    (ACTIVE, CLOSES, DUE, None),
    (ACTIVE, DUE, DUE, WhyNot.OVERTAKEN),
    (ACTIVE, DUE - timedelta(minutes=5), DUE, WhyNot.OVERTAKEN),
    (ACTIVE, CLOSES, CLOSES, WhyNot.WE_WERE_AWAY),
    (Willing("active", None, False), CLOSES, DUE, WhyNot.NO_CONSENT),
    (Willing("invited", None, False), CLOSES, DUE, WhyNot.INVITED),
    (Willing("ended", None, True), CLOSES, DUE, WhyNot.ENDED),
    (Willing("unreachable", None, True), CLOSES, DUE, WhyNot.UNREACHABLE),
    (Willing("paused", None, True), CLOSES, DUE, WhyNot.PAUSED),
    (Willing("paused", LATER, True), CLOSES, DUE, WhyNot.PAUSED),
    # The pause is over when the question is due, whether the clock has noted that or not ...
    (Willing("paused", DUE, True), CLOSES, DUE, None),
    (Willing("active", DUE, True), CLOSES, DUE, None),
    # ... and what was due in the pause is not asked, however late the clock comes round.
    (Willing("active", LATER, True), CLOSES, LATER, WhyNot.PAUSED),
    (Willing("paused", DUE, False), CLOSES, DUE, WhyNot.NO_CONSENT),
]


def found_at(willing: Willing, closes_at: datetime, now: datetime) -> Outcome:
    """Return what becomes of the question, in London."""
    return outcome(
        due_at=DUE,
        closes_at=closes_at,
        willing=willing,
        quiet=NIGHT,
        zone=zone_named("Europe/London"),
        now=now,
    )


@pytest.mark.parametrize(("willing", "closes_at", "now", "expected"), TABLE)
def test_who_is_asked(
    willing: Willing, closes_at: datetime, now: datetime, expected: WhyNot | None
) -> None:
    """Each reason in turn."""
    assert found_at(willing, closes_at, now).why_not == expected


def test_a_late_question_waits_for_the_morning_if_there_is_one() -> None:
    """Late at night it leaves at eight; if it closes before, we were away too long."""
    night, morning = DUE + timedelta(hours=8), DUE + timedelta(hours=16, minutes=50)
    assert found_at(ACTIVE, CLOSES, night) == Outcome(morning, None)
    assert found_at(ACTIVE, morning, night).why_not is WhyNot.WE_WERE_AWAY
