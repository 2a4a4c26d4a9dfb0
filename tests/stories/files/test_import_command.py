"""``attune import`` beside a running bot: the same as the chat makes of a file."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from bot.commands import import_file
from bot.config.clock import Clock
from tests.alliance.files.ical.ical_text import calendar_text
from tests.databases import KEYS
from tests.stories.clinic import StoryClinic, open_clinic, wait_for_text
from tests.stories.files.uploads import (
    CLINIC_TABLE,
    HEADER,
    apply_file,
    clinic_rows,
    event_lines,
    send_file,
    tuesday_series,
)
from tests.stories.processes import attune

PARTS = {"series", "dates", "absences", "people", "groups", "findings", "counts"}

CALENDAR = calendar_text(
    *tuesday_series(
        "EXDATE;TZID=Europe/Berlin:20260310T140000",
    ),
    *event_lines(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260317T140000",
        "DTSTART;TZID=Europe/Berlin:20260318T150000",
        "DTEND;TZID=Europe/Berlin:20260318T155000",
        "SEQUENCE:1",
    ),
    *event_lines(
        "SUMMARY:P-1",
        "DTSTART;TZID=Europe/Berlin:20260305T090000",
        "DTEND;TZID=Europe/Berlin:20260305T095000",
        uid="single",
    ),
    *event_lines(
        "SUMMARY:T-1", "DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260404", uid="away"
    ),
    *event_lines(
        "SUMMARY:Dentist",
        "DTSTART;TZID=Europe/Berlin:20260306T090000",
        "DTEND;TZID=Europe/Berlin:20260306T095000",
        uid="private",
    ),
)


async def run_import(
    clinic: StoryClinic, path: Path, capsys: pytest.CaptureFixture[str], *, apply: bool = False
) -> tuple[int, dict[str, Any]]:
    """Run the command with --json in this process, by the story's clock."""
    options = Namespace(file=str(path), apply=apply, json=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_file, "Clock", lambda: Clock(start=clinic.clock.now()))
        code = await import_file.import_file(clinic.settings, options)
    return code, json.loads(capsys.readouterr().out)


def comparable(clinic: StoryClinic) -> dict[str, Any]:
    """Return the clinic's rows without the keys of events, which each clinic hashes anew."""
    rows = clinic_rows(clinic)
    return {**rows, "events": sorted(is_foreign for _, _, is_foreign in rows["events"])}


async def test_a_dry_run_changes_nothing(
    clinic: StoryClinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints what the file contains, and no row of the database is another one afterwards."""
    path = tmp_path / "week.ics"
    path.write_text(CALENDAR)
    before = clinic_rows(clinic), clinic.rows("SELECT name FROM key_values ORDER BY name")

    code, printed = await run_import(clinic, path, capsys)

    assert (clinic_rows(clinic), clinic.rows("SELECT name FROM key_values ORDER BY name")) == before
    assert (code, set(printed)) == (0, PARTS)
    assert printed["series"] == [
        {
            "who": "P-1",
            "rule": "every Tuesday",
            "zone": "Europe/Berlin",
            "starts": [
                "2026-03-03T14:00",
                "2026-03-24T14:00",
                "2026-03-31T14:00",
                "2026-04-07T14:00",
                "2026-04-14T14:00",
            ],
        }
    ]
    assert printed["dates"] == [
        {"who": "P-1", "start": "2026-03-10T14:00", "became": "cancelled"},
        {"who": "P-1", "start": "2026-03-17T14:00", "became": "moved to 2026-03-18T15:00"},
        {"who": "P-1", "start": "2026-03-05T09:00", "became": "added"},
        {"who": None, "start": "2026-03-06T09:00", "became": "unassigned"},
    ]
    assert printed["absences"] == [{"who": "T-1", "from": "2026-04-01", "to": "2026-04-03"}]
    assert [(one["severity"], one["sentence"]) for one in printed["findings"]] == [
        ("question", "Whose is this event? Fri 6 Mar 2026, 09:00–09:50 Berlin time.")
    ]
    assert printed["counts"] == {"in_file": 5, "understood": 5, "not_understood": 0}


@pytest.mark.both_databases
@pytest.mark.parametrize(("name", "text"), [("week.ics", CALENDAR), ("clinic.csv", CLINIC_TABLE)])
async def test_apply_makes_what_the_chat_makes(
    tmp_path: Path, engine: str, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    """Two clinics, one file: by the chat and by the command, with the same result."""
    for folder in ("chat", "command"):
        (tmp_path / folder).mkdir()
    path = tmp_path / name
    path.write_text(text)
    async with open_clinic(tmp_path / "chat") as by_chat:
        await send_file(by_chat.coordinator, name, text.encode(), "Dry run")
        await apply_file(by_chat.coordinator)
        expected = comparable(by_chat)
    async with open_clinic(tmp_path / "command") as by_command:
        code, _ = await run_import(by_command, path, capsys, apply=True)
        assert code == 0
        assert comparable(by_command) == expected

        code, again = await run_import(by_command, path, capsys, apply=True)
        assert code == 0
        assert not [one for one in again["people"] if one["is_new"] or one["link"]]
        assert comparable(by_command)["plans"] == expected["plans"]


@pytest.mark.parametrize(
    ("text", "code", "counts"),
    [
        (HEADER + "patient;P-1;;;Tue;14:00\npatient;P-7;T-1\n", 0, (2, 2, 0)),
        (HEADER + "patient;P-1;;;Tue;14:00\npatient;P-7;T-1;;Someday;9:00\n", 1, (2, 1, 1)),
        (HEADER + "patient;P-1;;;Tue;14:00\npatient;P-7;T-9\n", 1, (2, 1, 1)),
        (HEADER + "patient;P-7;T-9\nmember;P-1;;G-9\n", 2, (2, 0, 2)),
        ("just some words\n", 2, (0, 0, 0)),
    ],
)
async def test_what_is_not_understood_is_not_applied(
    clinic: StoryClinic,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    code: int,
    counts: tuple[int, int, int],
) -> None:
    """The exit code says how much was understood; a file with errors changes nothing."""
    path = tmp_path / "clinic.csv"
    path.write_text(text)
    before = clinic_rows(clinic)

    assert (await run_import(clinic, path, capsys))[0] == code
    found, printed = await run_import(clinic, path, capsys, apply=True)

    assert (found, tuple(printed["counts"].values())) == (code, counts)
    assert (clinic_rows(clinic) == before) is (code != 0)
    errors = [one for one in printed["findings"] if one["severity"] == "error"]
    assert bool(errors) is (code != 0)
    assert all(one["sentence"] for one in errors)


async def test_two_hundred_patients_beside_a_running_bot(
    clinic: StoryClinic, tmp_path: Path
) -> None:
    """A process of its own makes them; their links work, and the bot asks by their plans."""
    path = tmp_path / "patients.csv"
    rows = "".join(
        f"patient;P-{number};T-1;;Tue;11:00;UTC;;2030-01-01\n" for number in range(100, 300)
    )
    path.write_text(HEADER + rows)
    environment = {
        "ATTUNE_DATABASE": clinic.settings.database,
        "ATTUNE_KEYS": KEYS,
    }

    outcome = await attune(environment, "import", str(path), "--apply")

    assert outcome.code == 0, outcome.err
    assert "In the file: 200 · understood: 200 · not understood: 0" in outcome.out
    assert "Applied. New: 400 · changed: 200 · ended: 0" in outcome.out
    links = dict(line.split("  ") for line in outcome.out.splitlines() if "?start=" in line)
    assert len(links) == 200
    assert len(clinic_rows(clinic)["plans"]) == 200
    newcomer = clinic.telegram.phone(name="Phone of P-150")
    newcomer.open_link(links["P-150"])
    await wait_for_text(newcomer, "Do you agree?")
    newcomer.tap("I agree")
    await wait_for_text(newcomer, "Thank you.")
    assert clinic_rows(clinic)["changes"].count(("import.applied",)) == 1


async def test_the_bot_asks_by_an_imported_plan(
    clinic: StoryClinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scheduler notices by itself that there is a new plan."""
    path = tmp_path / "clinic.csv"
    path.write_text(HEADER + "patient;P-1;;;Tue;11:00;UTC;0;2026-03-03\n")
    await run_import(clinic, path, capsys, apply=True)
    await clinic.pass_time(hours=2)
    await wait_for_text(clinic.patient, "ready")


async def test_undo_does_not_reverse_it(
    clinic: StoryClinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A coordinator takes back only what they did; the log names the change."""
    path = tmp_path / "clinic.csv"
    path.write_text(HEADER + "patient;P-1;;;Tue;11:00;UTC\n")
    await run_import(clinic, path, capsys, apply=True)
    before = clinic_rows(clinic)
    clinic.coordinator.say("/undo")
    await clinic.coordinator.wait_until(lambda p: not p.messages[-1].text.startswith("/undo"))
    assert clinic_rows(clinic) == before
    clinic.coordinator.say("/audit")
    await wait_for_text(clinic.coordinator, "applied a file")
