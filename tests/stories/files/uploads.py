"""Sending files as a coordinator, and the rows that they can change."""

from typing import Any

from bot.simulator import Phone
from tests.alliance.files.ical.ical_text import calendar_text
from tests.stories.clinic import StoryClinic, last_text

DRY_RUN = "Dry run: nothing has changed yet."
NO_CHANGES = "Everything in it is already in place."
HEADER = "kind;code;therapist;group;days;start;zone;delay;from;until;cover\n"
CLINIC_TABLE = (
    HEADER + "therapist;T-2\n"
    "patient;P-1;T-1;;Tue;14:00;UTC;20\n"
    "patient;P-7;T-1 T-2;G-1;2nd Thu;9:30;Europe/Berlin;;;31.12.2026\n"
    "group;G-1;;;Mon;18:00\n"
    "leader;T-1;;G-1\n"
    "absence;T-1;;;;;;;2026-04-01;2026-04-07;T-2\n"
)


async def send_file(phone: Phone, name: str, content: bytes, then: str) -> str:
    """Send a file, wait for an answer with those words, and return it."""
    before = len(phone.messages)
    phone.send_document(name, content)
    await phone.wait_until(
        lambda p: len(p.messages) > before + 1 and then in last_text(p), why=then
    )
    return last_text(phone)


async def send_table(phone: Phone, text: str, then: str = DRY_RUN) -> str:
    """Send a table; return its dry run."""
    return await send_file(phone, "clinic.csv", text.encode(), then)


async def send_calendar(phone: Phone, *events: tuple[str, ...], then: str = DRY_RUN) -> str:
    """Send a calendar of those events; return its dry run."""
    lines = [line for event in events for line in event]
    return await send_file(phone, "week.ics", calendar_text(*lines).encode(), then)


async def apply_file(phone: Phone) -> str:
    """Tap Apply under the last file; return what the message then says."""
    phone.tap("Apply", message=phone.screen)
    message_id = phone.screen.id
    await phone.wait_until(lambda p: "Done." in _text_of(p, message_id), why="Done.")
    return _text_of(phone, message_id)


def _text_of(phone: Phone, message_id: int) -> str:
    return next(one.text or "" for one in phone.messages if one.id == message_id)


def event_lines(*lines: str, uid: str = "one") -> tuple[str, ...]:
    """Return an event of a calendar."""
    return ("BEGIN:VEVENT", f"UID:{uid}@example.org", *lines, "END:VEVENT")


def tuesday_series(*more: str, uid: str = "one", summary: str = "P-1") -> tuple[str, ...]:
    """Return a series of Tuesdays at two in Berlin, with further lines."""
    return event_lines(
        f"SUMMARY:{summary}",
        "DTSTART;TZID=Europe/Berlin:20260303T140000",
        "DTEND;TZID=Europe/Berlin:20260303T145000",
        "RRULE:FREQ=WEEKLY",
        *more,
        uid=uid,
    )


def clinic_rows(clinic: StoryClinic) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that a file can change, without ids and times."""
    queries = {
        "people": "SELECT code, role, state, zone FROM people ORDER BY code",
        "care": "SELECT p.code, t.code FROM care c JOIN people p ON p.id = c.patient_id"
        " JOIN people t ON t.id = c.therapist_id WHERE c.to_at IS NULL ORDER BY 1, 2",
        "groups": "SELECT code, ended_at FROM groups WHERE ended_at IS NULL ORDER BY code",
        "members": "SELECT g.code, p.code FROM memberships m JOIN groups g ON g.id = m.group_id"
        " JOIN people p ON p.id = m.patient_id WHERE m.to_at IS NULL ORDER BY 1, 2",
        "leaders": "SELECT g.code, p.code FROM leaders m JOIN groups g ON g.id = m.group_id"
        " JOIN people p ON p.id = m.therapist_id WHERE m.to_at IS NULL ORDER BY 1, 2",
        "absences": "SELECT p.code, a.first_day, a.last_day, c.code FROM absences a"
        " JOIN people p ON p.id = a.person_id LEFT JOIN people c ON c.id = a.cover_id"
        " WHERE a.withdrawn_at IS NULL ORDER BY 1, 2",
        "plans": "SELECT COALESCE(p.code, g.code), l.rule, l.first_day, l.wall_time, l.zone,"
        " l.duration_minutes, l.delay_minutes, l.instrument FROM plans l"
        " LEFT JOIN people p ON p.id = l.patient_id LEFT JOIN groups g ON g.id = l.group_id"
        " WHERE l.ended_at IS NULL ORDER BY 1, 2, 3",
        "dates": "SELECT COALESCE(p.code, g.code), e.planned_for, e.starts_at, e.ends_at"
        " FROM exceptions e JOIN plans l ON l.id = e.plan_id"
        " LEFT JOIN people p ON p.id = l.patient_id LEFT JOIN groups g ON g.id = l.group_id"
        " WHERE l.ended_at IS NULL ORDER BY 1, 2",
        "events": "SELECT key, calendar, is_foreign FROM calendar_events ORDER BY key",
        "changes": "SELECT action FROM audit WHERE part_of IS NULL ORDER BY number",
    }
    return {name: clinic.rows(query) for name, query in queries.items()}
