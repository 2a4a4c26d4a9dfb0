"""``attune import`` on every test file: what it printed about each adds up."""

import json
import os
from argparse import Namespace
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alliance.errors import BadSettings
from alliance.files.decoding import MAX_BYTES
from bot.commands.import_file import import_file
from bot.config.clock import Clock
from bot.config.settings import Settings
from storage.audit.change import Change
from storage.database.open_database import file_of, open_database
from storage.people.invite import SiteLocale, invite
from tests.databases import ENCRYPTION, KEYS, fresh_database_address
from tests.paths import ROOT

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
CASES = sorted(
    path
    for path in (ROOT / "tests" / "alliance" / "files" / "cases").rglob("*")
    if path.suffix in {".ics", ".csv"}
)


@pytest.fixture(autouse=True)
def _march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.commands.import_file.Clock", lambda: Clock(start=NOW))


@pytest.fixture
async def settings(tmp_path: Path, engine: str) -> AsyncIterator[Settings]:
    """The settings of a clinic with T-1, P-1 and P-2."""
    async with fresh_database_address(tmp_path) as address:
        store = await open_database(address, encryption=ENCRYPTION)
        try:
            async with store.transaction() as tx:
                for code, role in (("T-1", "therapist"), ("P-1", "patient"), ("P-2", "patient")):
                    locale = SiteLocale("en", "UTC")
                    await invite(Change(tx, None, NOW), code=code, role=role, locale=locale)
        finally:
            await store.close()
        yield Settings.read({"ATTUNE_DATABASE": address, "ATTUNE_KEYS": KEYS})


async def run(
    settings: Settings, path: Path, capsys: pytest.CaptureFixture[str], *, apply: bool = False
) -> tuple[int, dict[str, Any]]:
    """Run the command with --json; return its exit code and what it printed."""
    options = Namespace(file=str(path), apply=apply, json=True)
    code = await import_file(settings, options)
    return code, json.loads(capsys.readouterr().out)


async def test_counts_add_up_and_decide_the_exit_code(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not understood is counted, and named by a finding with its line and sentence."""
    assert CASES
    for path in CASES:
        code, printed = await run(settings, path, capsys)
        in_file, understood, not_understood = printed["counts"].values()
        wrong = [one for one in printed["findings"] if one["severity"] in {"error", "warning"}]

        assert in_file == understood + not_understood, path
        assert code == (2 if wrong and not understood else int(bool(wrong))), path
        assert bool(not_understood) <= bool(wrong), path
        assert all(one["sentence"] and one["line"] >= 0 for one in printed["findings"]), path


async def test_the_same_as_text(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the same is printed in words."""
    for path in CASES:
        code, printed = await run(settings, path, capsys)
        assert code == await import_file(
            settings, Namespace(file=str(path), apply=False, json=False)
        )
        text = capsys.readouterr().out
        assert f"In the file: {printed['counts']['in_file']} ·" in text
        assert "Dry run: nothing has changed yet." in text or code == 2
        for finding in printed["findings"]:
            assert finding["sentence"].splitlines()[0] in text
        for series in printed["series"]:
            assert f"{series['rule']} ({series['zone']})" in text


@pytest.mark.sqlite_only("a file that does not exist yet")
async def test_a_dry_run_on_a_new_clinic_creates_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table can be tried before the first start; --apply creates the database."""
    path = tmp_path / "clinic.csv"
    path.write_text("kind;code;therapist;days;start\ntherapist;T-1\npatient;P-1;T-1;Tue;9:00\n")
    address = f"sqlite:///{tmp_path / 'new.db'}"
    settings = Settings.read({"ATTUNE_DATABASE": address, "ATTUNE_KEYS": KEYS})

    code, tried = await run(settings, path, capsys)
    assert (code, os.listdir(tmp_path)) == (0, ["clinic.csv"])
    assert [(one["code"], one["is_new"], one["link"]) for one in tried["people"]] == [
        ("T-1", True, None),
        ("P-1", True, None),
    ]

    code, applied = await run(settings, path, capsys, apply=True)
    assert code == 0
    assert all("?start=" in one["link"] for one in applied["people"])
    database = file_of(address)
    assert database is not None
    assert database.exists()


async def test_a_file_that_cannot_be_read_is_one_sentence(settings: Settings) -> None:
    """The path is named."""
    for path in ("/nowhere/clinic.csv", "/"):
        with pytest.raises(BadSettings, match=path):
            await import_file(settings, Namespace(file=path, apply=True, json=True))


async def test_a_file_that_is_too_large_is_not_read(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same limit as in the chat, and the same sentence."""
    path = tmp_path / "large.csv"
    path.write_bytes(b"code;days\n" + b"#" * MAX_BYTES)
    code, printed = await run(settings, path, capsys)
    assert code == 2
    assert "too large" in printed["findings"][0]["sentence"]
    assert printed["counts"] == {"in_file": 0, "understood": 0, "not_understood": 0}


async def test_groups_and_links_are_printed(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever is new gets a link; who was there before gets none."""
    path = tmp_path / "clinic.csv"
    path.write_text(
        "kind;code;therapist;group\npatient;P-1;T-1\npatient;P-9;T-1\ngroup;G-1\n"
        "member;P-1;;G-1\nleader;T-1;;G-1\n"
    )
    code, printed = await run(settings, path, capsys, apply=True)
    assert code == 0
    assert printed["groups"] == [
        {"code": "G-1", "is_new": True, "members": ["P-1"], "leaders": ["T-1"]}
    ]
    assert [(one["code"], bool(one["link"])) for one in printed["people"]] == [
        ("P-1", False),
        ("P-9", True),
    ]
