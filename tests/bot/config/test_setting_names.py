"""Names of settings that are nearly right are refused with the name that was meant."""

from pathlib import Path

import pytest

from alliance.errors import BadSettings
from bot.config.settings import Settings
from tests.paths import ROOT

CASE = ROOT / "tests/bot/config/cases/21-small-operations/set-quotes.env"


def read_file(tmp_path: Path, content: bytes | str) -> Settings:
    """Read the settings from a file."""
    path = tmp_path / "attune.env"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Settings.read({"ATTUNE_SETTINGS": str(path)})


def test_misspelt_names_in_the_file() -> None:
    """21: ATUNE_ZONE and attune_language were passed over."""
    with pytest.raises(BadSettings) as refused:
        Settings.read({"ATTUNE_SETTINGS": str(CASE)})

    assert "ATUNE_ZONE (do you mean ATTUNE_ZONE?)" in str(refused.value)
    assert "attune_language (do you mean ATTUNE_LANGUAGE?)" in str(refused.value)
    assert "Mars" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("ATUNE_ZONE", "ATTUNE_ZONE"), ("ATTUEN_ZONE", "ATTUNE_ZONE")),
        *(("Attune_Zone", "ATTUNE_ZONE"), ("ATTUNE-ZONE", "ATTUNE_ZONE")),
        *(("ATTUNE.ZONE", "ATTUNE_ZONE"), ("ATTUNEZONE", "ATTUNE_ZONE")),
        *(("ATTTUNE_ZOEN", "ATTUNE_ZONE"), ("ATTUNE_QUIET_HOUR", "ATTUNE_QUIET_HOURS")),
        *(("attunequiet_hours", "ATTUNE_QUIET_HOURS"), ("TELEGRAM_TOKEN", "ATTUNE_TELEGRAM_TOKEN")),
        *(("quiet_hours", "ATTUNE_QUIET_HOURS"), ("\u200bATTUNE_ZONE", "ATTUNE_ZONE")),
    ],
)
def test_near_misses_in_the_file(tmp_path: Path, name: str, meant: str) -> None:
    """Of the prefix, of its case, of what joins it, and without it."""
    with pytest.raises(BadSettings, match=f"do you mean {meant}") as refused:
        read_file(tmp_path, f"{name}=secret\n")
    assert "secret" not in str(refused.value)


def test_names_of_other_programs_are_passed_over(tmp_path: Path) -> None:
    """A file may serve several programs, and one setting may refer to another name."""
    others = "TZ=UTC\nLANGUAGE=de\nPOSTGRES_PASSWORD=x\nTUNE_X=1\nNEPTUNE_ZONE=1\nZONE=Mars\n"
    assert read_file(tmp_path, others) == Settings.read({})
    own = "TELEGRAM_TOKEN=a\nATTUNE_TELEGRAM_TOKEN=${TELEGRAM_TOKEN}\n"
    assert read_file(tmp_path, own).token == "a"


@pytest.mark.parametrize("name", ["attune_zone", "ATUNE_ZONE", "attune_settings"])
def test_near_misses_in_the_environment(name: str) -> None:
    """Only what is otherwise the name of a setting, since the environment is everybody's."""
    with pytest.raises(BadSettings, match="do you mean ATTUNE_"):
        Settings.read({name: "x"})
    Settings.read({"ATTUNED_ZONES": "x", "attune_mode": "y", "QUIET_HOURS": "z"})


TEXT = "# Zürich\nATTUNE_ZONE=Europe/Zurich\nATTUNE_QUIET_HOURS='22:00-07:00' # night\n"


@pytest.mark.parametrize(
    "content",
    [
        *(TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.encode("utf-16-le")),
        *(TEXT.replace("\n", "\r\n").encode("utf-8-sig"), TEXT.replace("\n", "\r").encode()),
        TEXT.encode() + b"\x1a",
        f"export {TEXT[9:]}".encode(),
    ],
)
def test_the_file_of_any_editor(tmp_path: Path, content: bytes) -> None:
    """Byte order marks, UTF-16 and line ends of other systems make no difference."""
    settings = read_file(tmp_path, content)

    assert (settings.zone, settings.quiet_hours) == ("Europe/Zurich", "22:00-07:00")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.encode("cp1252"), "save it again with the encoding UTF-8"),
        (b"X=1\nATTUNE_ZONE Europe/Berlin\n", "Line 2 of the settings file"),
        (b"ATTUNE_ZONE: UTC\n", "Line 1 of the settings file"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes, words: str) -> None:
    """The message says what to do, and quotes nothing."""
    with pytest.raises(BadSettings, match=words) as refused:
        read_file(tmp_path, content)
    assert "Europe" not in str(refused.value)
