"""Ordinary thumbs are never stopped; a flood is, and is told so at most once a minute."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.updates.rate_limit import BETWEEN_SENTENCES, MOST_REMEMBERED, Entry, Turnstile

AT_ONCE = 60
SOMEBODY, ANOTHER = 5_000_000_001, 5_000_000_002


def entries(turnstile: Turnstile, moments: list[float], account: int = SOMEBODY) -> list[Entry]:
    """Return what becomes of an account's updates at those seconds."""
    return [turnstile.enter(account, moment) for moment in moments]


@given(st.lists(st.floats(0.0, 4.0), min_size=1, max_size=120))
def test_no_ordinary_thumb_is_stopped(pauses: list[float]) -> None:
    """Ten taps within two seconds, as often as one likes, with ten seconds to read between."""
    quick = [pause / 20 for pause in pauses]
    reading = [10.0 if place % 10 == 0 else 0.0 for place in range(len(quick))]
    moments = list(accumulate(a + b for a, b in zip(quick, reading, strict=True)))
    assert set(entries(Turnstile(AT_ONCE), moments)) == {Entry.TAKEN}


def test_a_whole_conversation_at_once_is_taken() -> None:
    """Sixty in one moment are taken, and two a second for ever after."""
    turnstile = Turnstile(AT_ONCE)
    moments = [0.0] * AT_ONCE + [0.5 * (n + 1) for n in range(1_000)]
    assert set(entries(turnstile, moments)) == {Entry.TAKEN}


@pytest.mark.parametrize("per_second", [5, 50, 1_000])
def test_a_flood_gets_a_sentence_a_minute_and_nothing_else(per_second: int) -> None:
    """While it goes on, none of it is heard any more, however long that is."""
    moments = [n / per_second for n in range(300 * per_second)]
    became = entries(Turnstile(AT_ONCE), moments)
    first = became.index(Entry.TOLD)
    assert AT_ONCE <= first <= 2 * AT_ONCE
    assert Entry.TAKEN not in became[first:]
    told = [moment for moment, one in zip(moments, became, strict=True) if one is Entry.TOLD]
    assert len(told) <= 5
    assert all(b - a >= BETWEEN_SENTENCES for a, b in pairwise(told))


def test_who_stops_is_heard_again() -> None:
    """A few seconds of quiet open the way; half a minute makes everything as before."""
    turnstile = Turnstile(AT_ONCE)
    entries(turnstile, [0.0] * 1_000)
    assert turnstile.enter(SOMEBODY, 2.0) is Entry.LEFT_OUT
    assert turnstile.enter(SOMEBODY, 5.0) is Entry.TAKEN
    assert set(entries(turnstile, [60.0] * AT_ONCE)) == {Entry.TAKEN}


def test_others_are_not_touched() -> None:
    """However much one account sends."""
    turnstile = Turnstile(AT_ONCE)
    for _ in range(AT_ONCE):
        entries(turnstile, [1.0] * 1_000)
        assert turnstile.enter(ANOTHER, 1.0) is Entry.TAKEN


def test_strangers_get_less() -> None:
    """Once it is known that somebody is none of ours, five, and one in ten seconds."""
    turnstile = Turnstile(AT_ONCE)
    turnstile.enter(SOMEBODY, 0.0)
    turnstile.met(SOMEBODY, is_stranger=True)
    became = entries(turnstile, [0.0] * 10)
    assert became == [Entry.TAKEN] * 5 + [Entry.TOLD] + [Entry.LEFT_OUT] * 4
    assert turnstile.enter(SOMEBODY, 9.0) is Entry.LEFT_OUT
    assert turnstile.enter(SOMEBODY, 20.0) is Entry.TAKEN
    turnstile.met(SOMEBODY, is_stranger=False)
    assert set(entries(turnstile, [50.0] * AT_ONCE)) == {Entry.TAKEN}


def test_what_is_remembered_is_bounded() -> None:
    """Accounts without number, as a botnet has them, do not fill the memory."""
    turnstile = Turnstile(AT_ONCE)
    for account in range(3 * MOST_REMEMBERED):
        turnstile.enter(account, account / 10_000)
    assert turnstile.remembered <= MOST_REMEMBERED


def test_it_can_be_switched_off() -> None:
    """0 takes all of everybody, for measuring and for a site that guards its door elsewhere."""
    assert set(entries(Turnstile(0), [0.0] * 10_000)) == {Entry.TAKEN}
