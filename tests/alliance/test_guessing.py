"""Whoever tries links that do not exist is slowed; whoever was given one never is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.people.failed_links import CROWD, FREE, LONGEST_WAIT, waits_until

T0 = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "of_all", "minutes"),
    [
        (0, 0, None),
        (1, 1, None),
        (FREE, FREE, None),
        (FREE + 1, FREE + 1, 1),
        (FREE + 2, FREE + 2, 2),
        (FREE + 6, FREE + 6, 32),
        (FREE + 7, FREE + 7, 60),
        (500, 500, 60),
        (0, CROWD, None),
        (1, CROWD - 1, None),
        (1, CROWD, 1),
        (2, CROWD, 2),
    ],
)
def test_each_wrong_link_doubles_the_time(own: int, of_all: int, minutes: int | None) -> None:
    """A few are free, unless many accounts try; it never takes longer than an hour."""
    expected = None if minutes is None else T0 + timedelta(minutes=minutes)
    assert waits_until([T0] * own, of_all) == expected


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_more_wrong_links_never_mean_a_shorter_wait(own: int, more: int, others: int) -> None:
    """Neither one's own nor those of others; and nobody waits for what only others did."""
    few = waits_until([T0] * own, own + others)
    many = waits_until([T0] * (own + more), own + more + others)
    assert few is None or (many is not None and few <= many <= T0 + LONGEST_WAIT)
    assert waits_until([], others) is None
