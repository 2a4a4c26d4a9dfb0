"""Figures about a clinic: right where there are enough people, and nothing where there are not."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.figures.figures import (
    Asked,
    Counts,
    Raised,
    Settled,
    alerts_per_100,
    monday_of,
    recovered_share,
    seen_in_time,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def asked(patient: str, *, after: float | None = 1.0, days: float = 0, group: str = "") -> Asked:
    """Return a check-in of so many days ago, answered after so many hours."""
    wait = None if after is None else after * HOUR
    return Asked(patient, group or None, NOW - timedelta(days=days), wait)


def counted(some: list[Asked], *, least: int, weeks: int = 12) -> Counts:
    """Return some check-ins, counted as they come: in pages of whatever size."""
    counts = Counts(zone=BERLIN, now=NOW, weeks=weeks, least=least)
    counts.add(some[:2])
    counts.add(some[2:])
    return counts


def test_the_share_of_answers() -> None:
    """Three of four, whoever gave them."""
    some = [asked("a"), asked("a"), asked("b"), asked("b", after=None)]
    assert counted(some, least=2).all.share == 0.75


@pytest.mark.parametrize(("least", "shown"), [(1, True), (2, True), (3, False)])
def test_few_people_are_too_few(least: int, *, shown: bool) -> None:
    """People count, not check-ins: ten of two people are two."""
    some = [asked(patient) for patient in "ab" * 5]
    raised = [Raised(patient, timedelta(days=3), HOUR) for patient in "ab"]
    counts = counted(some, least=least)
    for figure in (
        counts.all.share,
        counts.median_wait(),
        alerts_per_100(raised, counts.all),
        seen_in_time(raised, least=least),
        recovered_share([Settled(patient, recovered=True) for patient in "ab"], least=least),
        counts.by_week()[-1].share,
        counts.by_group()[None],
    ):
        assert (figure is not None) is shown


def test_nobody_is_too_few() -> None:
    """Without anybody there is no figure, whatever the site allows."""
    assert counted([], least=0).all.share is None
    assert seen_in_time([], least=0) is None


def test_weeks_begin_on_monday_by_the_site_s_clocks() -> None:
    """Sunday 23:30 UTC is Monday in Berlin."""
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert monday_of(late, BERLIN) == date(2026, 11, 23)
    assert monday_of(late, ZoneInfo("UTC")) == date(2026, 11, 16)


def test_each_week_counts_for_itself() -> None:
    """The running week is the last; a week without check-ins is there and says nothing."""
    some = [asked("a"), asked("a", days=7, after=None), asked("a", days=7), asked("a", days=99)]
    weeks = counted(some, weeks=3, least=1).by_week()
    assert [(week.monday, week.share) for week in weeks] == [
        (date(2026, 11, 9), None),
        (date(2026, 11, 16), 0.5),
        (date(2026, 11, 23), 1.0),
    ]


def test_groups_and_single_sessions_apart() -> None:
    """Each group has its own share; so have sessions alone."""
    some = [asked("a", group="g"), asked("b", group="g", after=None), asked("a")]
    assert counted(some, least=1).by_group() == {"g": 0.5, None: 1.0}


def test_the_median_wait_leaves_the_unanswered_out() -> None:
    """Half of the answers came within that time."""
    some = [asked("a", after=1), asked("b", after=3), asked("c", after=50), asked("d", after=None)]
    assert counted(some, least=3).median_wait() == 3 * HOUR


def test_alerts_per_hundred_sessions() -> None:
    """Two alerts in forty sessions are five in a hundred."""
    some = [asked(patient) for patient in "abcde" * 8]
    assert alerts_per_100([Raised("a", HOUR, None)] * 2, counted(some, least=5).all) == 5.0


def test_seen_in_time_waits_until_the_time_is_over() -> None:
    """A fresh alert is neither; one seen a second late is late."""
    day = timedelta(days=1)
    raised = [
        Raised("a", 3 * day, 48 * HOUR),
        Raised("b", 3 * day, 48 * HOUR + timedelta(seconds=1)),
        Raised("c", 3 * day, None),
        Raised("d", 3 * day, HOUR),
        Raised("e", day, None),
    ]
    assert seen_in_time(raised, least=4) == 0.5
    assert seen_in_time(raised, least=5) is None


def test_the_share_of_episodes_that_recovered() -> None:
    """Two of three, whosever they were."""
    settled = [Settled("a", recovered=True), Settled("b", recovered=False)]
    assert recovered_share([*settled, Settled("b", recovered=True)], least=2) == 2 / 3


people = st.sampled_from("abcdefgh")
checkins = st.lists(
    st.builds(
        Asked,
        people,
        st.none() | st.sampled_from("xyz"),
        st.integers(0, 100).map(lambda days: NOW - timedelta(days=days)),
        st.none() | st.integers(0, 2880).map(lambda minutes: timedelta(minutes=minutes)),
    )
)


@given(some=checkins, least=st.integers(1, 9))
def test_no_figure_is_about_fewer_people_than_the_site_allows(
    some: list[Asked], least: int
) -> None:
    """Whatever is shown, whether in all, by week or by group, rests on enough people."""
    counts = counted(some, least=least)
    for group, share in counts.by_group().items():
        inside = {one.patient_id for one in some if one.group_id == group}
        assert (share is None) == (len(inside) < least)
    for week in counts.by_week():
        inside = {one.patient_id for one in some if monday_of(one.due_at, BERLIN) == week.monday}
        assert (week.share is None) == (len(inside) < least)
        assert week.share is None or 0 <= week.share <= 1
