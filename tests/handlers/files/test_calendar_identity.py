"""Events that share a UID, applied file after file."""

from tests.alliance.files.ical.calendar_files import WEEKLY, case, session
from tests.alliance.files.ical.ical_text import calendar_text
from tests.handlers.clinic import HandlerClinic


async def send(clinic: HandlerClinic, content: bytes | str) -> str:
    """Let the coordinator send a calendar and apply it; return its dry run."""
    content = content.encode() if isinstance(content, str) else content
    await clinic.channel.send_file(clinic.coordinator, "a.ics", content)
    dry_run = clinic.coordinator.screen.text
    if "Apply" in clinic.coordinator.labels:
        await clinic.tap(clinic.coordinator, "Apply")
    return dry_run


async def plans(clinic: HandlerClinic) -> list[str]:
    """Return the first day of every plan."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT first_day FROM plans WHERE ended_at IS NULL ORDER BY 1")
    return [str(row["first_day"]) for row in rows]


async def test_four_meetings_with_one_uid_are_applied_once(clinic: HandlerClinic) -> None:
    """Case 02: all four, and the same file again changes nothing; /undo takes them back."""
    dry_run = await send(clinic, case("c05-one-uid-many-events.ics"))
    applied = await plans(clinic)
    again = await send(clinic, case("c05-one-uid-many-events.ics"))
    await clinic.write(clinic.coordinator, "/undo")
    await clinic.tap(clinic.coordinator, "Undo")

    assert "New: 4" in dry_run
    assert applied == ["2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24"]
    assert "already in place" in again
    assert await plans(clinic) == []


async def test_a_second_event_with_the_same_uid(clinic: HandlerClinic) -> None:
    """The first keeps its plan when another one comes, and when it is alone again."""
    first, second = session("20260310", WEEKLY), session("20260312", WEEKLY)
    await send(clinic, calendar_text(*first))
    both = await send(clinic, calendar_text(*first, *second))
    again = await send(clinic, calendar_text(*second, *first))
    await clinic.channel.send_file(clinic.coordinator, "a.ics", calendar_text(*second).encode())

    assert "New: 1 · changed: 0" in both
    assert "already in place" in again
    assert await plans(clinic) == ["2026-03-10", "2026-03-12"]
    assert "End what is missing (1)" in clinic.coordinator.labels


async def test_a_choice_counts_for_the_event_it_was_made_for(clinic: HandlerClinic) -> None:
    """Two events without a code have one UID: each is asked about, and remembered."""
    await clinic.enrol("patient", "P-2")
    text = calendar_text(*session("20260310", code=""), *session("20260312", code=""))
    await clinic.channel.send_file(clinic.coordinator, "a.ics", text.encode())
    await clinic.tap(clinic.coordinator, "Whose are they? (2)", "P-1", "P-2", "Apply")
    again = await send(clinic, text)

    assert await plans(clinic) == ["2026-03-10", "2026-03-12"]
    assert "already in place" in again
