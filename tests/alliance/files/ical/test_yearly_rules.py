"""Yearly rules of time zones, compared with another library."""

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alliance.files.ical.yearly_rules import parse_yearly_rule

FIRST, LAST, BEGIN, END = (
    datetime.fromisoformat(day)  # local time
    for day in ("2020-01-01", "2026-12-28", "2024-01-01", "2030-12-31 23:59")
)
RULES = st.builds(
    lambda *parts: ";".join(["FREQ=YEARLY", *(part for part in parts if part)]),
    st.sampled_from(["", "BYMONTH=3", "BYMONTH=10,11", "BYMONTH=2"]),
    st.sampled_from(
        [
            *("", "BYDAY=-1SU", "BYDAY=2SU", "BYDAY=SU,MO", "BYDAY=1SA,-1FR", "BYMONTHDAY=-1"),
            *("BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU", "BYMONTHDAY=1,-1,15", "BYYEARDAY=-1,60"),
        ]
    ),
    st.sampled_from(["", "BYSETPOS=-1", "BYSETPOS=1,2"]),
    st.sampled_from(["", "INTERVAL=2", "UNTIL=20290101T000000", "COUNT=5", "WKST=SU"]),
    st.sampled_from(["", "BYHOUR=3", "BYHOUR=0;BYMINUTE=30"]),
)


@settings(deadline=None, max_examples=300)
@given(
    text=RULES,
    first=st.datetimes(FIRST, LAST).map(
        lambda at: at.replace(day=min(at.day, 28), minute=0, second=0, microsecond=0)
    ),
)
def test_yearly_rules_are_those_of_another_library(text: str, first: datetime) -> None:
    """The same local times from 2024 to 2030."""
    assume("BYSETPOS" not in text or "DAY" in text)
    assume("BYYEARDAY" not in text or "BYMONTH" not in text)
    expected = rrulestr(text, dtstart=first).between(BEGIN, END, inc=True)

    rule = parse_yearly_rule(text, first)
    found = rule.around(2024, 2030, offset=timedelta(0))

    assert [at for at in found if at >= max(BEGIN, first)] == expected


@pytest.mark.parametrize(
    "text",
    [
        *("FREQ=DAILY", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTH=3;INTERVAL=2", "", "FREQ=YEARLY;X=1"),
        *("FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;BYWEEKNO=9", "FREQ=YEARLY;BYDAY=XX"),
        *("FREQ=YEARLY;BYHOUR=1,2", "FREQ=YEARLY;UNTIL=soon", "FREQ=YEARLY;BYMONTH=March"),
    ],
)
def test_rules_that_are_not_yearly(text: str) -> None:
    """A zone with such a rule is asked about."""
    with pytest.raises(ValueError, match=r"."):
        parse_yearly_rule(text, FIRST)


def test_a_rule_that_ended_long_ago() -> None:
    """Its last date still decides the offset."""
    rule = parse_yearly_rule("FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU", FIRST)
    early = parse_yearly_rule(
        "FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU", FIRST.replace(year=1987)
    )

    assert rule.around(2024, 2026, offset=timedelta(0)) == []
    assert [at.year for at in early.around(2024, 2026, offset=timedelta(0))] == [2006]


def test_a_rule_that_counts_from_the_year_one() -> None:
    """It is not counted."""
    rule = parse_yearly_rule("FREQ=YEARLY;COUNT=9999", FIRST.replace(year=1))
    with pytest.raises(ValueError, match="counts"):
        rule.around(2024, 2026, offset=timedelta(0))
