"""When a snoozed alert comes back, and a site's share of correct alerts."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.responses import MIN_ANSWERED_ALERTS, Snooze, site_right_share, snooze_end
from alliance.calendar.timing import NIGHT, NO_QUIET_HOURS, QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 3, 3, 15, 0, tzinfo=BERLIN)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a local time in March 2026 in Berlin."""
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "quiet", "at"),
    [
        pytest.param(TUESDAY, NIGHT, local(4, 9), id="the next morning at nine"),
        pytest.param(local(3, 0, 30), NIGHT, local(4, 9), id="after midnight it is the next day"),
        pytest.param(TUESDAY, QuietHours(time(20), time(10)), local(4, 10), id="nine is quiet"),
        pytest.param(local(28, 15), NIGHT, local(29, 9), id="over the change of clocks"),
    ],
)
def test_tomorrow(now: datetime, quiet: QuietHours, at: datetime) -> None:
    """In the therapist's local time, after the quiet hours."""
    assert (
        snooze_end(Snooze.TOMORROW, now=now, zone=BERLIN, quiet=quiet, next_session_at=None) == at
    )


@pytest.mark.parametrize(
    ("session", "at"),
    [
        pytest.param(local(10, 14), local(10, 13), id="an hour before"),
        pytest.param(local(10, 8, 30), local(10, 8), id="that hour is quiet, its end is in time"),
        pytest.param(local(10, 7), local(9, 20, 55), id="quiet until then: the evening before"),
        pytest.param(local(10, 8), local(9, 20, 55), id="quiet ends when it begins"),
        pytest.param(local(3, 15, 30), None, id="less than an hour away"),
        pytest.param(None, None, id="none is planned"),
        pytest.param(local(3, 23), local(3, 20, 55), id="late this evening"),
    ],
)
def test_before_the_next_session(session: datetime | None, at: datetime | None) -> None:
    """One hour before it begins, or as close to that as the quiet hours allow."""
    assert (
        snooze_end(Snooze.SESSION, now=TUESDAY, zone=BERLIN, quiet=NIGHT, next_session_at=session)
        == at
    )


@given(
    snooze=st.sampled_from(list(Snooze)),
    minutes=st.integers(0, 60 * 24 * 400),
    until_session=st.integers(1, 60 * 24 * 30),
    quiet=st.one_of(st.just(NO_QUIET_HOURS), st.builds(QuietHours, st.times(), st.times())),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu"]),
)
def test_it_never_comes_late_nor_in_quiet_hours(
    snooze: Snooze, minutes: int, until_session: int, quiet: QuietHours, zone: str
) -> None:
    """For any hours and zones: after now, before the session, not in quiet hours."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    session = now + timedelta(minutes=until_session)
    at = snooze_end(snooze, now=now, zone=ZoneInfo(zone), quiet=quiet, next_session_at=session)

    if at is None:
        assert snooze is Snooze.SESSION
        return
    assert at > now
    assert not quiet.contains(at.astimezone(ZoneInfo(zone)).time())
    if snooze is Snooze.SESSION:
        assert at < session


@pytest.mark.parametrize(
    ("right", "wrong", "share"),
    [
        (MIN_ANSWERED_ALERTS, 0, 1.0),
        (5, 15, 0.25),
        (5, 14, None),
        (0, 0, None),
        (0, MIN_ANSWERED_ALERTS, 0.0),
    ],
)
def test_a_share_needs_enough_answers(right: int, wrong: int, share: float | None) -> None:
    """Below twenty responses the share is too uncertain to show."""
    assert site_right_share(right=right, wrong=wrong) == share
