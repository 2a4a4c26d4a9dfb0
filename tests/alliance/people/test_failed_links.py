"""Accounts that try invalid links are slowed down; invited people never are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.people.failed_links import FREE_TRIES, LONGEST_WAIT, TOTAL_LIMIT, next_try_at

T0 = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "of_all", "minutes"),
    [
        (0, 0, None),
        (1, 1, None),
        (FREE_TRIES, FREE_TRIES, None),
        (FREE_TRIES + 1, FREE_TRIES + 1, 1),
        (FREE_TRIES + 2, FREE_TRIES + 2, 2),
        (FREE_TRIES + 6, FREE_TRIES + 6, 32),
        (FREE_TRIES + 7, FREE_TRIES + 7, 60),
        (500, 500, 60),
        (0, TOTAL_LIMIT, None),
        (1, TOTAL_LIMIT - 1, None),
        (1, TOTAL_LIMIT, 1),
        (2, TOTAL_LIMIT, 2),
    ],
)
def test_each_wrong_link_doubles_the_time(own: int, of_all: int, minutes: int | None) -> None:
    """A few are free, unless many accounts try; the delay never exceeds an hour."""
    expected = None if minutes is None else T0 + timedelta(minutes=minutes)
    assert next_try_at([T0] * own, of_all) == expected


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_more_wrong_links_never_mean_a_shorter_wait(own: int, more: int, others: int) -> None:
    """Neither own tries nor others' shorten it; others' tries alone never cause one."""
    few = next_try_at([T0] * own, own + others)
    many = next_try_at([T0] * (own + more), own + more + others)
    assert few is None or (many is not None and few <= many <= T0 + LONGEST_WAIT)
    assert next_try_at([], others) is None
