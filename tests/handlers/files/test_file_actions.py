"""A coordinator sends a file, looks at its dry run, and applies or discards it."""

from tests.alliance.files.ical.ical_text import calendar_text
from tests.handlers.clinic import HandlerClinic

TABLE = b"code;therapist\nP-9;T-1\n"
CALENDAR = calendar_text(
    *("BEGIN:VEVENT", "UID:a", "SUMMARY:somebody", "DTSTART:20260310T140000Z"),
    *("RRULE:FREQ=WEEKLY", "END:VEVENT"),
).encode()


async def send(clinic: HandlerClinic, name: str, content: bytes) -> str:
    """Let the coordinator send a file; return the screen that follows."""
    await clinic.channel.send_file(clinic.coordinator, name, content)
    return clinic.coordinator.screen.text


async def test_a_table_is_applied_once_it_was_seen(clinic: HandlerClinic) -> None:
    """Nothing changes before Apply; afterwards there is a file with the links, and /undo."""
    dry_run = await send(clinic, "a.csv", TABLE)
    before = await clinic.write(clinic.coordinator, "/people")

    await send(clinic, "a.csv", TABLE)
    applied = await clinic.tap(clinic.coordinator, "Apply")
    [(name, content)] = clinic.coordinator.files
    after = await clinic.write(clinic.coordinator, "/people")
    await clinic.write(clinic.coordinator, "/undo")
    await clinic.tap(clinic.coordinator, "Undo")
    undone = await clinic.write(clinic.coordinator, "/people")

    assert "P-9: new patient" in dry_run
    assert applied.startswith("Done. New: 1 · changed: 1")
    assert (name, b"P-9;https://example.org/" in content) == ("links.csv", True)
    assert ("everybody: 3" in before, "everybody: 4" in after) == (True, True)
    assert undone == before


async def test_links_can_be_renewed_until_their_people_have_joined(clinic: HandlerClinic) -> None:
    """New links come as a file again; once P-9 has joined, there are none."""
    await send(clinic, "a.csv", TABLE)
    await clinic.tap(clinic.coordinator, "Apply", "New links as a file")
    first, second = (content.decode() for _, content in clinic.coordinator.files)

    newcomer = await clinic.join(second.replace(";", " "))
    await clinic.tap(newcomer, "I agree")
    await clinic.tap(clinic.coordinator, "New links as a file")

    assert first != second
    assert len(clinic.coordinator.files) == 2


async def test_an_event_without_a_code_is_assigned(clinic: HandlerClinic) -> None:
    """The coordinator says whose it is; the same file again has nothing new."""
    await send(clinic, "a.ics", CALENDAR)
    question = await clinic.tap(clinic.coordinator, "Whose are they? (1)")
    dry_run = await clinic.tap(clinic.coordinator, "P-1")
    applied = await clinic.tap(clinic.coordinator, "Apply")
    again = await send(clinic, "a.ics", CALENDAR)

    assert "every Tuesday" in question
    assert "P-1: new: every Tuesday" in dry_run
    assert applied.startswith("Done. New: 1")
    assert "already in place" in again


async def test_an_event_that_is_not_ours_stays_out(clinic: HandlerClinic) -> None:
    """Once that was applied, nobody is asked about it again."""
    await send(clinic, "a.ics", CALENDAR)
    await clinic.tap(clinic.coordinator, "Whose are they? (1)", "Not one of ours", "Apply")

    await send(clinic, "a.ics", CALENDAR)

    assert clinic.coordinator.labels == []


async def test_what_changed_meanwhile_is_shown_again(clinic: HandlerClinic) -> None:
    """Apply makes only the changes that the coordinator has seen."""
    await send(clinic, "a.csv", TABLE)
    message_id, apply = clinic.coordinator.button("Apply")
    await clinic.enrol("patient", "P-9")

    await clinic.channel.tap_data(clinic.coordinator, apply.data, message_id=message_id)

    shown = clinic.coordinator.messages[message_id].text
    assert "P-9: looked after by T-1" in shown
    assert "new patient" not in shown


async def test_a_discarded_file_cannot_be_applied(clinic: HandlerClinic) -> None:
    """Discard deletes it; a tap on an earlier button only says so."""
    await send(clinic, "a.csv", TABLE)
    message_id, apply = clinic.coordinator.button("Apply")

    discarded = await clinic.tap(clinic.coordinator, "Discard")
    await clinic.channel.tap_data(clinic.coordinator, apply.data, message_id=message_id)

    assert clinic.coordinator.messages[message_id].text == discarded
    assert clinic.coordinator.files == []


async def test_a_broken_file_is_not_stored(clinic: HandlerClinic) -> None:
    """Its errors are shown with their lines; there is nothing to tap."""
    shown = await send(clinic, "a.csv", b"code;therapist\nP-9;T-99\n")

    assert "Line 2" in shown
    assert clinic.coordinator.labels == []
    async with clinic.store.read_transaction() as tx:
        assert not await tx.all("SELECT id FROM imports")


async def test_templates_come_as_files(clinic: HandlerClinic) -> None:
    """/template sends both; of an unknown kind there is none."""
    await clinic.write(clinic.coordinator, "/template")
    await clinic.write(clinic.coordinator, "/template pdf")

    assert [name for name, _ in clinic.coordinator.files] == ["template.csv", "template.ics"]
