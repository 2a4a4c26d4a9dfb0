"""The limits of speaking, the settings, and what logs may not hold."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import BadSettings
from bot.logs import HIDDEN, HideToken
from bot.pace import OVERALL, Pace
from bot.settings import Settings


@given(people=st.lists(st.integers(0, 60), min_size=1, max_size=300))
def test_never_faster_than_telegram_allows(people: list[int]) -> None:
    """In no second do more than thirty messages leave, nor two to one person."""
    pace, now, sent = Pace(), 0.0, []
    for number in people:
        person = str(number)
        while (wait := pace.wait(now)) > 0 or person in set(pace.resting(now)):
            now += max(wait, 0.01)
        pace.spend(person, now)
        sent.append((now, person))
    for at, person in sent:
        within = [one for one in sent if at <= one[0] < at + 0.999]
        assert len(within) <= OVERALL
        assert sum(one[1] == person for one in within) == 1


def test_a_429_stops_its_own_chat_and_a_second_one_all() -> None:
    """One chat's trouble is not everybody's, until Telegram says so twice."""
    pace = Pace()
    pace.told("a", 30, now=10)
    assert set(pace.resting(11)) == {"a"}
    assert pace.wait(11) == 0
    pace.told("b", 20, now=10.5)
    assert pace.wait(11) == pytest.approx(19.5)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ATTUNE_TOKEN", "x", "is not a setting"),
        ("ATTUNE_ZONE", "Mars", "Europe/Berlin"),
        ("ATTUNE_DATABASE", "mysql://x", "sqlite:///"),
        ("ATTUNE_QUIET_HOURS", "night", "21:00-08:00"),
        ("ATTUNE_FALSE_ALARM_BUDGET", "3", "2, 5 or 10"),
        ("ATTUNE_TICK_SECONDS", "0", "greater than 0"),
        ("ATTUNE_DETECTOR", "none", "choose one of"),
        ("ATTUNE_ALERT_VISIBLE_MINUTES", "0", "greater than or equal to 1"),
        ("ATTUNE_REPAIR_CARDS", "nowhere", "There is no folder nowhere"),
    ],
)
def test_bad_settings_are_named(name: str, value: str, says: str) -> None:
    """One sentence says which setting is wrong and what it may be."""
    with pytest.raises(BadSettings, match=says) as told:
        Settings.read({name: value})
    assert name in str(told.value)


def test_the_token_is_never_shown() -> None:
    """Neither settings nor log lines hold it."""
    token = "123456789:AAF-secret_secret"
    assert token not in repr(Settings.read({"ATTUNE_TELEGRAM_TOKEN": token}))
    record = logging.LogRecord("x", 40, "x", 1, "POST /bot%s/getMe", (token,), None)
    assert HideToken("%(message)s").format(record) == f"POST /bot{HIDDEN}/getMe"
