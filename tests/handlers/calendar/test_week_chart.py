"""The coming week as a picture and as a file: every entry is in it, in the right words."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from alliance.calendar.ask_or_not import WhyNot
from handlers.calendar.preview_screens import COLUMNS, PreviewWeek, as_csv, summary
from handlers.calendar.week_chart import week_svg
from handlers.charts.render import render_png
from handlers.texts import catalogue
from storage.calendar.preview import PreviewEntry

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def entry(
    code: str,
    at: str,
    *,
    zone: str = BERLIN,
    why: WhyNot | None = None,
    group: str | None = None,
    moved: bool = False,
    test: bool = False,
) -> PreviewEntry:
    """Return an entry; the session is in Berlin, its question 70 minutes after the start."""
    starts_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return PreviewEntry(
        patient_id=code,
        patient_code=code,
        is_test=test,
        zone=zone,
        group_id=group,
        plan_id="plan",
        planned_for=starts_at,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        session_zone=BERLIN,
        due_at=None if why is not None else starts_at + timedelta(minutes=70),
        why_not=why,
        moved_from=starts_at - timedelta(days=1) if moved else None,
    )


WEEK = PreviewWeek(
    (
        entry("P-1", "2026-11-24T13:00"),
        entry("P-2", "2026-11-24T14:00", zone=NEW_YORK),
        entry("P-3", "2026-11-25T09:00", why=WhyNot.HOLIDAY),
        entry("P-4", "2026-11-25T17:00", group="g", test=True),
        entry("P-5", "2026-11-26T03:30", zone=NEW_YORK, moved=True),
    ),
    {"g": "G-1"},
    BERLIN,
    "en",
)


def cells(svg: str) -> list[str]:
    """Return the texts of a picture in order."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_the_picture_has_every_entry() -> None:
    """Days are in order; each row has the patient, the session, and when or why not."""
    assert cells(week_svg(WEEK)) == [
        "The coming week: 24 Nov – 26 Nov, Berlin time",
        *("who", "session", "check-in, local time"),
        "Tuesday 24 Nov",
        *("P-1", "14:00", "15:10"),
        *("P-2", "15:00", "10:10 New York time"),
        "Wednesday 25 Nov",
        *("P-3", "10:00", "– public holiday"),
        *("P-4 (test)", "G-1 18:00", "19:10"),
        "Thursday 26 Nov",
        *("P-5", "04:30, moved", "Wed 23:40 New York time"),
    ]


def test_a_long_code_is_cut() -> None:
    """No column runs into the next; an ellipsis marks what is cut."""
    svg = week_svg(PreviewWeek((entry("P-" + "W" * 14, "2026-11-24T13:00"),), {}, BERLIN, "en"))
    assert cells(svg)[5] == "P-WWWWWWWWWWW…"


def test_forty_rows_fit_into_a_picture() -> None:
    """The longest week that is drawn can be rendered."""
    entries = tuple(entry(f"P-{number:03d}", "2026-11-24T13:00") for number in range(40))
    svg = week_svg(PreviewWeek(entries, {}, BERLIN, "en"))
    assert render_png(svg).startswith(b"\x89PNG")


def test_the_file_has_every_entry_in_local_time_and_in_utc() -> None:
    """Names of columns are the same in every language; each local time has its zone beside it."""
    lines = list(csv.DictReader(StringIO(as_csv(WEEK))))
    assert list(lines[0]) == [name for name, _ in COLUMNS]
    assert len(lines) == 5
    assert lines[1] | {"patient": ""} == {
        "patient": "",
        "test": "",
        "group": "",
        "session": "2026-11-24 15:00",
        "session_zone": BERLIN,
        "moved_from": "",
        "sent": "yes",
        "check_in": "2026-11-24 10:10",
        "check_in_zone": NEW_YORK,
        "check_in_utc": "2026-11-24 15:10",
        "why_not": "",
    }
    assert (lines[2]["sent"], lines[2]["check_in"], lines[2]["why_not"]) == ("no", "", "holiday")
    assert (lines[3]["group"], lines[3]["test"]) == ("G-1", "yes")
    assert lines[4]["moved_from"] == "2026-11-25 04:30"


def test_the_week_in_numbers() -> None:
    """How many check-ins are sent to how many patients, how many are not, and why."""
    assert summary(WEEK) == (
        "The coming week. Check-ins: 4, patients: 4. Not sent: 1 (public holiday 1)."
    )


@pytest.mark.parametrize("why", list(WhyNot))
def test_every_reason_has_words(why: WhyNot) -> None:
    """The coordinator can read every reason why a check-in is not sent."""
    assert (
        WEEK.reason_not_sent(entry("P-1", "2026-11-24T13:00", why=why)) in catalogue("en").values()
    )
