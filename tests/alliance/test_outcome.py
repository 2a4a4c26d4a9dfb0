"""What a therapist says of a session, and which session is meant."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from alliance.calendar.session_outcomes import Outcome, meant, read_outcome

BERLIN = ZoneInfo("Europe/Berlin")


class Session(NamedTuple):
    """A session of 50 minutes."""

    starts_at: datetime
    ends_at: datetime


def session(text: str) -> Session:
    """A session that begins at a local time."""
    begin = datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)
    return Session(begin, begin + timedelta(minutes=50))


WORDS = [
    ("held", Outcome.HELD),
    ("Held", Outcome.HELD),
    ("no-show", Outcome.NO_SHOW),
    ("no show", Outcome.NO_SHOW),
    ("NOSHOW", Outcome.NO_SHOW),
    ("no_show", Outcome.NO_SHOW),
    ("cancelled", Outcome.CANCELLED),
    ("canceled", Outcome.CANCELLED),
    ("ended early", Outcome.ENDED_EARLY),
    ("ended-early", Outcome.ENDED_EARLY),
    ("early", Outcome.ENDED_EARLY),
    ("15", None),
    ("", None),
    ("ended", None),
]


@pytest.mark.parametrize(("text", "outcome"), WORDS)
def test_words_are_read_however_they_are_spaced(text: str, outcome: Outcome | None) -> None:
    """Nobody has to know whether it is one word or two."""
    assert read_outcome(text) is outcome


MORNING, NOON, AFTERNOON = map(
    session, ("2026-03-03 09:00", "2026-03-03 12:00", "2026-03-03 16:00")
)
LATE, YESTERDAY = session("2026-03-02 23:40"), session("2026-03-02 14:00")
DAY = (AFTERNOON, YESTERDAY, MORNING, NOON)

CASES = [
    # said at, outcome, among, the one that is meant
    ("2026-03-03 12:30", Outcome.NO_SHOW, DAY, NOON),  # it goes on
    ("2026-03-03 14:00", Outcome.NO_SHOW, DAY, NOON),  # the last one of today
    ("2026-03-03 20:00", Outcome.ENDED_EARLY, DAY, AFTERNOON),
    ("2026-03-03 08:00", Outcome.NO_SHOW, DAY, None),  # nobody can have stayed away yet
    ("2026-03-03 08:00", Outcome.CANCELLED, DAY, MORNING),  # but it may be called off
    ("2026-03-03 10:00", Outcome.CANCELLED, DAY, MORNING),
    ("2026-03-04 08:00", Outcome.NO_SHOW, DAY, None),  # yesterday's is not meant
    ("2026-03-03 00:10", Outcome.NO_SHOW, (LATE,), LATE),  # over midnight
    ("2026-03-03 00:50", Outcome.NO_SHOW, (LATE,), None),
    ("2026-03-03 10:00", Outcome.HELD, (), None),
]


@pytest.mark.parametrize(("said_at", "outcome", "among", "expected"), CASES)
def test_the_session_that_is_meant(
    said_at: str, outcome: Outcome, among: tuple[Session, ...], expected: Session | None
) -> None:
    """The one around now, else the last one of today."""
    now = session(said_at).starts_at

    assert meant(among, outcome, now=now, zone=BERLIN) == expected


def test_a_check_in_follows_what_took_place() -> None:
    """One that ended early took place, too."""
    assert [one.took_place for one in Outcome] == [True, True, False, False]
