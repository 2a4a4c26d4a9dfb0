"""Case 18: a calendar of Paraguay is imported, and then the country gives up winter time."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.handlers.clinic import HandlerClinic
from tests.handlers.files.test_file_actions import send
from tests.zone_rules import ASUNCION, WITH_WINTER_TIME, WITHOUT_WINTER_TIME, zone_rules

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//own test//EN
X-WR-CALNAME:Practice
BEGIN:VEVENT
UID:py@test.invalid
SUMMARY:P-1
DTSTART;TZID=America/Asuncion:20240924T140000
DTEND;TZID=America/Asuncion:20240924T145000
RRULE:FREQ=WEEKLY;BYDAY=TU
EXDATE;TZID=America/Asuncion:20250401T140000
END:VEVENT
BEGIN:VEVENT
UID:py@test.invalid
SUMMARY:P-1
RECURRENCE-ID;TZID=America/Asuncion:20250408T140000
DTSTART;TZID=America/Asuncion:20250409T090000
DTEND;TZID=America/Asuncion:20250409T095000
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()


async def test_what_a_calendar_cancelled_and_moved_stays_so(
    clinic: HandlerClinic, tmp_path: Path
) -> None:
    """1 April is cancelled, 8 April on the 9th at nine: check-ins by the clock on the wall."""
    clinic.now = datetime(2025, 3, 10, 12, tzinfo=UTC)
    with zone_rules(tmp_path / "2024a", WITH_WINTER_TIME):
        await send(clinic, "e02-asuncion.ics", CALENDAR)
        await clinic.tap(clinic.coordinator, "Apply")
        await clinic.pass_time(minutes=1)
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        await clinic.pass_time(minutes=1)
        async with clinic.store.read_transaction() as tx:
            rows = await tx.all(
                "SELECT starts_at FROM sessions WHERE state = 'planned' AND starts_at < ?"
                " ORDER BY starts_at",
                "2025-04-20",
            )
        again = await send(clinic, "e02-asuncion.ics", CALENDAR)
        local = [
            datetime.fromisoformat(row["starts_at"]).astimezone(ZoneInfo(ASUNCION)) for row in rows
        ]
    assert [f"{begin:%d.%m. %H:%M}" for begin in local] == [
        "11.03. 14:00",
        "18.03. 14:00",
        "25.03. 14:00",
        "09.04. 09:00",
        "15.04. 14:00",
    ]
    assert "othing" in again
