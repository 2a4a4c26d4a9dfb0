"""When a put-off alert comes again, and how often a site's own alerts were right."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.responses import ENOUGH, Snooze, own_share, snoozed_until
from alliance.calendar.timing import NEVER_QUIET, Quiet

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet(time(21), time(8))
TUESDAY = datetime(2026, 3, 3, 15, 0, tzinfo=BERLIN)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of March 2026 in Berlin."""
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "quiet", "at"),
    [
        pytest.param(TUESDAY, NIGHT, local(4, 9), id="the next morning at nine"),
        pytest.param(local(3, 0, 30), NIGHT, local(4, 9), id="after midnight it is the next day"),
        pytest.param(TUESDAY, Quiet(time(20), time(10)), local(4, 10), id="nine is quiet"),
        pytest.param(local(28, 15), NIGHT, local(29, 9), id="over the change of clocks"),
    ],
)
def test_tomorrow(now: datetime, quiet: Quiet, at: datetime) -> None:
    """Local time of the therapist, behind the quiet hours."""
    assert (
        snoozed_until(Snooze.TOMORROW, now=now, zone=BERLIN, quiet=quiet, next_session_at=None)
        == at
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
    """An hour before it begins, or as near to that as quiet hours allow."""
    assert (
        snoozed_until(
            Snooze.SESSION, now=TUESDAY, zone=BERLIN, quiet=NIGHT, next_session_at=session
        )
        == at
    )


@given(
    snooze=st.sampled_from(list(Snooze)),
    minutes=st.integers(0, 60 * 24 * 400),
    until_session=st.integers(1, 60 * 24 * 30),
    quiet=st.one_of(st.just(NEVER_QUIET), st.builds(Quiet, st.times(), st.times())),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu"]),
)
def test_it_never_comes_late_nor_in_quiet_hours(
    snooze: Snooze, minutes: int, until_session: int, quiet: Quiet, zone: str
) -> None:
    """Whatever the hour, the zone and the plan: later than now, before the session, not quiet."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    session = now + timedelta(minutes=until_session)
    at = snoozed_until(snooze, now=now, zone=ZoneInfo(zone), quiet=quiet, next_session_at=session)

    if at is None:
        assert snooze is Snooze.SESSION
        return
    assert at > now
    assert not quiet.holds(at.astimezone(ZoneInfo(zone)).time())
    if snooze is Snooze.SESSION:
        assert at < session


@pytest.mark.parametrize(
    ("right", "wrong", "share"),
    [(ENOUGH, 0, 1.0), (5, 15, 0.25), (5, 14, None), (0, 0, None), (0, ENOUGH, 0.0)],
)
def test_a_share_needs_enough_answers(right: int, wrong: int, share: float | None) -> None:
    """Below twenty it could be anything, so nothing is said."""
    assert own_share(right=right, wrong=wrong) == share
