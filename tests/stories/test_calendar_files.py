"""A calendar sent to the chat: by code or by what a coordinator says, and sent anew each week."""

import pytest

from storage.database.open_database import file_of
from tests.stories.clinic import Story, answer, said, seen
from tests.stories.files import (
    HEAD,
    NOTHING_NEW,
    TRIAL,
    applied,
    event,
    everything,
    sends_calendar,
    sends_table,
    tuesdays,
)

RID = "RECURRENCE-ID;TZID=Europe/Berlin:20260317T140000"
MOVED = ("DTSTART;TZID=Europe/Berlin:20260318T160000", "DTEND;TZID=Europe/Berlin:20260318T165000")
AWAY = event("SUMMARY:T-1 away", "DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260408",
             uid="away")  # fmt: skip


async def test_a_series_by_its_code(clinic: Story) -> None:
    """On trial, applied, sent again; and the question follows the calendar's session."""
    told = await sends_calendar(clinic.coordinator, tuesdays(), AWAY)
    assert told.split("\n\n")[1].splitlines() == [
        "· Line 12 · T-1: away 1 Apr 2026 – 7 Apr 2026",
        "· Line 5 · P-1: new: every Tuesday 14:00–14:50 Berlin time, from 3 Mar 2026",
    ]
    assert everything(clinic)["plans"] == []

    await applied(clinic.coordinator)
    await sends_calendar(clinic.coordinator, tuesdays(), AWAY, then=NOTHING_NEW)

    await clinic.pass_time(hours=4, minutes=11)  # 14:11 UTC is 15:11 in Berlin
    await seen(clinic.patient, "ready")
    await answer(clinic.patient, (9, 9, 9, 9))
    assert [str(one["state"]) for one in await clinic.checkins("P-1")] == ["completed"]


async def test_an_updated_calendar_updates(clinic: Story) -> None:
    """A date called off, one moved, and one back in its place; then the whole series ends."""
    await sends_calendar(clinic.coordinator, tuesdays())
    await applied(clinic.coordinator)
    off = "EXDATE;TZID=Europe/Berlin:20260310T140000"
    told = await sends_calendar(
        clinic.coordinator,
        tuesdays(off, "SEQUENCE:1"),
        event(RID, *MOVED, "SEQUENCE:1"),
    )
    assert told.split("\n\n")[1].splitlines() == [
        "· Line 11 · P-1: Tue 10 Mar, 14:00 is cancelled",
        "· Line 14 · P-1: Tue 17 Mar, 14:00 moves to Wed 18 Mar, 16:00",
    ]
    await applied(clinic.coordinator)
    assert [row[1:] for row in everything(clinic)["dates"]] == [
        ("2026-03-10T13:00:00.000000+00:00", None, None),
        ("2026-03-17T13:00:00.000000+00:00", "2026-03-18T15:00:00.000000+00:00",
         "2026-03-18T15:50:00.000000+00:00"),
    ]  # fmt: skip

    told = await sends_calendar(
        clinic.coordinator, tuesdays("SEQUENCE:2"), event(RID, *MOVED, "SEQUENCE:1")
    )
    assert "· Line 5 · P-1: Tue 10 Mar, 14:00 takes place as planned" in told
    await applied(clinic.coordinator)
    assert len(everything(clinic)["dates"]) == 1

    told = await sends_calendar(clinic.coordinator, tuesdays("SEQUENCE:1"), then=NOTHING_NEW)
    assert "! Line 5 · P-1: this is older than what is kept, and left out." in told
    told = await sends_calendar(clinic.coordinator, tuesdays("STATUS:CANCELLED", "SEQUENCE:3"))
    assert "· Line 5 · P-1: ends: every Tuesday 14:00–14:50 Berlin time" in told
    await applied(clinic.coordinator)
    assert everything(clinic)["plans"] == []


async def test_sessions_follow_a_calendar_that_changes(clinic: Story) -> None:
    """One question a week, at the moved hour, and none for the date that was called off."""
    await sends_calendar(clinic.coordinator, tuesdays())
    await applied(clinic.coordinator)
    off = "EXDATE;TZID=Europe/Berlin:20260310T140000"
    await sends_calendar(clinic.coordinator, tuesdays(off), event(RID, *MOVED))
    await applied(clinic.coordinator)

    for _ in range(22):
        await clinic.pass_time(days=1)

    assert [due_at[:16] for (due_at,) in clinic.rows("SELECT due_at FROM checkins")] == [
        "2026-03-03T14:10",
        "2026-03-18T16:10",
        "2026-03-24T14:10",
    ]


async def test_a_name_in_a_summary_is_kept_nowhere(
    clinic: Story, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the database, not in the log, not in the chat; not even while it is on trial."""
    caplog.set_level("DEBUG")
    lines = tuesdays("DESCRIPTION:Gertrude", "LOCATION:Gertrude", uid="gertrude",
                     summary="P-1 Gertrude")  # fmt: skip
    other = tuesdays(uid="gertrude2", summary="Gertrude")
    await sends_calendar(clinic.coordinator, lines, other)
    assert "p-1" in kept(clinic).lower()
    assert "gertrude" not in kept(clinic).lower()
    await applied(clinic.coordinator)
    await sends_calendar(
        clinic.coordinator,
        tuesdays("RRULE:FREQ=GERTRUDE", uid="gertrude", summary="P-1 Gertrude"),
        then=TRIAL,
    )

    assert "gertrude" not in kept(clinic).lower()
    assert "gertrude" not in caplog.text.lower()
    assert "gertrude" not in clinic.coordinator.transcript().lower()


def kept(clinic: Story) -> str:
    """Return all that the database holds: the bytes of its files, or every row there is."""
    path = file_of(clinic.settings.database)
    if path is not None:
        files = [path, *path.parent.glob(f"{path.name}-*")]
        return "".join(file.read_bytes().decode("latin-1") for file in files)
    tables = clinic.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return repr([clinic.rows(f'SELECT * FROM "{name}"') for (name,) in tables])


async def test_an_event_without_a_code_is_assigned_once(clinic: Story) -> None:
    """Its patient is chosen by a button; the next file finds it by its identity."""
    bare = tuesdays(summary="Mrs Smith")
    told = await sends_calendar(clinic.coordinator, bare)
    assert "Events that name no code: 1" in told
    clinic.coordinator.tap("Whose are they? (1)")
    await seen(clinic.coordinator, "Line 5 · every Tuesday 14:00–14:50 Berlin time")
    clinic.coordinator.tap("P-1")
    await seen(clinic.coordinator, "· Line 5 · P-1: new: every Tuesday")
    assert "Events you have assigned: 1" in said(clinic.coordinator)
    await applied(clinic.coordinator)

    told = await sends_calendar(clinic.coordinator, bare, then=NOTHING_NEW)
    assert "no code" not in told
    told = await sends_calendar(clinic.coordinator, tuesdays("STATUS:CANCELLED", summary="x"))
    assert "· Line 5 · P-1: ends" in told


async def test_private_events_are_none_of_ours(clinic: Story) -> None:
    """All that are left can be put aside at once; they are not asked about again."""
    lunch = event("SUMMARY:lunch", "DTSTART:20260303T120000", "RRULE:FREQ=DAILY", uid="lunch")
    gym = event("SUMMARY:gym", "DTSTART:20260304T180000", uid="gym")
    choir = event("SUMMARY:choir", "DTSTART:20260305T180000", uid="choir")
    await sends_calendar(clinic.coordinator, lunch, gym, choir)
    clinic.coordinator.tap("Whose are they? (3)")
    await seen(clinic.coordinator, "an event that cannot be read as it is")
    clinic.coordinator.tap("Not one of ours")
    await seen(clinic.coordinator, "Open: 2")
    clinic.coordinator.tap("None of these 2 is ours")
    await seen(clinic.coordinator, "Events that are not ours: 3")
    await applied(clinic.coordinator)

    told = await sends_calendar(
        clinic.coordinator, lunch, gym, choir, tuesdays(), then="Events that are not ours: 3"
    )
    assert "New: 1" in told
    assert "no code" not in told


async def test_an_event_that_names_two_is_asked_about(clinic: Story) -> None:
    """Nobody is guessed; those who are named come first among the buttons."""
    for code in ("A-1", "P-2"):
        await clinic.enrol("patient", code, "T-1")
    await sends_calendar(clinic.coordinator, tuesdays(summary="P-1 and P-2"))
    clinic.coordinator.tap("Whose are they? (1)")
    await seen(clinic.coordinator, "It names several codes: P-1, P-2")
    labels = [b.label for b in clinic.coordinator.screen.buttons[0]]
    assert labels == ["P-1", "P-2", "A-1"]


async def test_a_button_for_somebody_whom_the_event_cannot_be_of(clinic: Story) -> None:
    """Buttons can be made up: a session is no therapist's, and no stranger's."""
    await sends_calendar(clinic.coordinator, tuesdays(summary="x"))
    clinic.coordinator.tap("Whose are they? (1)")
    await seen(clinic.coordinator, "Whose is this event?")
    _, button = clinic.coordinator.find("P-1")
    for code in ("T-1", "X-9"):
        data = (button.data or "").replace("P-1", code)
        told = await clinic.coordinator.tap_data(data).answered()
        assert told.text == "This button no longer works."


async def test_what_is_no_longer_in_the_calendar_ends_only_on_request(clinic: Story) -> None:
    """Off by default; switched on, it stands among the changes; another calendar is another."""
    await clinic.enrol("patient", "P-2", "T-1")
    other = tuesdays(uid="two", summary="P-2")
    await sends_calendar(clinic.coordinator, tuesdays(), other)
    await applied(clinic.coordinator)

    told = await sends_calendar(clinic.coordinator, tuesdays(), then=NOTHING_NEW)
    assert "No longer in this calendar: 1. They go on unless you end them." in told
    clinic.coordinator.tap("End what is no longer in it (1)")
    await seen(clinic.coordinator, "· P-2: ends: every Tuesday")
    clinic.coordinator.tap("Keep what is no longer in it (1)")
    await seen(clinic.coordinator, NOTHING_NEW)
    clinic.coordinator.tap("End what is no longer in it (1)")
    await seen(clinic.coordinator, "· P-2: ends: every Tuesday")
    await applied(clinic.coordinator)
    assert [row[0] for row in everything(clinic)["plans"]] == ["P-1"]

    stranger = event("SUMMARY:gym", "DTSTART:20260304T180000", uid="gym")
    told = await sends_calendar(clinic.coordinator, stranger)
    assert "! Most of what came from a calendar of this name is not in this one (1)." in told
    assert "End what" not in str(clinic.coordinator.screen.buttons)


async def test_an_absence_moves_with_its_event(clinic: Story) -> None:
    """The days are others, the event is the same; called off, there is none."""
    await sends_calendar(clinic.coordinator, AWAY)
    await applied(clinic.coordinator)
    later = tuple(line.replace("20260401", "20260405") for line in AWAY)
    told = await sends_calendar(clinic.coordinator, later)
    assert "T-1: away 5 Apr 2026 – 7 Apr 2026 (before: 1 Apr 2026 – 7 Apr 2026)" in told
    await applied(clinic.coordinator)
    assert everything(clinic)["absences"] == [("T-1", "2026-04-05", "2026-04-07", None)]
    await sends_calendar(clinic.coordinator, later, then=NOTHING_NEW)
    off = (*later[:-1], "STATUS:CANCELLED", later[-1])
    await sends_calendar(clinic.coordinator, off)
    await applied(clinic.coordinator)
    assert everything(clinic)["absences"] == []


async def test_a_plan_of_a_table_becomes_the_calendars(clinic: Story) -> None:
    """What the table said of it stays, and /undo gives it back under its old name."""
    await sends_table(clinic.coordinator, HEAD + "patient;P-1;;;Tue;14:00;Europe/Berlin;45\n")
    await applied(clinic.coordinator)
    await clinic.pass_time(minutes=16)
    before = clinic.rows("SELECT source_key FROM plans WHERE ended_at IS NULL")
    told = await sends_calendar(clinic.coordinator, tuesdays())
    assert "P-1: as before, from this calendar from now on: every Tuesday" in told
    await applied(clinic.coordinator)
    assert [row[6] for row in everything(clinic)["plans"]] == [45]
    assert clinic.rows("SELECT source_key FROM plans WHERE ended_at IS NULL") != before
    await sends_calendar(clinic.coordinator, tuesdays(), then=NOTHING_NEW)
    await sends_table(
        clinic.coordinator, HEAD + "patient;P-1;;;Tue;14:00;Europe/Berlin;45\n", NOTHING_NEW
    )

    clinic.coordinator.say("/undo")
    await seen(clinic.coordinator, "Take this back?")
    clinic.coordinator.tap("Take it back")
    await seen(clinic.coordinator, "Taken back")
    assert clinic.rows("SELECT source_key FROM plans WHERE ended_at IS NULL") == before
    assert everything(clinic)["events"] == []


async def test_undo_of_an_updated_calendar(clinic: Story) -> None:
    """Series, dates and whose events are: all as they were before the last file."""
    off = "EXDATE;TZID=Europe/Berlin:20260310T140000"
    await sends_calendar(clinic.coordinator, tuesdays(off), event(RID, *MOVED), AWAY)
    await applied(clinic.coordinator)
    await clinic.pass_time(minutes=16)
    before = everything(clinic)
    later = tuple(line.replace("T14", "T15").replace("20260407", "20260409")
                  for line in tuesdays("SEQUENCE:4"))  # fmt: skip
    away = tuple(line.replace("20260408", "20260410") for line in AWAY)
    await sends_calendar(clinic.coordinator, later, away)
    await applied(clinic.coordinator)
    assert everything(clinic)["plans"] != before["plans"]

    clinic.coordinator.say("/undo")
    await seen(clinic.coordinator, "Take this back?")
    clinic.coordinator.tap("Take it back")
    await seen(clinic.coordinator, "Taken back")
    now = everything(clinic)
    for name in ("plans", "dates", "absences", "events"):
        assert now[name] == before[name], name
