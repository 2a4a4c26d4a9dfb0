"""A table sent to the chat: tried, applied once, sent again, taken back."""

import csv
import io
from functools import partial

import pytest

from bot.simulator import Phone
from tests.stories.clinic import Story, said, seen
from tests.stories.files import (
    CLINIC,
    HEAD,
    NOTHING_NEW,
    applied,
    everything,
    sends,
    sends_table,
)


async def test_a_clinic_in_one_table(clinic: Story) -> None:
    """The dry run tells each row in words and changes nothing; Apply does all of it."""
    before = everything(clinic)
    told = await sends_table(clinic.coordinator, CLINIC)

    assert everything(clinic) == before
    assert "New: 9 · changed: 1 · ending: 0" in told
    assert told.split("\n\n")[1].splitlines() == [
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

    assert "New: 9 · changed: 1 · ended: 0" in await applied(clinic.coordinator)

    now = everything(clinic)
    assert [code for code, *_ in now["people"]] == ["C-1", "P-1", "P-7", "T-1", "T-2"]
    assert now["care"] == [("P-1", "T-1"), ("P-7", "T-1"), ("P-7", "T-2")]
    assert (now["members"], now["leaders"]) == ([("G-1", "P-7")], [("G-1", "T-1")])
    assert now["absences"] == [("T-1", "2026-04-01", "2026-04-07", "T-2")]
    assert [(row[0], row[1], row[3], row[6]) for row in now["plans"]] == [
        ("G-1", "FREQ=WEEKLY;BYDAY=MO", "18:00", None),
        ("P-1", "FREQ=WEEKLY;BYDAY=TU", "14:00", 20),
        ("P-7", "FREQ=MONTHLY;BYDAY=2TH;UNTIL=20261231", "09:30", None),
    ]


async def test_the_same_table_again_changes_nothing(clinic: Story) -> None:
    """Days later, too: a row that names no first day keeps the one there is."""
    await sends_table(clinic.coordinator, CLINIC)
    await applied(clinic.coordinator)
    now = everything(clinic)
    await clinic.pass_time(days=9)

    told = await sends_table(clinic.coordinator, CLINIC, NOTHING_NEW)

    assert "·" not in told
    assert "Apply" not in [b.label for row in clinic.coordinator.screen.buttons for b in row]
    assert everything(clinic) == now


async def test_the_links_come_as_one_file_and_work(clinic: Story) -> None:
    """It may not be forwarded; new links put the old ones out of work."""
    await sends_table(clinic.coordinator, CLINIC)
    await applied(clinic.coordinator)
    await clinic.coordinator.until(lambda p: p.messages[-1].document is not None)
    sent = clinic.coordinator.messages[-1]
    first = links(sent.document or b"")
    assert sorted(first) == ["P-7", "T-2"]
    assert sent.is_protected

    clinic.coordinator.tap("New links as a file")
    await clinic.coordinator.until(
        lambda p: p.messages[-1].document is not None and p.messages[-1].id > sent.id
    )
    second = links(clinic.coordinator.messages[-1].document or b"")
    newcomer = clinic.telegram.phone(name="Phone of P-7")
    newcomer.open_link(first["P-7"])
    await seen(newcomer, "This link has been used or is too old")
    newcomer.open_link(second["P-7"])
    await seen(newcomer, "Do you agree?")


def links(content: bytes) -> dict[str, str]:
    """Return code to link from the file, as a spreadsheet reads it."""
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "sep=;"
    rows = list(csv.reader(io.StringIO("\n".join(lines[1:])), delimiter=";"))
    assert rows[0] == ["code", "link"]
    return dict(rows[1:])


async def test_an_impatient_thumb_applies_once(clinic: Story) -> None:
    """Two taps on Apply, and one more on the old button, make one change."""
    await sends_table(clinic.coordinator, CLINIC)
    clinic.coordinator.double_tap("Apply")
    await clinic.coordinator.until(lambda p: any("Done." in (m.text or "") for m in p.messages))
    await clinic.pass_time()
    assert everything(clinic)["changes"].count(("import.applied",)) == 1
    assert len(everything(clinic)["people"]) == 5


async def test_an_hours_pause_and_a_restart_between_trial_and_apply(clinic: Story) -> None:
    """What was read is kept; a second look at the same message applies it."""
    await sends_table(clinic.coordinator, CLINIC)
    await clinic.stop()
    await clinic.pass_time(hours=1)
    await clinic.start()

    await applied(clinic.coordinator)

    assert len(everything(clinic)["plans"]) == 3


async def test_what_changed_meanwhile_is_shown_before_it_is_done(clinic: Story) -> None:
    """Apply does what was seen or nothing: a new dry run comes in its place."""
    await sends_table(clinic.coordinator, HEAD + "patient;P-1;T-1;;Tue;14:00;UTC\n")
    await clinic.invite("patient", "P-2")
    trial = clinic.coordinator.screen
    clinic.coordinator.say("/plan P-1 wed 10:00 50 20 UTC")
    await seen(clinic.coordinator, "every Wednesday")
    clinic.coordinator.tap("Save")
    await seen(clinic.coordinator, "Kept.")

    clinic.coordinator.tap("Apply", message=trial)
    await clinic.coordinator.until(
        lambda p: any("Something has changed meanwhile" in (m.text or "") for m in p.messages)
    )

    shown = next(m for m in clinic.coordinator.messages if m.id == trial.id)
    assert "(before: every Wednesday 10:00–10:50 UTC" in (shown.text or "")
    assert [row[3] for row in everything(clinic)["plans"]] == ["10:00"]
    clinic.coordinator.tap("Apply", message=shown)
    await clinic.coordinator.until(lambda p: any("Done." in (m.text or "") for m in p.messages))
    assert [row[3] for row in everything(clinic)["plans"]] == ["14:00"]


async def test_a_row_that_is_wrong_holds_back_all_of_it(clinic: Story) -> None:
    """Every slip is told with its line; there is nothing to tap."""
    before = everything(clinic)
    told = await sends_table(
        clinic.coordinator,
        HEAD + "patient;P-7;T-9;;Tue;14:00\npatient;P-8;;;Someday;14:00\nmember;P-1;;G-9\n",
        "Nothing of this file can be kept",
    )

    assert "✗ Line 3 · “Someday” are no days like Tue" in told
    assert not clinic.coordinator.screen.buttons
    told = await sends_table(
        clinic.coordinator,
        HEAD + "patient;P-7;T-9;;Tue;14:00\nmember;P-1;;G-9\npatient;T-1\n",
        "Nothing of this file can be kept",
    )
    assert told.splitlines()[1:] == [
        "✗ Line 2 · There is no therapist T-9. A row of kind therapist adds one.",
        "✗ Line 3 · There is no group G-9. A row of kind group adds one.",
        "✗ Line 4 · T-1 is a therapist.",
    ]
    assert everything(clinic) == before


async def test_undo_takes_all_of_it_back(clinic: Story) -> None:
    """One /undo for one file: people, care, group, absence and plans are as before."""
    await sends_table(clinic.coordinator, HEAD + "patient;P-1;;;Tue;14:00;UTC\n")
    await applied(clinic.coordinator)
    await clinic.pass_time(minutes=16)
    before = everything(clinic)
    await sends_table(clinic.coordinator, CLINIC + "patient;P-1;;;Thu;9:00;UTC\n")
    await applied(clinic.coordinator)
    await clinic.coordinator.until(lambda p: p.messages[-1].document is not None)

    clinic.coordinator.say("/undo")
    await seen(clinic.coordinator, "applied a file: 9 new, 2 changed, 0 ended")
    clinic.coordinator.tap("Take it back")
    await seen(clinic.coordinator, "Taken back")

    now = everything(clinic)
    for name in ("care", "groups", "members", "leaders", "absences", "plans", "events"):
        assert now[name] == before[name], name


async def test_a_membership_with_days(clinic: Story) -> None:
    """It begins and ends on days to come; sent again it is so already; /undo takes it back."""
    text = HEAD + "group;G-1\nmember;P-1;;G-1;;;;;2026-04-01;2026-06-30\n"
    told = await sends_table(clinic.coordinator, text)
    assert "P-1: joins G-1 from 1 Apr 2026, last day 30 Jun 2026" in told
    await applied(clinic.coordinator)
    assert clinic.rows("SELECT from_at, to_at FROM memberships") == [
        ("2026-04-01T00:00:00.000000+00:00", "2026-07-01T00:00:00.000000+00:00")
    ]
    await sends_table(clinic.coordinator, text, NOTHING_NEW)
    clinic.coordinator.say("/undo")
    await seen(clinic.coordinator, "Take this back?")
    clinic.coordinator.tap("Take it back")
    await seen(clinic.coordinator, "Taken back")
    assert everything(clinic)["groups"] == []
    now = clinic.timepiece.now().isoformat(timespec="microseconds")
    assert clinic.rows(f"SELECT id FROM memberships WHERE to_at > '{now}'") == []


async def test_a_file_can_be_thrown_away(clinic: Story) -> None:
    """Then its buttons do nothing any more."""
    await sends_table(clinic.coordinator, CLINIC)
    trial = clinic.coordinator.screen
    clinic.coordinator.tap("Throw away")
    await seen(clinic.coordinator, "Thrown away. Nothing was changed.")
    apply = next(b for row in trial.buttons for b in row if b.label == "Apply")
    clinic.coordinator.tap_data(apply.data or "", message_id=trial.id)
    await clinic.pass_time()
    assert len(everything(clinic)["people"]) == 3


async def test_a_long_dry_run_comes_in_pages(clinic: Story) -> None:
    """Two hundred patients are read in full, page by page, and applied at once."""
    rows = "".join(f"patient;P-{number};T-1;;Tue;14:00;UTC\n" for number in range(100, 300))
    told = await sends_table(clinic.coordinator, HEAD + rows)
    assert "New: 400 · changed: 200 · ending: 0" in told
    found = set()
    for page in range(2, 40):
        found |= {line.split(" · ")[1] for line in said(clinic.coordinator).splitlines()
                  if line.startswith("· ")}  # fmt: skip
        labels = [b.label for row in clinic.coordinator.screen.buttons for b in row]
        more = next((label for label in labels if label.startswith(f"More ({page}/")), None)
        if more is None:
            break
        clinic.coordinator.tap(more)
        before = said(clinic.coordinator)
        await clinic.coordinator.until(partial(_moved_on, before))
    assert len({line.partition(":")[0] for line in found}) == 200
    await applied(clinic.coordinator)
    assert len(everything(clinic)["plans"]) == 200


def _moved_on(before: str, phone: Phone) -> bool:
    return said(phone) != before


async def test_templates_can_be_sent_back_as_they_are(clinic: Story) -> None:
    """Both come at once; the table asks for nothing, and the calendar's events for a code."""
    clinic.coordinator.say("/template")
    await clinic.coordinator.until(lambda p: len([m for m in p.messages if m.document]) == 2)
    sent = [message for message in clinic.coordinator.messages if message.document]
    assert not any(message.is_protected for message in sent)  # they are to be saved and filled
    table, calendar = (message.document or b"" for message in sent)
    await sends(clinic.coordinator, "template.csv", table, NOTHING_NEW)
    await sends(clinic.coordinator, "template.ics", calendar, "Events that name no code: 2")
    clinic.coordinator.say("/template pdf")
    await seen(clinic.coordinator, "/template csv or /template ics")


@pytest.mark.parametrize("command", ["/template", "/template csv"])
async def test_templates_are_a_coordinators(clinic: Story, command: str) -> None:
    """For others there is no such command."""
    for phone in (clinic.patient, clinic.therapist):
        phone.say(command)
        await seen(phone, "I do not know that")


async def test_an_apply_that_breaks_off_changes_nothing_and_is_told(clinic: Story) -> None:
    """The database refuses a row in the middle: all of it is as before, and a letter says so."""
    await sends_table(clinic.coordinator, CLINIC)
    before = everything(clinic)
    async with clinic.bot.store.transaction() as tx:
        await tx.run("CREATE UNIQUE INDEX one_plan_only ON plans ((1))")
    clinic.coordinator.tap("Apply")
    await seen(clinic.coordinator, "A file could not be taken over. Nothing was changed.")
    assert everything(clinic) == before
