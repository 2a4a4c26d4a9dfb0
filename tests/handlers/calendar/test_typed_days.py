"""Days, times and codes that coordinators type: with marks, in other digits, a.m. and p.m."""

from datetime import UTC, datetime

import pytest

from tests.handlers.clinic import HandlerClinic

AUTUMN = datetime(2027, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def autumn(clinic: HandlerClinic) -> HandlerClinic:
    """Return a clinic on 2 November 2027, before the February of a leap year."""
    clinic.now = AUTUMN
    return clinic


@pytest.mark.parametrize(
    ("day", "words"),
    [
        *(("29.2.", "29 Feb 2028"), ("28.2.", "28 Feb 2028"), ("2028-02-29", "29 Feb 2028")),
        *(("29.02.28", "29 Feb 2028"), ("\u200e29.2.", "29 Feb 2028"), ("٢٩.٢.", "29 Feb 2028")),
        *(("30.2.", "Please send a day"), ("29.2.2027", "Please send a day")),
        ("1.11.2027", "Please send a day in the coming year"),
    ],
)
async def test_a_pause_until_the_leap_day(autumn: HandlerClinic, day: str, words: str) -> None:
    """17: within a year, so it was no reason to refuse."""
    said = await autumn.write(autumn.coordinator, f"/pause P-1 {day}")
    assert words in said


async def test_a_pause_until_the_next_leap_day_is_too_long(clinic: HandlerClinic) -> None:
    """In 2026 the next one is two years away; it is refused and not made another day."""
    said = await clinic.write(clinic.coordinator, "/pause P-1 29.2.")
    assert "Please send a day in the coming year" in said


@pytest.mark.parametrize(
    "typed",
    [
        *("tue 14:00", "tue 2pm", "tue 2:00 p.m.", "tue 2:00\u202fPM", "tue 2:00 p. m."),
        *("tue\u200e ١٤:٠٠", "tue 14h", "tue １４：００"),
    ],
)
async def test_times_in_a_line(clinic: HandlerClinic, typed: str) -> None:
    """On both clocks, with any space, in any script."""
    said = await clinic.write(clinic.coordinator, f"/plan P-1 {typed} 50 20")
    assert "every Tuesday 14:00" in said


@pytest.mark.parametrize("code", ["P-1", "p-1", "\u200eP-1\u200e", "P\u20111", "P\u22121", "Ｐ-１"])
async def test_a_code_with_marks_is_the_same_code(clinic: HandlerClinic, code: str) -> None:
    """As it is pasted from a calendar or a word processor."""
    said = await clinic.write(clinic.coordinator, f"/pause {code} open")
    assert "P-1" in said
    assert "There is no" not in said


@pytest.mark.parametrize(
    ("typed", "shown"), [("8:30 p.m.", "20:30"), ("٨:٣٠", "08:30"), ("7", "07:00")]
)
async def test_a_heartbeat_at_a_time(clinic: HandlerClinic, typed: str, shown: str) -> None:
    """The time of the daily message is read like any other."""
    said = await clinic.write(clinic.coordinator, f"/heartbeat {typed}")
    assert shown in said
