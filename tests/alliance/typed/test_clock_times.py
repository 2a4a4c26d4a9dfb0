"""Times of day in the spellings of people and programs."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.typed.clock_times import parse_clock

TWO = time(14)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(("14:00", TWO), ("14", TWO), ("14.00", TWO), ("14h", TWO), ("14h00", TWO)),
        *(("14 Uhr", TWO), ("kl. 14.00", TWO), ("14:00:00", TWO), ("14:00:00.000", TWO)),
        *(("14.00.00", TWO), ("9.30", time(9, 30)), ("0", time(0)), ("١٤:٠٠", TWO)),
        *(("2 pm", TWO), ("2PM", TWO), ("2:00 PM", TWO), ("2:00 p.m.", TWO), ("2:00 P.M", TWO)),
        *(("2:00\u202fPM", TWO), ("2:00\u00a0p.\u202fm.", TWO), ("\u200e2:00 PM", TWO)),
        *(("2:00 ㏘", TWO), ("２：００ＰＭ", TWO), ("午後2:00", TWO), ("오후 2:00", TWO)),
        *(("下午2:00", TWO), ("2:00 μ.μ.", TWO), ("02:00 م", TWO), ("2:00 ÖS", TWO)),
        *(("12:15 a.m.", time(0, 15)), ("12 pm", time(12)), ("02:00:00 PM", TWO)),
        *(("오전 9:05", time(9, 5)), ("9:05 π.μ.", time(9, 5)), ("9:05 ص", time(9, 5))),
    ],
)
def test_times(text: str, meant: time) -> None:
    """On both clocks, with any space, in several languages."""
    assert parse_clock(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", "24:00", "14:60", "13 pm", "0 am", "noon", "14:3", "-1", "14:00:30", "1430"),
        *("2:00 xm", "14:00 pm", "2 pm 3", "14:00 15:00", "²:00", "14½", "am", "2026-03-17"),
    ],
)
def test_no_times(text: str) -> None:
    """Seconds are refused, since nothing starts at one."""
    assert parse_clock(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1430", time(14, 30)), ("930", time(9, 30)), ("9", time(9)), ("2:30 pm", time(14, 30)),
     ("14:30:00", None), ("2460", None), ("14300", None)],
)  # fmt: skip
def test_compact_times(text: str, meant: time | None) -> None:
    """What is typed may lack the colon, and has no seconds."""
    assert parse_clock(text, is_compact=True) == meant


@given(at=st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_minute_in_every_form(at: time) -> None:
    """Each form gives the same minute."""
    for form in ("%H:%M", "%H.%M", "%Hh%M", "%H:%M:00", "%I:%M %p", "%I.%M%p"):
        assert parse_clock(at.strftime(form)) == at, form
    assert parse_clock(at.strftime("%H%M"), is_compact=True) == at
