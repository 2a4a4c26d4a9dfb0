"""Retention periods, in calendar months."""

from datetime import UTC, datetime, timedelta

import pytest

from alliance.privacy.retention import Retention, months_before


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2026-03-03", 0, "2026-03-03"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-03-03", 120, "2016-03-03"),
        ("2024-02-29", 12, "2023-02-28"),
    ],
)
def test_months_go_by_the_calendar(now: str, months: int, then: str) -> None:
    """The same day of an earlier month, or its last day."""
    assert months_before(datetime.fromisoformat(now), months) == datetime.fromisoformat(then)


def test_answers_are_kept_unless_a_site_says_otherwise() -> None:
    """By default, the data of current patients is never deleted."""
    now = datetime(2026, 3, 3, tzinfo=UTC)
    assert Retention().answers_before(now) is None
    assert Retention(answers_months=6).answers_before(now) == datetime(2025, 9, 3, tzinfo=UTC)
    assert Retention().messages_before(now) == now - timedelta(days=180)
