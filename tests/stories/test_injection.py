"""What people type never becomes a statement, a path, a template, markup, or a code that deceives.

On every engine: each takes other letters for its own.
"""

import re
from pathlib import Path

import pytest

from tests.stories.clinic import Story, said, seen
from tests.stories.crowd import reply
from tests.stories.files import sends

ROOT = Path(__file__).parents[2]

HOSTILE = (
    *("'; DROP TABLE people; --", "P-9' OR '1'='1", 'P"9', "P-9\\", "%", "P-%", "P\0-9"),
    *("../../etc/passwd", "..", "C:\\x", "~", "${HOME}", "$(id)", "`id`"),
    *("{0.__class__}", "{code}", "{{7*7}}", "%(x)s", "%n"),
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "<b>P-9</b>",
        "*P-9*",
        "_P-9_",
        "[P](tg://user?id=1)",
        "&lt;",
    ),
    *("\u202eP-9", "P\u200b-9", "P-9\u200f", "\u2066P-9\u2069", "\u0420-9", "P\u20119", "\uff30-9"),
)
"""The last ones look like P-9 and are not: turned round, with nothing in between, or Cyrillic."""

COMMANDS = (
    *("/invite patient {}", "/invite patient P-9 {}", "/patient {}", "/plan {}", "/group {}"),
    *("/groups {}", "/people {}", "/absence {} 2026-12-01 2026-12-02", "/assign P-1 {}", "/end {}"),
    *("/sessions {}", "/preview {}", "/zone P-1 {}", "/co {} T-1", "/audit {}", "/erase {}"),
)


def codes(clinic: Story) -> set[str]:
    """Return every code of a person or a group that the database has."""
    return {row[0] for row in clinic.rows("SELECT code FROM people UNION SELECT code FROM groups")}


def names_in(folder: Path) -> set[str]:
    """Return the names of all files in a folder."""
    return {path.name for path in folder.rglob("*")}


@pytest.fixture(autouse=True)
def no_limits(clinic: Story) -> None:
    """Let the bot answer as quickly as it is asked."""
    clinic.telegram.floods.limits = None


async def test_no_argument_is_more_than_a_word(clinic: Story) -> None:
    """Each command answers each of them; nobody is found by a wildcard, nothing new has a name."""
    before = codes(clinic)
    for command in COMMANDS:
        for word in HOSTILE:
            told = await reply(clinic.coordinator, command.replace("{}", word))
            assert told
            assert "class '" not in told, (command, word)
            assert "49" not in told.replace("{{7*7}}", ""), (command, word)
    assert codes(clinic) == before
    assert (await clinic.person("P-1"))["state"] == "active"
    assert clinic.rows("SELECT reason FROM set_aside") == []


async def test_a_code_that_deceives_the_eye_is_refused(clinic: Story) -> None:
    """In a conversation, too: the question is asked again, and nobody of that name is made."""
    for word in HOSTILE:
        clinic.coordinator.say("/invite")
        await seen(clinic.coordinator, "Who shall be invited?")
        clinic.coordinator.tap("patient")
        await clinic.coordinator.until(lambda p: "Who shall" not in said(p))
        await reply(clinic.coordinator, word)
        await reply(clinic.coordinator, "/cancel")
    assert codes(clinic) == {"C-1", "T-1", "P-1"}


async def test_a_name_of_a_file_leads_nowhere(clinic: Story, tmp_path: Path) -> None:
    """It says what kind of file it is; nothing of it is opened, and no file is made."""
    before = names_in(tmp_path)
    for word in (*HOSTILE, "/dev/zero", "con", "x" * 5_000 + ".csv", "file:///etc/passwd.csv"):
        await sends(clinic.coordinator, f"{word}.csv", b"kind;code\npatient;" + word.encode(), "")
    assert names_in(tmp_path) == before
    assert codes(clinic) == {"C-1", "T-1", "P-1"}


async def test_what_telegram_says_of_somebody_is_not_kept(clinic: Story) -> None:
    """Names and the language of a phone are words of its owner: hostile ones change nothing."""
    for number, word in enumerate(HOSTILE):
        link = await clinic.invite("therapist", f"T-{number + 10}")
        phone = clinic.telegram.phone(name=word, last_name=word, language_code=word)
        phone.open_link(link)
        await phone.until(lambda p: "/alerts" in said(p))
    kept = str([clinic.rows(f"SELECT * FROM {table}") for table in ("people", "accounts", "audit")])
    assert [word for word in HOSTILE if len(word) > 6 and word in kept] == []
    assert set(clinic.rows("SELECT DISTINCT language FROM people")) == {("en",)}


def test_no_message_has_markup() -> None:
    """Nothing is sent as HTML or Markdown, so there is nothing to escape, or to forget."""
    found = [
        path
        for room in ("handlers", "bot")
        for path in (ROOT / room).rglob("*.py")
        if "simulator" not in path.parts and re.search(r"parse_mode|ParseMode", path.read_text())
    ]
    assert found == []
