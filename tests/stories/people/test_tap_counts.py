"""How many taps everyday changes take; the table in the docs is made of these taps."""

from dataclasses import dataclass

import pytest

from tests.paths import ROOT
from tests.stories.clinic import StoryClinic
from tests.stories.phone_user import PhoneUser

DOCUMENT = ROOT / "docs" / "people.md"
MOST_TAPS = 3


@dataclass(frozen=True, slots=True)
class TapPath:
    """One change: the taps from /people on, the chat's answer, and the same as a command."""

    what: str
    taps: tuple[str, ...]
    then: str
    line: str = ""

    @property
    def row(self) -> str:
        """The row of the table in the docs."""
        taps = " › ".join(f"`{label}`" for label in self.taps)
        return f"| {self.what} | {len(self.taps)} | {taps} | {self.line and f'`{self.line}`'} |"


PATIENT = "P-1 · active"
TAP_PATHS = (
    TapPath("See how things stand", (PATIENT,), "with T-1", "/people P-1"),
    TapPath(
        "Another therapist", (PATIENT, "Change therapist", "T-2"), "T-2 looks", "/assign P-1 T-2"
    ),
    TapPath("One more therapist", (PATIENT, "Add therapist", "T-2"), "T-2 looks", "/co P-1 T-2"),
    TapPath(
        "A pause", (PATIENT, "Pause", "Tue 17 Mar 2026"), "asked again", "/pause P-1 2026-03-17"
    ),
    TapPath("The end", (PATIENT, "End", "Yes, end it"), "has ended", "/end P-1"),
    TapPath("A test patient", (PATIENT, "Test patient"), "P-1 is now a test patient", "/test P-1"),
    TapPath("A link for another phone", (PATIENT, "New link", "New link"), "https://t.me/"),
    TapPath("A new link for who has not joined", ("P-2 · invited", "New link"), "https://t.me/"),
    TapPath("Withdraw a link", ("P-2 · invited", "Withdraw link"), "no longer works"),
    TapPath("Undo the last change", (PATIENT, "Test patient", "Undo"), "Undone", "/undo"),
)


@pytest.mark.parametrize("path", TAP_PATHS, ids=lambda path: path.what)
async def test_an_everyday_change_takes_three_taps_at_most(
    clinic: StoryClinic, path: TapPath
) -> None:
    """From the list of people to the change, without typing."""
    await clinic.enrol("therapist", "T-2")
    await clinic.invite("patient", "P-2", "T-1")
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people", "everybody")
    for label in path.taps[:-1]:
        await user.tap_and_wait(label)
    await user.tap(path.taps[-1], path.then)
    assert user.tap_count <= MOST_TAPS
    assert path.row in DOCUMENT.read_text("utf-8")


def test_the_table_has_no_other_rows() -> None:
    """Every row of the docs is tested here."""
    rows = [line for line in DOCUMENT.read_text("utf-8").splitlines() if "› `" in line]
    assert set(rows) <= {path.row for path in TAP_PATHS}
