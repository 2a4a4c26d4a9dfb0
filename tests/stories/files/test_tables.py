"""A table file: dry run, applied once, sent again, undone."""

import csv
import io
from functools import partial

import pytest

from bot.simulator import Phone
from tests.stories.clinic import StoryClinic, last_text, wait_for_text
from tests.stories.files.uploads import (
    CLINIC_TABLE,
    HEADER,
    NO_CHANGES,
    apply_file,
    clinic_rows,
    send_file,
    send_table,
)


@pytest.mark.both_databases
async def test_a_clinic_in_one_table(clinic: StoryClinic) -> None:
    """The dry run says each change in words and changes nothing; Apply makes all changes."""
    before = clinic_rows(clinic)
    reply = await send_table(clinic.coordinator, CLINIC_TABLE)

    assert clinic_rows(clinic) == before
    assert "New: 9 · changed: 1 · ending: 0" in reply
    assert reply.split("\n\n")[1].splitlines() == [
        "· Line 2 · T-2: new therapist, to be invited",
        "· Line 4 · P-7: new patient, to be invited",
        "· Line 5 · G-1: new group",
        "· Line 4 · P-7: looked after by T-1, T-2 (before: nobody)",
        "· Line 4 · P-7: joins G-1",
        "· Line 6 · T-1: leads G-1",
        "· Line 7 · T-1: away 1 Apr 2026 – 7 Apr 2026, covered by T-2",
        "· Line 3 · P-1: new: every Tuesday 14:00–14:50 UTC, from 3 Mar 2026,"
        " check-in 20 minutes after the end",
        "· Line 4 · P-7: new: every second Thursday of the month 09:30–10:20 Berlin time,"
        " from 3 Mar 2026, until 31 Dec 2026",
        "· Line 5 · G-1: new: every Monday 18:00–18:50 UTC, from 3 Mar 2026",
    ]

    assert "New: 9 · changed: 1 · ended: 0" in await apply_file(clinic.coordinator)

    now = clinic_rows(clinic)
    assert [code for code, *_ in now["people"]] == ["C-1", "P-1", "P-7", "T-1", "T-2"]
    assert now["care"] == [("P-1", "T-1"), ("P-7", "T-1"), ("P-7", "T-2")]
    assert (now["members"], now["leaders"]) == ([("G-1", "P-7")], [("G-1", "T-1")])
    assert now["absences"] == [("T-1", "2026-04-01", "2026-04-07", "T-2")]
    assert [(row[0], row[1], row[3], row[6]) for row in now["plans"]] == [
        ("G-1", "FREQ=WEEKLY;BYDAY=MO", "18:00", None),
        ("P-1", "FREQ=WEEKLY;BYDAY=TU", "14:00", 20),
        ("P-7", "FREQ=MONTHLY;BYDAY=2TH;UNTIL=20261231", "09:30", None),
    ]


@pytest.mark.both_databases
async def test_the_same_table_again_changes_nothing(clinic: StoryClinic) -> None:
    """Also days later: a row without a first day keeps the current one."""
    await send_table(clinic.coordinator, CLINIC_TABLE)
    await apply_file(clinic.coordinator)
    now = clinic_rows(clinic)
    await clinic.pass_time(days=9)

    reply = await send_table(clinic.coordinator, CLINIC_TABLE, NO_CHANGES)

    assert "·" not in reply
    assert "Apply" not in [b.label for row in clinic.coordinator.screen.buttons for b in row]
    assert clinic_rows(clinic) == now


async def test_the_links_come_as_one_file_and_work(clinic: StoryClinic) -> None:
    """The file is protected; new links invalidate the old ones."""
    await send_table(clinic.coordinator, CLINIC_TABLE)
    await apply_file(clinic.coordinator)
    await clinic.coordinator.wait_until(lambda p: p.messages[-1].document is not None)
    sent = clinic.coordinator.messages[-1]
    first = links_of_file(sent.document or b"")
    assert sorted(first) == ["P-7", "T-2"]
    assert sent.is_protected

    clinic.coordinator.tap("New links as a file")
    await clinic.coordinator.wait_until(
        lambda p: p.messages[-1].document is not None and p.messages[-1].id > sent.id
    )
    second = links_of_file(clinic.coordinator.messages[-1].document or b"")
    newcomer = clinic.telegram.phone(name="Phone of P-7")
    newcomer.open_link(first["P-7"])
    await wait_for_text(newcomer, "This link has been used or has expired")
    newcomer.open_link(second["P-7"])
    await wait_for_text(newcomer, "Do you agree?")


def links_of_file(content: bytes) -> dict[str, str]:
    """Return code to link, read as a spreadsheet reads the file."""
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "sep=;"
    rows = list(csv.reader(io.StringIO("\n".join(lines[1:])), delimiter=";"))
    assert rows[0] == ["code", "link"]
    return dict(rows[1:])


async def test_an_impatient_thumb_applies_once(clinic: StoryClinic) -> None:
    """A double tap on Apply makes one change."""
    await send_table(clinic.coordinator, CLINIC_TABLE)
    clinic.coordinator.double_tap("Apply")
    await clinic.coordinator.wait_until(
        lambda p: any("Done." in (m.text or "") for m in p.messages)
    )
    await clinic.pass_time()
    assert clinic_rows(clinic)["changes"].count(("import.applied",)) == 1
    assert len(clinic_rows(clinic)["people"]) == 5


async def test_an_hours_pause_and_a_restart_between_trial_and_apply(clinic: StoryClinic) -> None:
    """The draft is stored; the same message can still be applied."""
    await send_table(clinic.coordinator, CLINIC_TABLE)
    await clinic.stop()
    await clinic.pass_time(hours=1)
    await clinic.start()

    await apply_file(clinic.coordinator)

    assert len(clinic_rows(clinic)["plans"]) == 3


async def test_what_changed_meanwhile_is_shown_before_it_is_done(clinic: StoryClinic) -> None:
    """Apply does what was shown or nothing: a new dry run is shown instead."""
    await send_table(clinic.coordinator, HEADER + "patient;P-1;T-1;;Tue;14:00;UTC\n")
    await clinic.invite("patient", "P-2")
    dry_run = clinic.coordinator.screen
    clinic.coordinator.say("/plan P-1 wed 10:00 50 20 UTC")
    await wait_for_text(clinic.coordinator, "every Wednesday")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved.")

    clinic.coordinator.tap("Apply", message=dry_run)
    await clinic.coordinator.wait_until(
        lambda p: any("Something has changed in the meantime" in (m.text or "") for m in p.messages)
    )

    shown = next(m for m in clinic.coordinator.messages if m.id == dry_run.id)
    assert "(before: every Wednesday 10:00–10:50 UTC" in (shown.text or "")
    assert [row[3] for row in clinic_rows(clinic)["plans"]] == ["10:00"]
    clinic.coordinator.tap("Apply", message=shown)
    await clinic.coordinator.wait_until(
        lambda p: any("Done." in (m.text or "") for m in p.messages)
    )
    assert [row[3] for row in clinic_rows(clinic)["plans"]] == ["14:00"]


async def test_a_row_that_is_wrong_holds_back_all_of_it(clinic: StoryClinic) -> None:
    """Every mistake is reported with its line; there is nothing to tap."""
    before = clinic_rows(clinic)
    reply = await send_table(
        clinic.coordinator,
        HEADER + "patient;P-7;T-9;;Tue;14:00\npatient;P-8;;;Someday;14:00\nmember;P-1;;G-9\n",
        "Nothing in this file can be applied",
    )

    assert "✗ Line 3 · “Someday” is not a list of days like Tue" in reply
    assert not clinic.coordinator.screen.buttons
    reply = await send_table(
        clinic.coordinator,
        HEADER + "patient;P-7;T-9;;Tue;14:00\nmember;P-1;;G-9\npatient;T-1\n",
        "Nothing in this file can be applied",
    )
    assert reply.splitlines()[1:] == [
        "✗ Line 2 · There is no therapist T-9. To add one, use a row of kind therapist.",
        "✗ Line 3 · There is no group G-9. To add one, use a row of kind group.",
        "✗ Line 4 · T-1 is a therapist.",
    ]
    assert clinic_rows(clinic) == before


@pytest.mark.both_databases
async def test_undo_takes_all_of_it_back(clinic: StoryClinic) -> None:
    """One /undo for one file: care, groups, absences and plans are as before."""
    await send_table(clinic.coordinator, HEADER + "patient;P-1;;;Tue;14:00;UTC\n")
    await apply_file(clinic.coordinator)
    await clinic.pass_time(minutes=16)
    before = clinic_rows(clinic)
    await send_table(clinic.coordinator, CLINIC_TABLE + "patient;P-1;;;Thu;9:00;UTC\n")
    await apply_file(clinic.coordinator)
    await clinic.coordinator.wait_until(lambda p: p.messages[-1].document is not None)

    clinic.coordinator.say("/undo")
    await wait_for_text(clinic.coordinator, "applied a file: 9 new, 2 changed, 0 ended")
    clinic.coordinator.tap("Undo")
    await wait_for_text(clinic.coordinator, "Undone")

    now = clinic_rows(clinic)
    for name in ("care", "groups", "members", "leaders", "absences", "plans", "events"):
        assert now[name] == before[name], name


async def test_a_membership_with_days(clinic: StoryClinic) -> None:
    """It begins and ends on later days; sent again nothing changes; /undo removes it."""
    text = HEADER + "group;G-1\nmember;P-1;;G-1;;;;;2026-04-01;2026-06-30\n"
    reply = await send_table(clinic.coordinator, text)
    assert "P-1: joins G-1 from 1 Apr 2026, last day 30 Jun 2026" in reply
    await apply_file(clinic.coordinator)
    assert clinic.rows("SELECT from_at, to_at FROM memberships") == [
        ("2026-04-01T00:00:00.000000+00:00", "2026-07-01T00:00:00.000000+00:00")
    ]
    await send_table(clinic.coordinator, text, NO_CHANGES)
    clinic.coordinator.say("/undo")
    await wait_for_text(clinic.coordinator, "Undo this?")
    clinic.coordinator.tap("Undo")
    await wait_for_text(clinic.coordinator, "Undone")
    assert clinic_rows(clinic)["groups"] == []
    now = clinic.clock.now().isoformat(timespec="microseconds")
    assert clinic.rows(f"SELECT id FROM memberships WHERE to_at > '{now}'") == []


async def test_a_file_can_be_thrown_away(clinic: StoryClinic) -> None:
    """Afterwards its buttons do nothing."""
    await send_table(clinic.coordinator, CLINIC_TABLE)
    dry_run = clinic.coordinator.screen
    clinic.coordinator.tap("Discard")
    await wait_for_text(clinic.coordinator, "Discarded. Nothing was changed.")
    apply = next(b for row in dry_run.buttons for b in row if b.label == "Apply")
    clinic.coordinator.tap_data(apply.data or "", message_id=dry_run.id)
    await clinic.pass_time()
    assert len(clinic_rows(clinic)["people"]) == 3


async def test_a_long_dry_run_comes_in_pages(clinic: StoryClinic) -> None:
    """Two hundred patients are shown in pages and applied at once."""
    rows = "".join(f"patient;P-{number};T-1;;Tue;14:00;UTC\n" for number in range(100, 300))
    reply = await send_table(clinic.coordinator, HEADER + rows)
    assert "New: 400 · changed: 200 · ending: 0" in reply
    lines = set()
    for page in range(2, 40):
        lines |= {line.split(" · ")[1] for line in last_text(clinic.coordinator).splitlines()
                  if line.startswith("· ")}  # fmt: skip
        labels = [b.label for row in clinic.coordinator.screen.buttons for b in row]
        more = next((label for label in labels if label.startswith(f"More ({page}/")), None)
        if more is None:
            break
        clinic.coordinator.tap(more)
        before = last_text(clinic.coordinator)
        await clinic.coordinator.wait_until(partial(_moved_on, before))
    assert len({line.partition(":")[0] for line in lines}) == 200
    await apply_file(clinic.coordinator)
    assert len(clinic_rows(clinic)["plans"]) == 200


def _moved_on(before: str, phone: Phone) -> bool:
    return last_text(phone) != before


async def test_templates_can_be_sent_back_as_they_are(clinic: StoryClinic) -> None:
    """Both come at once; the table changes nothing, the calendar's events need a code."""
    clinic.coordinator.say("/template")
    await clinic.coordinator.wait_until(lambda p: len([m for m in p.messages if m.document]) == 2)
    sent = [message for message in clinic.coordinator.messages if message.document]
    assert not any(message.is_protected for message in sent)  # they are to be saved and filled
    table, calendar = (message.document or b"" for message in sent)
    await send_file(clinic.coordinator, "template.csv", table, NO_CHANGES)
    await send_file(clinic.coordinator, "template.ics", calendar, "Events that name no code: 2")
    clinic.coordinator.say("/template pdf")
    await wait_for_text(clinic.coordinator, "/template csv or /template ics")


@pytest.mark.parametrize("command", ["/template", "/template csv"])
async def test_templates_are_a_coordinators(clinic: StoryClinic, command: str) -> None:
    """For others there is no such command."""
    for phone in (clinic.patient, clinic.therapist):
        phone.say(command)
        await wait_for_text(phone, "I do not know that")


async def test_an_apply_that_breaks_off_changes_nothing_and_is_told(clinic: StoryClinic) -> None:
    """If the database refuses a row, nothing changes, and a message says so."""
    await send_table(clinic.coordinator, CLINIC_TABLE)
    before = clinic_rows(clinic)
    async with clinic.bot.store.transaction() as tx:
        await tx.run("CREATE UNIQUE INDEX one_plan_only ON plans ((1))")
    clinic.coordinator.tap("Apply")
    await wait_for_text(clinic.coordinator, "A file could not be applied. Nothing was changed.")
    assert clinic_rows(clinic) == before
