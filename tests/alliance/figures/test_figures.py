"""Statistics of a clinic: correct with enough patients, None with too few."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.figures.figures import (
    AskedCheckin,
    CheckinCounter,
    EndedEpisode,
    RaisedAlert,
    alerts_per_100,
    monday_of,
    recovered_share,
    seen_in_time,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def asked(
    patient: str, *, after: float | None = 1.0, days: float = 0, group: str = ""
) -> AskedCheckin:
    """Return a check-in of some days ago, answered after some hours."""
    wait = None if after is None else after * HOUR
    return AskedCheckin(patient, group or None, NOW - timedelta(days=days), wait)


def count(checkins: list[AskedCheckin], *, least: int, weeks: int = 12) -> CheckinCounter:
    """Count check-ins in pages of any size."""
    counts = CheckinCounter(zone=BERLIN, now=NOW, weeks=weeks, min_patients=least)
    counts.add(checkins[:2])
    counts.add(checkins[2:])
    return counts


def test_the_share_of_answers() -> None:
    """Three of four, whoever answered."""
    checkins = [asked("a"), asked("a"), asked("b"), asked("b", after=None)]
    assert count(checkins, least=2).all.share == 0.75


@pytest.mark.parametrize(("least", "shown"), [(1, True), (2, True), (3, False)])
def test_few_people_are_too_few(least: int, *, shown: bool) -> None:
    """Patients count, not check-ins: ten of two patients are two."""
    checkins = [asked(patient) for patient in "ab" * 5]
    raised = [RaisedAlert(patient, timedelta(days=3), HOUR) for patient in "ab"]
    counts = count(checkins, least=least)
    for figure in (
        counts.all.share,
        counts.median_wait(),
        alerts_per_100(raised, counts.all),
        seen_in_time(raised, min_patients=least),
        recovered_share(
            [EndedEpisode(patient, recovered=True) for patient in "ab"], min_patients=least
        ),
        counts.by_week()[-1].share,
        counts.by_group()[None],
    ):
        assert (figure is not None) is shown


def test_nobody_is_too_few() -> None:
    """Without any patient there is no statistic, whatever the site's minimum."""
    assert count([], least=0).all.share is None
    assert seen_in_time([], min_patients=0) is None


def test_weeks_begin_on_monday_by_the_site_s_clocks() -> None:
    """Sunday 23:30 UTC is Monday in Berlin."""
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert monday_of(late, BERLIN) == date(2026, 11, 23)
    assert monday_of(late, ZoneInfo("UTC")) == date(2026, 11, 16)


def test_each_week_counts_for_itself() -> None:
    """The current week is the last; a week without check-ins is listed without a share."""
    checkins = [asked("a"), asked("a", days=7, after=None), asked("a", days=7), asked("a", days=99)]
    weeks = count(checkins, weeks=3, least=1).by_week()
    assert [(week.monday, week.share) for week in weeks] == [
        (date(2026, 11, 9), None),
        (date(2026, 11, 16), 0.5),
        (date(2026, 11, 23), 1.0),
    ]


def test_groups_and_single_sessions_apart() -> None:
    """Each group has its own share, and so do individual sessions."""
    checkins = [asked("a", group="g"), asked("b", group="g", after=None), asked("a")]
    assert count(checkins, least=1).by_group() == {"g": 0.5, None: 1.0}


def test_the_median_wait_leaves_the_unanswered_out() -> None:
    """Half of the answers came within that time."""
    checkins = [
        asked("a", after=1),
        asked("b", after=3),
        asked("c", after=50),
        asked("d", after=None),
    ]
    assert count(checkins, least=3).median_wait() == 3 * HOUR


def test_alerts_per_hundred_sessions() -> None:
    """Two alerts in forty sessions are five in a hundred."""
    checkins = [asked(patient) for patient in "abcde" * 8]
    assert alerts_per_100([RaisedAlert("a", HOUR, None)] * 2, count(checkins, least=5).all) == 5.0


def test_seen_in_time_waits_until_the_time_is_over() -> None:
    """A recent alert does not count yet; one seen a second late is late."""
    day = timedelta(days=1)
    raised = [
        RaisedAlert("a", 3 * day, 48 * HOUR),
        RaisedAlert("b", 3 * day, 48 * HOUR + timedelta(seconds=1)),
        RaisedAlert("c", 3 * day, None),
        RaisedAlert("d", 3 * day, HOUR),
        RaisedAlert("e", day, None),
    ]
    assert seen_in_time(raised, min_patients=4) == 0.5
    assert seen_in_time(raised, min_patients=5) is None


def test_the_share_of_episodes_that_recovered() -> None:
    """Two of three, whichever patients they belong to."""
    settled = [EndedEpisode("a", recovered=True), EndedEpisode("b", recovered=False)]
    assert recovered_share([*settled, EndedEpisode("b", recovered=True)], min_patients=2) == 2 / 3


people = st.sampled_from("abcdefgh")
checkins = st.lists(
    st.builds(
        AskedCheckin,
        people,
        st.none() | st.sampled_from("xyz"),
        st.integers(0, 100).map(lambda days: NOW - timedelta(days=days)),
        st.none() | st.integers(0, 2880).map(lambda minutes: timedelta(minutes=minutes)),
    )
)


@given(checkins=checkins, least=st.integers(1, 9))
def test_no_figure_is_about_fewer_people_than_the_site_allows(
    checkins: list[AskedCheckin], least: int
) -> None:
    """Every value shown, in all, by week or by group, is based on enough patients."""
    counts = count(checkins, least=least)
    for group, share in counts.by_group().items():
        inside = {one.patient_id for one in checkins if one.group_id == group}
        assert (share is None) == (len(inside) < least)
    for week in counts.by_week():
        inside = {
            one.patient_id for one in checkins if monday_of(one.due_at, BERLIN) == week.monday
        }
        assert (week.share is None) == (len(inside) < least)
        assert week.share is None or 0 <= week.share <= 1
