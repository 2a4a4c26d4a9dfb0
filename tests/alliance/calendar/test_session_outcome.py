"""The reported outcome of a session, and which session it refers to."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from alliance.calendar.session_outcomes import SessionOutcome, parse_outcome, reported_session

BERLIN = ZoneInfo("Europe/Berlin")


class Session(NamedTuple):
    """A session of 50 minutes."""

    starts_at: datetime
    ends_at: datetime


def session(text: str) -> Session:
    """Return a session that begins at a local time."""
    begin = datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)
    return Session(begin, begin + timedelta(minutes=50))


WORDS = [
    ("held", SessionOutcome.HELD),
    ("Held", SessionOutcome.HELD),
    ("no-show", SessionOutcome.NO_SHOW),
    ("no show", SessionOutcome.NO_SHOW),
    ("NOSHOW", SessionOutcome.NO_SHOW),
    ("no_show", SessionOutcome.NO_SHOW),
    ("cancelled", SessionOutcome.CANCELLED),
    ("canceled", SessionOutcome.CANCELLED),
    ("ended early", SessionOutcome.ENDED_EARLY),
    ("ended-early", SessionOutcome.ENDED_EARLY),
    ("early", SessionOutcome.ENDED_EARLY),
    ("15", None),
    ("", None),
    ("ended", None),
]


@pytest.mark.parametrize(("text", "outcome"), WORDS)
def test_words_are_read_however_they_are_spaced(text: str, outcome: SessionOutcome | None) -> None:
    """One word or two, both are understood."""
    assert parse_outcome(text) is outcome


MORNING, NOON, AFTERNOON = map(
    session, ("2026-03-03 09:00", "2026-03-03 12:00", "2026-03-03 16:00")
)
LATE, YESTERDAY = session("2026-03-02 23:40"), session("2026-03-02 14:00")
DAY = (AFTERNOON, YESTERDAY, MORNING, NOON)

CASES = [
    # reported at, outcome, among, the session it refers to
    ("2026-03-03 12:30", SessionOutcome.NO_SHOW, DAY, NOON),  # still running
    ("2026-03-03 14:00", SessionOutcome.NO_SHOW, DAY, NOON),  # the latest one today
    ("2026-03-03 20:00", SessionOutcome.ENDED_EARLY, DAY, AFTERNOON),
    ("2026-03-03 08:00", SessionOutcome.NO_SHOW, DAY, None),  # too early for a no-show
    ("2026-03-03 08:00", SessionOutcome.CANCELLED, DAY, MORNING),  # but it can be cancelled
    ("2026-03-03 10:00", SessionOutcome.CANCELLED, DAY, MORNING),
    ("2026-03-04 08:00", SessionOutcome.NO_SHOW, DAY, None),  # not yesterday's
    ("2026-03-03 00:10", SessionOutcome.NO_SHOW, (LATE,), LATE),  # past midnight
    ("2026-03-03 00:50", SessionOutcome.NO_SHOW, (LATE,), None),
    ("2026-03-03 10:00", SessionOutcome.HELD, (), None),
]


@pytest.mark.parametrize(("said_at", "outcome", "among", "expected"), CASES)
def test_the_session_that_is_meant(
    said_at: str, outcome: SessionOutcome, among: tuple[Session, ...], expected: Session | None
) -> None:
    """The current session, or else the latest one today."""
    now = session(said_at).starts_at

    assert reported_session(among, outcome, now=now, zone=BERLIN) == expected


def test_a_check_in_follows_what_took_place() -> None:
    """Also after a session that ended early."""
    assert [one.took_place for one in SessionOutcome] == [True, True, False, False]
