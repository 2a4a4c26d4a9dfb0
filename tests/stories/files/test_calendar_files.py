"""A calendar file: events are matched by code or by the coordinator, and sent again each week."""

import pytest

from storage.database.open_database import file_of
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text
from tests.stories.files.uploads import (
    DRY_RUN,
    HEADER,
    NO_CHANGES,
    apply_file,
    clinic_rows,
    event_lines,
    send_calendar,
    send_table,
    tuesday_series,
)

RID = "RECURRENCE-ID;TZID=Europe/Berlin:20260317T140000"
MOVED = ("DTSTART;TZID=Europe/Berlin:20260318T160000", "DTEND;TZID=Europe/Berlin:20260318T165000")
AWAY = event_lines("SUMMARY:T-1 away", "DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260408",
             uid="away")  # fmt: skip


async def test_a_series_by_its_code(clinic: StoryClinic) -> None:
    """Dry run, applied, sent again; and the check-in follows the calendar's session."""
    reply = await send_calendar(clinic.coordinator, tuesday_series(), AWAY)
    assert reply.split("\n\n")[1].splitlines() == [
        "· Line 12 · T-1: away 1 Apr 2026 – 7 Apr 2026",
        "· Line 5 · P-1: new: every Tuesday 14:00–14:50 Berlin time, from 3 Mar 2026",
    ]
    assert clinic_rows(clinic)["plans"] == []

    await apply_file(clinic.coordinator)
    await send_calendar(clinic.coordinator, tuesday_series(), AWAY, then=NO_CHANGES)

    await clinic.pass_time(hours=4, minutes=11)  # 14:11 UTC is 15:11 in Berlin
    await wait_for_text(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    assert [str(one["state"]) for one in await clinic.checkins("P-1")] == ["completed"]


async def test_an_updated_calendar_updates(clinic: StoryClinic) -> None:
    """One date cancelled, one moved, one restored; then the whole series ends."""
    await send_calendar(clinic.coordinator, tuesday_series())
    await apply_file(clinic.coordinator)
    off = "EXDATE;TZID=Europe/Berlin:20260310T140000"
    reply = await send_calendar(
        clinic.coordinator,
        tuesday_series(off, "SEQUENCE:1"),
        event_lines(RID, *MOVED, "SEQUENCE:1"),
    )
    assert reply.split("\n\n")[1].splitlines() == [
        "· Line 11 · P-1: Tue 10 Mar, 14:00 is cancelled",
        "· Line 14 · P-1: Tue 17 Mar, 14:00 moves to Wed 18 Mar, 16:00",
    ]
    await apply_file(clinic.coordinator)
    assert [row[1:] for row in clinic_rows(clinic)["dates"]] == [
        ("2026-03-10T13:00:00.000000+00:00", None, None),
        ("2026-03-17T13:00:00.000000+00:00", "2026-03-18T15:00:00.000000+00:00",
         "2026-03-18T15:50:00.000000+00:00"),
    ]  # fmt: skip

    reply = await send_calendar(
        clinic.coordinator, tuesday_series("SEQUENCE:2"), event_lines(RID, *MOVED, "SEQUENCE:1")
    )
    assert "· Line 5 · P-1: Tue 10 Mar, 14:00 takes place as planned" in reply
    await apply_file(clinic.coordinator)
    assert len(clinic_rows(clinic)["dates"]) == 1

    reply = await send_calendar(clinic.coordinator, tuesday_series("SEQUENCE:1"), then=NO_CHANGES)
    assert "! Line 5 · P-1: this is older than the saved version and is left out." in reply
    reply = await send_calendar(
        clinic.coordinator, tuesday_series("STATUS:CANCELLED", "SEQUENCE:3")
    )
    assert "· Line 5 · P-1: ends: every Tuesday 14:00–14:50 Berlin time" in reply
    await apply_file(clinic.coordinator)
    assert clinic_rows(clinic)["plans"] == []


async def test_sessions_follow_a_calendar_that_changes(clinic: StoryClinic) -> None:
    """One check-in a week, at the moved time, and none for the cancelled date."""
    await send_calendar(clinic.coordinator, tuesday_series())
    await apply_file(clinic.coordinator)
    off = "EXDATE;TZID=Europe/Berlin:20260310T140000"
    await send_calendar(clinic.coordinator, tuesday_series(off), event_lines(RID, *MOVED))
    await apply_file(clinic.coordinator)

    for _ in range(22):
        await clinic.pass_time(days=1)

    assert [due_at[:16] for (due_at,) in clinic.rows("SELECT due_at FROM checkins")] == [
        "2026-03-03T14:10",
        "2026-03-18T16:10",
        "2026-03-24T14:10",
    ]


async def test_a_name_in_a_summary_is_kept_nowhere(
    clinic: StoryClinic, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the database, the log or the chat; not even during the dry run."""
    caplog.set_level("DEBUG")
    lines = tuesday_series("DESCRIPTION:Gertrude", "LOCATION:Gertrude", uid="gertrude",
                     summary="P-1 Gertrude")  # fmt: skip
    other = tuesday_series(uid="gertrude2", summary="Gertrude")
    await send_calendar(clinic.coordinator, lines, other)
    assert "p-1" in database_text(clinic).lower()
    assert "gertrude" not in database_text(clinic).lower()
    await apply_file(clinic.coordinator)
    await send_calendar(
        clinic.coordinator,
        tuesday_series("RRULE:FREQ=GERTRUDE", uid="gertrude", summary="P-1 Gertrude"),
        then=DRY_RUN,
    )

    assert "gertrude" not in database_text(clinic).lower()
    assert "gertrude" not in caplog.text.lower()
    assert "gertrude" not in clinic.coordinator.transcript().lower()


def database_text(clinic: StoryClinic) -> str:
    """Return everything in the database: the bytes of its files, or all rows."""
    path = file_of(clinic.settings.database)
    if path is not None:
        files = [path, *path.parent.glob(f"{path.name}-*")]
        return "".join(file.read_bytes().decode("latin-1") for file in files)
    tables = clinic.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return repr([clinic.rows(f'SELECT * FROM "{name}"') for (name,) in tables])


async def test_an_event_without_a_code_is_assigned_once(clinic: StoryClinic) -> None:
    """Its patient is chosen by a button; the next file is matched by the event's id."""
    bare = tuesday_series(summary="Mrs Smith")
    reply = await send_calendar(clinic.coordinator, bare)
    assert "Events that name no code: 1" in reply
    clinic.coordinator.tap("Whose are they? (1)")
    await wait_for_text(clinic.coordinator, "Line 5 · every Tuesday 14:00–14:50 Berlin time")
    clinic.coordinator.tap("P-1")
    await wait_for_text(clinic.coordinator, "· Line 5 · P-1: new: every Tuesday")
    assert "Events you have assigned: 1" in last_text(clinic.coordinator)
    await apply_file(clinic.coordinator)

    reply = await send_calendar(clinic.coordinator, bare, then=NO_CHANGES)
    assert "no code" not in reply
    reply = await send_calendar(clinic.coordinator, tuesday_series("STATUS:CANCELLED", summary="x"))
    assert "· Line 5 · P-1: ends" in reply


async def test_private_events_are_none_of_ours(clinic: StoryClinic) -> None:
    """The remaining events can be set aside at once; they are not asked about again."""
    lunch = event_lines("SUMMARY:lunch", "DTSTART:20260303T120000", "RRULE:FREQ=DAILY", uid="lunch")
    gym = event_lines("SUMMARY:gym", "DTSTART:20260304T180000", uid="gym")
    choir = event_lines("SUMMARY:choir", "DTSTART:20260305T180000", uid="choir")
    await send_calendar(clinic.coordinator, lunch, gym, choir)
    clinic.coordinator.tap("Whose are they? (3)")
    await wait_for_text(clinic.coordinator, "an event that cannot be read")
    clinic.coordinator.tap("Not one of ours")
    await wait_for_text(clinic.coordinator, "Open: 2")
    clinic.coordinator.tap("None of these 2 is ours")
    await wait_for_text(clinic.coordinator, "Events that are not ours: 3")
    await apply_file(clinic.coordinator)

    reply = await send_calendar(
        clinic.coordinator, lunch, gym, choir, tuesday_series(), then="Events that are not ours: 3"
    )
    assert "New: 1" in reply
    assert "no code" not in reply


async def test_an_event_that_names_two_is_asked_about(clinic: StoryClinic) -> None:
    """Nobody is guessed; the named people come first among the buttons."""
    for code in ("A-1", "P-2"):
        await clinic.enrol("patient", code, "T-1")
    await send_calendar(clinic.coordinator, tuesday_series(summary="P-1 and P-2"))
    clinic.coordinator.tap("Whose are they? (1)")
    await wait_for_text(clinic.coordinator, "It names several codes: P-1, P-2")
    labels = [b.label for b in clinic.coordinator.screen.buttons[0]]
    assert labels == ["P-1", "P-2", "A-1"]


async def test_a_button_for_somebody_whom_the_event_cannot_be_of(clinic: StoryClinic) -> None:
    """Made-up buttons: a session cannot belong to a therapist or to an unknown code."""
    await send_calendar(clinic.coordinator, tuesday_series(summary="x"))
    clinic.coordinator.tap("Whose are they? (1)")
    await wait_for_text(clinic.coordinator, "Whose is this event?")
    _, button = clinic.coordinator.find("P-1")
    for code in ("T-1", "X-9"):
        data = (button.data or "").replace("P-1", code)
        toast = await clinic.coordinator.tap_data(data).wait_for_answer()
        assert toast.text == "This button no longer works."


async def test_what_is_no_longer_in_the_calendar_ends_only_on_request(clinic: StoryClinic) -> None:
    """Off by default; switched on, it is among the changes; another calendar ends nothing."""
    await clinic.enrol("patient", "P-2", "T-1")
    other = tuesday_series(uid="two", summary="P-2")
    await send_calendar(clinic.coordinator, tuesday_series(), other)
    await apply_file(clinic.coordinator)

    reply = await send_calendar(clinic.coordinator, tuesday_series(), then=NO_CHANGES)
    assert "No longer in this calendar: 1. They continue unless you end them." in reply
    clinic.coordinator.tap("End what is missing (1)")
    await wait_for_text(clinic.coordinator, "· P-2: ends: every Tuesday")
    clinic.coordinator.tap("Keep what is missing (1)")
    await wait_for_text(clinic.coordinator, NO_CHANGES)
    clinic.coordinator.tap("End what is missing (1)")
    await wait_for_text(clinic.coordinator, "· P-2: ends: every Tuesday")
    await apply_file(clinic.coordinator)
    assert [row[0] for row in clinic_rows(clinic)["plans"]] == ["P-1"]

    stranger = event_lines("SUMMARY:gym", "DTSTART:20260304T180000", uid="gym")
    reply = await send_calendar(clinic.coordinator, stranger)
    assert "! Most events from an earlier calendar of this name are not in this one (1)." in reply
    assert "End what" not in str(clinic.coordinator.screen.buttons)


async def test_an_absence_moves_with_its_event(clinic: StoryClinic) -> None:
    """The same event with other days moves the absence; a cancelled one deletes it."""
    await send_calendar(clinic.coordinator, AWAY)
    await apply_file(clinic.coordinator)
    later = tuple(line.replace("20260401", "20260405") for line in AWAY)
    reply = await send_calendar(clinic.coordinator, later)
    assert "T-1: away 5 Apr 2026 – 7 Apr 2026 (before: 1 Apr 2026 – 7 Apr 2026)" in reply
    await apply_file(clinic.coordinator)
    assert clinic_rows(clinic)["absences"] == [("T-1", "2026-04-05", "2026-04-07", None)]
    await send_calendar(clinic.coordinator, later, then=NO_CHANGES)
    off = (*later[:-1], "STATUS:CANCELLED", later[-1])
    await send_calendar(clinic.coordinator, off)
    await apply_file(clinic.coordinator)
    assert clinic_rows(clinic)["absences"] == []


async def test_a_plan_of_a_table_becomes_the_calendars(clinic: StoryClinic) -> None:
    """The plan itself stays as the table had it, and /undo gives it back to the table."""
    await send_table(clinic.coordinator, HEADER + "patient;P-1;;;Tue;14:00;Europe/Berlin;45\n")
    await apply_file(clinic.coordinator)
    await clinic.pass_time(minutes=16)
    before = clinic.rows("SELECT source_key FROM plans WHERE ended_at IS NULL")
    reply = await send_calendar(clinic.coordinator, tuesday_series())
    assert "P-1: unchanged, now managed by this calendar: every Tuesday" in reply
    await apply_file(clinic.coordinator)
    assert [row[6] for row in clinic_rows(clinic)["plans"]] == [45]
    assert clinic.rows("SELECT source_key FROM plans WHERE ended_at IS NULL") != before
    await send_calendar(clinic.coordinator, tuesday_series(), then=NO_CHANGES)
    await send_table(
        clinic.coordinator, HEADER + "patient;P-1;;;Tue;14:00;Europe/Berlin;45\n", NO_CHANGES
    )

    clinic.coordinator.say("/undo")
    await wait_for_text(clinic.coordinator, "Undo this?")
    clinic.coordinator.tap("Undo")
    await wait_for_text(clinic.coordinator, "Undone")
    assert clinic.rows("SELECT source_key FROM plans WHERE ended_at IS NULL") == before
    assert clinic_rows(clinic)["events"] == []


async def test_undo_of_an_updated_calendar(clinic: StoryClinic) -> None:
    """Series, dates and assignments are as before the last file."""
    off = "EXDATE;TZID=Europe/Berlin:20260310T140000"
    await send_calendar(clinic.coordinator, tuesday_series(off), event_lines(RID, *MOVED), AWAY)
    await apply_file(clinic.coordinator)
    await clinic.pass_time(minutes=16)
    before = clinic_rows(clinic)
    later = tuple(line.replace("T14", "T15").replace("20260407", "20260409")
                  for line in tuesday_series("SEQUENCE:4"))  # fmt: skip
    away = tuple(line.replace("20260408", "20260410") for line in AWAY)
    await send_calendar(clinic.coordinator, later, away)
    await apply_file(clinic.coordinator)
    assert clinic_rows(clinic)["plans"] != before["plans"]

    clinic.coordinator.say("/undo")
    await wait_for_text(clinic.coordinator, "Undo this?")
    clinic.coordinator.tap("Undo")
    await wait_for_text(clinic.coordinator, "Undone")
    now = clinic_rows(clinic)
    for name in ("plans", "dates", "absences", "events"):
        assert now[name] == before[name], name
