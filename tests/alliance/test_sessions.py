"""Recurrence, beside a slow and obvious second reading of the same rule."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import BadPlan
from alliance.sessions import Rule, days, read_rule

weekly = st.builds(
    Rule,
    st.just("week"),
    st.integers(1, 6),
    st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))),
)
monthly = st.builds(
    Rule,
    st.just("month"),
    st.integers(1, 4),
    st.integers(0, 6).map(lambda day: (day,)),
    st.sampled_from((-1, 1, 2, 3, 4, 5)),
)
first_days = st.dates(date(2024, 1, 1), date(2030, 1, 1))


def obvious(rule: Rule, first: date) -> list[date]:
    """Look at every day of three years and ask whether it is meant."""
    found = []
    monday = first - timedelta(days=first.weekday())
    for step in range(3 * 366):
        day = first + timedelta(days=step)
        if day.weekday() not in rule.weekdays:
            continue
        if rule.every == "week":
            if (day - monday).days // 7 % rule.interval == 0:
                found.append(day)
            continue
        months = (day.year - first.year) * 12 + day.month - first.month
        is_last = (day + timedelta(days=7)).month != day.month
        place = -1 if rule.nth == -1 and is_last else (day.day - 1) // 7 + 1
        if months % rule.interval == 0 and place == rule.nth:
            found.append(day)
    return found


@given(rule=st.one_of(weekly, monthly), first=first_days)
def test_days_equal_the_obvious_reading(rule: Rule, first: date) -> None:
    """Every n weeks or months, from the first day on: no day more, no day less."""
    expected = obvious(rule, first)[:12]
    assert list(islice(days(rule, first), len(expected))) == expected


@given(rule=st.one_of(weekly, monthly), count=st.integers(1, 9), first=first_days)
def test_rules_survive_their_text(rule: Rule, count: int, first: date) -> None:
    """A rule that was written reads back as the same rule."""
    limited = Rule(rule.every, rule.interval, rule.weekdays, rule.nth, count=count)
    assert read_rule(limited.text()) == limited
    assert len(list(days(limited, first))) == count


@pytest.mark.parametrize("text", ["", "FREQ=DAILY", "FREQ=SECONDLY;INTERVAL=1", "FREQ=WEEKLY"])
def test_other_repetitions_are_refused(text: str) -> None:
    """What we cannot keep is said, not guessed."""
    with pytest.raises(BadPlan):
        read_rule(text)
