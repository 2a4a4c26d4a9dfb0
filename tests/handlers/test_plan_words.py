"""A plan reads back in plain words."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from alliance.calendar.recurrence import read_rule
from alliance.calendar.timetable import Defaults, Timetable
from alliance.calendar.timing import NEVER_QUIET, Quiet
from handlers.calendar.plan_screens import in_words

TODAY = date(2026, 11, 24)
USUAL = "check-in 20 minutes after the end, not between 21:00 and 08:00, one reminder next morning"


def words(rule: str, *, site: Defaults | None = None, group: bool = False, **said: Any) -> str:
    """Return how a plan of that rule reads, at two in Berlin unless it is said otherwise."""
    plan = {"first_day": TODAY, "wall_time": time(14), "zone": "Europe/Berlin", **said}
    timetable = Timetable(rule=read_rule(rule), **plan)
    return in_words("en", timetable, site or Defaults(), today=TODAY, group=group)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "every Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every second Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU", "every 3 weeks on Tuesday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE", "every Monday and Wednesday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday, and Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "every second week on Monday and Wednesday"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,WE", "every 4 weeks on Monday and Wednesday"),
        ("FREQ=MONTHLY;BYDAY=1TU", "every first Tuesday of the month"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every last Friday of the month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=3TH", "every second month on the third Thursday"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=5TH", "every 3 months on the fifth Thursday"),
    ],
)
def test_the_rhythm(rule: str, said: str) -> None:
    """Each kind of repetition has words of its own; what follows is as usual."""
    assert words(rule) == f"{said} 14:00–14:50 Berlin time, {USUAL}"


def test_the_sentence_of_the_issue() -> None:
    """The very words that were asked for."""
    assert words("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU") == (
        "every second Tuesday 14:00–14:50 Berlin time, check-in 20 minutes after the end,"
        " not between 21:00 and 08:00, one reminder next morning"
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270331", "until 31 Mar 2027"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=12", "12 sessions"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=1", "once"),
    ],
)
def test_the_end(rule: str, said: str) -> None:
    """A last day or a number of sessions stands behind the time."""
    assert f"Berlin time, {said}, check-in" in words(rule)


def test_a_later_beginning_is_told_and_an_earlier_one_is_not() -> None:
    """Whoever plans ahead reads from when; a plan that runs has no beginning to read."""
    assert ", from 1 Dec 2026, " in words("FREQ=WEEKLY;BYDAY=TU", first_day=date(2026, 12, 1))
    assert "from" not in words("FREQ=WEEKLY;BYDAY=TU", first_day=date(2026, 1, 6))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"zone": "UTC"}, "14:00–14:50 UTC,"),
        ({"zone": "America/New_York"}, "14:00–14:50 New York time,"),
        ({"zone": "America/Argentina/Buenos_Aires"}, "14:00–14:50 Buenos Aires time,"),
        ({"duration": timedelta(minutes=90)}, "14:00–15:30 Berlin time,"),
        ({"wall_time": time(23, 30)}, "23:30–00:20 Berlin time,"),
        ({"delay": timedelta()}, "check-in right after the end,"),
        ({"delay": timedelta(minutes=1)}, "check-in 1 minute after the end,"),
        ({"delay": timedelta(hours=1)}, "check-in 1 hour after the end,"),
        ({"delay": timedelta(hours=2)}, "check-in 2 hours after the end,"),
        ({"delay": timedelta(minutes=75)}, "check-in 75 minutes after the end,"),
        ({"quiet": NEVER_QUIET}, ", at any hour,"),
        ({"quiet": Quiet(time(20), time(9, 30))}, "not between 20:00 and 09:30,"),
        ({"reminders": 0}, ", no reminder"),
        ({"reminders": 2}, ", two reminders, on the next two mornings"),
        ({"expiry": timedelta(hours=24)}, ", to be answered within 24 hours"),
        ({"instrument": "check_in_mandated"}, ", with Check-in, mandated"),
        ({"holidays": "DE-BY"}, ", not on public holidays (DE-BY)"),
    ],
)
def test_what_differs(said: dict[str, Any], read: str) -> None:
    """Each setting has its words."""
    assert read in words("FREQ=WEEKLY;BYDAY=TU", **said)


def test_what_is_as_usual_is_not_told_twice() -> None:
    """A plan that says what the site has anyway reads like one that says nothing."""
    usual = Defaults()
    said: dict[str, Any] = {
        "expiry": usual.expiry,
        "instrument": usual.instrument,
        "holidays": usual.holidays,
    }
    assert words("FREQ=WEEKLY;BYDAY=TU", **said) == words("FREQ=WEEKLY;BYDAY=TU")


def test_the_site_decides_what_is_usual() -> None:
    """Holidays that the whole site keeps are told, and so is a plan that does not keep them."""
    site = Defaults(holidays="DE-BE", reminders=0)
    assert words("FREQ=WEEKLY;BYDAY=TU", site=site).endswith(
        "no reminder, not on public holidays (DE-BE)"
    )
    assert words("FREQ=WEEKLY;BYDAY=TU", site=site, holidays="").endswith("on public holidays too")


def test_a_group_has_its_own_usual_instrument() -> None:
    """The group's questions are as usual in a group, and named for a single patient."""
    said: dict[str, Any] = {"instrument": "check_in_group"}
    assert words("FREQ=WEEKLY;BYDAY=TU", group=True, **said).endswith(USUAL)
    assert ", with " in words("FREQ=WEEKLY;BYDAY=TU", group=False, **said)
