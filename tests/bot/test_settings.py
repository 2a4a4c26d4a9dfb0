"""The settings, and what logs may not hold."""

import logging

import pytest

from alliance.errors import BadSettings
from bot.config.logs import HIDDEN, HideToken
from bot.config.settings import Settings


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
