"""Settings are checked, and logs contain no token."""

import logging

import pytest

from alliance.errors import BadSettings
from bot.config.logs import REDACTED, TokenRedactingFormatter
from bot.config.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ATTUNE_TOKEN", "x", "is not a setting"),
        ("ATTUNE_ZONE", "Mars", "Europe/Berlin"),
        ("ATTUNE_DATABASE", "mysql://x", "sqlite:///"),
        ("ATTUNE_QUIET_HOURS", "night", "21:00-08:00"),
        ("ATTUNE_FALSE_ALARM_BUDGET", "3", "2, 5 or 10"),
        ("ATTUNE_TICK_SECONDS", "0", "greater than 0"),
        ("ATTUNE_DETECTOR", "none", "choose one of"),
        ("ATTUNE_INSTRUMENT", "none", "The instruments are: check_in_4"),
        ("ATTUNE_ALERT_VISIBLE_MINUTES", "0", "greater than or equal to 1"),
        ("ATTUNE_REPAIR_CARDS", "nowhere", "There is no folder nowhere"),
    ],
)
def test_bad_settings_are_named(name: str, value: str, text: str) -> None:
    """One sentence names the setting and says which values are valid."""
    with pytest.raises(BadSettings, match=text) as caught:
        Settings.read({name: value})
    assert name in str(caught.value)


def test_the_token_is_never_shown() -> None:
    """Neither settings nor log lines contain it."""
    token = "123456789:AAF-secret_secret"
    assert token not in repr(Settings.read({"ATTUNE_TELEGRAM_TOKEN": token}))
    record = logging.LogRecord("x", 40, "x", 1, "POST /bot%s/getMe", (token,), None)
    assert TokenRedactingFormatter("%(message)s").format(record) == f"POST /bot{REDACTED}/getMe"
