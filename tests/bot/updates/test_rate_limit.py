"""Ordinary use is never limited; a flood is, with at most one warning a minute."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.updates.rate_limit import (
    MAX_ACCOUNTS,
    WARNING_INTERVAL_SECONDS,
    AccountRateLimiter,
    Decision,
)

AT_ONCE = 60
ACCOUNT, OTHER_ACCOUNT = 5_000_000_001, 5_000_000_002


def decisions(
    rate_limiter: AccountRateLimiter, times: list[float], account: int = ACCOUNT
) -> list[Decision]:
    """Return the decisions on an account's updates at these times, in seconds."""
    return [rate_limiter.decide(account, at) for at in times]


@given(st.lists(st.floats(0.0, 4.0), min_size=1, max_size=120))
def test_ordinary_use_is_never_limited(pauses: list[float]) -> None:
    """Ten taps within two seconds, then ten seconds to read, any number of times."""
    quick = [pause / 20 for pause in pauses]
    reading = [10.0 if place % 10 == 0 else 0.0 for place in range(len(quick))]
    times = list(accumulate(a + b for a, b in zip(quick, reading, strict=True)))
    assert set(decisions(AccountRateLimiter(AT_ONCE), times)) == {Decision.ACCEPTED}


def test_a_whole_conversation_at_once_is_accepted() -> None:
    """Sixty at once are accepted, and then two a second for ever."""
    rate_limiter = AccountRateLimiter(AT_ONCE)
    times = [0.0] * AT_ONCE + [0.5 * (n + 1) for n in range(1_000)]
    assert set(decisions(rate_limiter, times)) == {Decision.ACCEPTED}


@pytest.mark.parametrize("per_second", [5, 50, 1_000])
def test_a_flood_gets_one_warning_a_minute(per_second: int) -> None:
    """Everything else is dropped for as long as the flood continues."""
    times = [n / per_second for n in range(300 * per_second)]
    results = decisions(AccountRateLimiter(AT_ONCE), times)
    first = results.index(Decision.WARNED)
    assert AT_ONCE <= first <= 2 * AT_ONCE
    assert Decision.ACCEPTED not in results[first:]
    warnings = [at for at, one in zip(times, results, strict=True) if one is Decision.WARNED]
    assert len(warnings) <= 5
    assert all(b - a >= WARNING_INTERVAL_SECONDS for a, b in pairwise(warnings))


def test_a_flood_that_stops_is_accepted_again() -> None:
    """After a few quiet seconds, updates are accepted; after half a minute, a full burst."""
    rate_limiter = AccountRateLimiter(AT_ONCE)
    decisions(rate_limiter, [0.0] * 1_000)
    assert rate_limiter.decide(ACCOUNT, 2.0) is Decision.DROPPED
    assert rate_limiter.decide(ACCOUNT, 5.0) is Decision.ACCEPTED
    assert set(decisions(rate_limiter, [60.0] * AT_ONCE)) == {Decision.ACCEPTED}


def test_other_accounts_are_not_affected() -> None:
    """Each account has its own bucket."""
    rate_limiter = AccountRateLimiter(AT_ONCE)
    for _ in range(AT_ONCE):
        decisions(rate_limiter, [1.0] * 1_000)
        assert rate_limiter.decide(OTHER_ACCOUNT, 1.0) is Decision.ACCEPTED


def test_strangers_get_less() -> None:
    """An account that takes no part has five at once, then one in ten seconds."""
    rate_limiter = AccountRateLimiter(AT_ONCE)
    rate_limiter.decide(ACCOUNT, 0.0)
    rate_limiter.set_stranger(ACCOUNT, is_stranger=True)
    results = decisions(rate_limiter, [0.0] * 10)
    assert results == [Decision.ACCEPTED] * 5 + [Decision.WARNED] + [Decision.DROPPED] * 4
    assert rate_limiter.decide(ACCOUNT, 9.0) is Decision.DROPPED
    assert rate_limiter.decide(ACCOUNT, 20.0) is Decision.ACCEPTED
    rate_limiter.set_stranger(ACCOUNT, is_stranger=False)
    assert set(decisions(rate_limiter, [50.0] * AT_ONCE)) == {Decision.ACCEPTED}


def test_the_number_of_accounts_is_bounded() -> None:
    """A botnet with many accounts does not fill the memory."""
    rate_limiter = AccountRateLimiter(AT_ONCE)
    for account in range(3 * MAX_ACCOUNTS):
        rate_limiter.decide(account, account / 10_000)
    assert rate_limiter.account_count <= MAX_ACCOUNTS


def test_it_can_be_switched_off() -> None:
    """0 accepts everything, for benchmarks and for sites that limit requests elsewhere."""
    assert set(decisions(AccountRateLimiter(0), [0.0] * 10_000)) == {Decision.ACCEPTED}
