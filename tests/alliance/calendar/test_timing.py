"""When check-ins are due: time zones, clock changes and quiet hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.timing import (
    MIN_REMINDER_GAP,
    NIGHT,
    NO_QUIET_HOURS,
    QuietHours,
    checkin_timing,
    instant,
    next_reminder,
    send_time,
    skip_quiet_hours,
    this_evening,
)
from alliance.calendar.timing import zone_named as zone
from alliance.errors import BadPlan

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Santiago",
    "Australia/Lord_Howe",
    "UTC",
)

CHANGES = [
    # zone, day, wall time, the instant in UTC
    ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),  # gap: 03:30
    ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # the first 02:30
    ("Europe/Berlin", date(2026, 7, 1), time(14, 0), "2026-07-01T12:00"),
    ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:30"),
    ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
    ("Africa/Cairo", date(2026, 4, 24), time(0, 0), "2026-04-23T22:00"),  # no midnight
    ("Asia/Beirut", date(2026, 3, 29), time(0, 0), "2026-03-28T22:00"),  # no midnight
    ("America/Santiago", date(2026, 9, 6), time(0, 0), "2026-09-06T04:00"),  # no midnight
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:45"),  # half an hour
    ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45"),
]


@pytest.mark.parametrize(("name", "day", "wall", "expected"), CHANGES)
def test_wall_times_at_clock_changes(name: str, day: date, wall: time, expected: str) -> None:
    """A skipped time moves forward; of a time that occurs twice, the first is used."""
    assert instant(day, wall, zone(name)) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_unknown_zone_says_what_to_do() -> None:
    """The error gives an example."""
    with pytest.raises(BadPlan, match="Europe/Berlin"):
        zone("Mars/Olympus")


moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
quiets = st.builds(QuietHours, st.times(), st.times())


@given(at=moments, quiet=quiets, name=st.sampled_from(ZONES))
def test_nothing_is_sent_in_quiet_hours(at: datetime, quiet: QuietHours, name: str) -> None:
    """The result is outside the quiet hours, not earlier, and within 26 hours."""
    moved = skip_quiet_hours(at, quiet, zone(name))

    assert at <= moved <= at + timedelta(hours=26)
    if moved == at:
        assert not quiet.contains(at.astimezone(ZoneInfo(name)).time())


@given(
    ended=moments,
    delay=st.integers(0, 300),
    name=st.sampled_from(ZONES),
    gap=st.one_of(st.none(), st.integers(1, 300)),
    expiry=st.integers(1, 336),
    reminders=st.integers(0, 2),
)
def test_a_check_in_lies_between_its_session_and_the_next(
    ended: datetime, delay: int, name: str, gap: int | None, expiry: int, reminders: int
) -> None:
    """Due after the delay, closed in time, and reminded of in between or never."""
    following = None if gap is None else ended + timedelta(hours=gap)
    found = checkin_timing(
        ended_at=ended,
        delay=timedelta(minutes=delay),
        quiet=NIGHT,
        zone=zone(name),
        next_session_at=following,
        expiry=timedelta(hours=expiry),
        reminders=reminders,
    )

    assert found.due_at >= ended + timedelta(minutes=delay)
    assert found.due_at <= found.closes_at <= found.due_at + timedelta(hours=expiry)
    if following is not None and following > found.due_at:
        assert found.closes_at <= following
    if following is not None and following <= found.due_at:
        assert found.closes_at == found.due_at
    assert (found.remind_at is None) == (found.reminders == 0)
    if found.remind_at is not None:
        assert found.due_at < found.remind_at < found.closes_at
        assert not NIGHT.contains(found.remind_at.astimezone(ZoneInfo(name)).time())


@given(after=moments, quiet=quiets, name=st.sampled_from(ZONES), hours=st.integers(1, 336))
def test_reminders_keep_their_distance(
    after: datetime, quiet: QuietHours, name: str, hours: int
) -> None:
    """At least ten hours after the previous message, outside quiet hours, before the close."""
    closes_at = after + timedelta(hours=hours)
    following = next_reminder(after, quiet=quiet, zone=zone(name), closes_at=closes_at)
    if following is not None:
        assert after + MIN_REMINDER_GAP <= following < closes_at
        assert skip_quiet_hours(following, quiet, zone(name)) == following


BERLIN = "Europe/Berlin"
REMINDED = [
    # due (UTC), closes after hours, reminders (UTC)
    ("2026-03-03T14:10", 48, ["03-04T08:00", "03-05T08:00"]),
    ("2026-03-03T14:10", 41, ["03-04T08:00"]),
    ("2026-03-03T14:10", 12, []),
    ("2026-03-03T22:30", 72, ["03-05T08:00", "03-06T08:00"]),  # 09:00 would be too soon
    ("2026-03-27T14:10", 72, ["03-28T08:00", "03-29T07:00"]),  # the clocks go forward
    ("2026-10-23T14:10", 72, ["10-24T07:00", "10-25T08:00"]),  # the clocks go back
]


@pytest.mark.parametrize(("due", "hours", "mornings"), REMINDED)
def test_the_mornings_of_reminders(due: str, hours: int, mornings: list[str]) -> None:
    """At nine local time on the following mornings, while the check-in is open."""
    at = datetime.fromisoformat(due).replace(tzinfo=UTC)
    closes_at, found = at + timedelta(hours=hours), []
    for _ in range(2):
        following = next_reminder(at, quiet=NIGHT, zone=zone(BERLIN), closes_at=closes_at)
        if following is None:
            break
        found.append(f"{following:%m-%dT%H:%M}")
        at = following
    assert found == mornings


LEAVES = [
    # awake until, now, sent at (all in Berlin on 3 and 4 March)
    (None, "03T15:10", "03T15:10"),
    (None, "03T22:00", "04T08:00"),  # late, and at night: in the morning
    (None, "03T21:30", "04T08:00"),  # due at night because a setting has changed
    ("03T22:30", "03T21:31", "03T21:31"),  # a session that was just reported
    ("03T22:30", "03T22:45", "04T08:00"),  # reported, but more than an hour late
]


@pytest.mark.parametrize(("awake_until", "now", "leaves"), LEAVES)
def test_a_late_question_waits_for_the_morning(
    awake_until: str | None, now: str, leaves: str
) -> None:
    """A question that could not be sent in time wakes nobody."""

    def local(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=zone(BERLIN))

    until = None if awake_until is None else local(awake_until)
    found = send_time(now=local(now), awake_until=until, quiet=NIGHT, zone=zone(BERLIN))
    assert found == local(leaves)


def test_a_reported_session_may_ask_at_night() -> None:
    """Somebody who has just had a session is awake; the reminder still waits for the morning."""
    ended = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    found = checkin_timing(
        ended_at=ended,
        delay=timedelta(),
        quiet=NIGHT,
        zone=zone("UTC"),
        next_session_at=None,
        may_disturb=True,
    )
    assert found.due_at == ended
    assert found.remind_at == datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def test_this_evening_is_offered_only_while_it_is_ahead() -> None:
    """At 18:30 the evening is too close."""
    assert this_evening(datetime(2026, 3, 3, 12, tzinfo=UTC), zone("UTC")) is not None
    assert this_evening(datetime(2026, 3, 3, 18, 30, tzinfo=UTC), zone("UTC")) is None
    assert not NO_QUIET_HOURS.contains(time(3))


@pytest.mark.parametrize(
    "name", ["4.1." * 300, "../Berlin", "a/b/c/d/e", "Europe/Berlin\0", "x" * 99]
)
def test_what_looks_like_no_zone_is_not_even_looked_for(name: str) -> None:
    """``ZoneInfo`` would look it up as a file or a module, and many dots would crash it."""
    with pytest.raises(BadPlan):
        zone(name)
