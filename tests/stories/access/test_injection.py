"""What people type never becomes SQL, a path, a template, markup, or a code that deceives."""

import re
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.stories.access.access_scenario import reply_to_text
from tests.stories.clinic import StoryClinic, last_text, wait_for_text
from tests.stories.files.uploads import send_file

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
    "\u0420-9",
)
"""The last one looks like P-9, but its first letter is Cyrillic."""

VARIANTS = ("\u202eP-9", "P\u200b-9", "P-9\u200f", "\u2066P-9\u2069", "P\u20119", "\uff30-9")
"""P-9 with invisible marks, another hyphen, or a wide letter."""

COMMANDS = (
    *("/invite patient {}", "/invite patient P-9 {}", "/patient {}", "/plan {}", "/group {}"),
    *("/groups {}", "/people {}", "/absence {} 2026-12-01 2026-12-02", "/assign P-1 {}", "/end {}"),
    *("/sessions {}", "/preview {}", "/zone P-1 {}", "/co {} T-1", "/audit {}", "/erase {}"),
)


def codes(clinic: StoryClinic) -> set[str]:
    """Return the codes of all people and groups."""
    return {row[0] for row in clinic.rows("SELECT code FROM people UNION SELECT code FROM groups")}


def names_in(folder: Path) -> set[str]:
    """Return the names of all files in a folder."""
    return {path.name for path in folder.rglob("*")}


@pytest.fixture(autouse=True)
def no_limits(clinic: StoryClinic) -> None:
    """Switch off Telegram's limits, which would only slow this down."""
    clinic.telegram.floods.limits = None


async def test_no_argument_is_more_than_a_word(clinic: StoryClinic) -> None:
    """Each command answers; no wildcard matches anybody, and nothing is created."""
    before = codes(clinic)
    for command in COMMANDS:
        for word in HOSTILE:
            reply = await reply_to_text(clinic.coordinator, command.replace("{}", word))
            assert reply
            assert "class '" not in reply, (command, word)
            assert "49" not in reply.replace("{{7*7}}", ""), (command, word)
    assert codes(clinic) == before
    assert (await clinic.person("P-1"))["state"] == "active"
    assert clinic.rows("SELECT reason FROM set_aside") == []


async def test_a_code_that_deceives_the_eye_is_refused(clinic: StoryClinic) -> None:
    """In a conversation the question is asked again, and nobody with that code is created."""
    for word in HOSTILE:
        clinic.coordinator.say("/invite")
        await wait_for_text(clinic.coordinator, "Who would you like to invite?")
        clinic.coordinator.tap("patient")
        await clinic.coordinator.wait_until(lambda p: "Who would you like" not in last_text(p))
        await reply_to_text(clinic.coordinator, word)
        await reply_to_text(clinic.coordinator, "/cancel")
    assert codes(clinic) == {"C-1", "T-1", "P-1"}


async def test_a_code_is_stored_in_its_plain_form(clinic: StoryClinic) -> None:
    """However it is typed, the code has no marks that deceive the eye, and there is one P-9."""
    for word in VARIANTS:
        await reply_to_text(clinic.coordinator, f"/invite patient {word}")
    assert codes(clinic) == {"C-1", "T-1", "P-1", "P-9"}


async def test_a_name_of_a_file_leads_nowhere(clinic: StoryClinic, tmp_path: Path) -> None:
    """A file name only tells the kind of file; it is never opened as a path."""
    before = names_in(tmp_path)
    for word in (
        *HOSTILE,
        *VARIANTS,
        "/dev/zero",
        "con",
        "x" * 5_000 + ".csv",
        "file:///etc/passwd.csv",
    ):
        await send_file(
            clinic.coordinator, f"{word}.csv", b"kind;code\npatient;" + word.encode(), ""
        )
    assert names_in(tmp_path) == before
    assert codes(clinic) == {"C-1", "T-1", "P-1"}


async def test_what_telegram_says_of_somebody_is_not_kept(clinic: StoryClinic) -> None:
    """Hostile names and language codes of an account are not stored and change nothing."""
    for number, word in enumerate((*HOSTILE, *VARIANTS)):
        link = await clinic.invite("therapist", f"T-{number + 10}")
        phone = clinic.telegram.phone(name=word, last_name=word, language_code=word)
        phone.open_link(link)
        await phone.wait_until(lambda p: "/alerts" in last_text(p))
    stored = str(
        [clinic.rows(f"SELECT * FROM {table}") for table in ("people", "accounts", "audit")]
    )
    assert [word for word in HOSTILE if len(word) > 6 and word in stored] == []
    assert set(clinic.rows("SELECT DISTINCT language FROM people")) == {("en",)}


def test_no_message_has_markup() -> None:
    """Nothing is sent as HTML or Markdown, so nothing needs to be escaped."""
    marked_up = [
        path
        for folder in ("handlers", "bot")
        for path in (ROOT / folder).rglob("*.py")
        if "simulator" not in path.parts and re.search(r"parse_mode|ParseMode", path.read_text())
    ]
    assert marked_up == []
