"""How many taps the everyday changes take; the table in the docs is what was tapped here."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stories.clinic import Story
from tests.stories.hand import Hand

DOCUMENT = Path(__file__).parents[2] / "docs" / "people.md"
MOST_TAPS = 3


@dataclass(frozen=True, slots=True)
class Way:
    """One change: the taps from /people on, what the chat then says, and the same as one line."""

    what: str
    taps: tuple[str, ...]
    then: str
    line: str = ""

    @property
    def row(self) -> str:
        """The way as it stands in the docs."""
        path = " › ".join(f"`{label}`" for label in self.taps)
        return f"| {self.what} | {len(self.taps)} | {path} | {self.line and f'`{self.line}`'} |"


PATIENT = "P-1 · active"
WAYS = (
    Way("See how things stand", (PATIENT,), "with T-1", "/people P-1"),
    Way("Another therapist", (PATIENT, "Other therapist", "T-2"), "T-2 looks", "/assign P-1 T-2"),
    Way("One more therapist", (PATIENT, "Add therapist", "T-2"), "T-2 looks", "/co P-1 T-2"),
    Way("A pause", (PATIENT, "Pause", "Tue 17 Mar 2026"), "asked again", "/pause P-1 2026-03-17"),
    Way("The end", (PATIENT, "End", "Yes, end it"), "has ended", "/end P-1"),
    Way("A test patient", (PATIENT, "Test patient"), "P-1 is a test patient now", "/test P-1"),
    Way("A link for another phone", (PATIENT, "New link", "New link"), "https://t.me/"),
    Way("A new link for who has not come", ("P-2 · invited", "New link"), "https://t.me/"),
    Way("Withdraw a link", ("P-2 · invited", "Withdraw link"), "works no longer"),
    Way(
        "Take the last change back",
        (PATIENT, "Test patient", "Take it back"),
        "Taken back",
        "/undo",
    ),
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
async def test_an_everyday_change_takes_three_taps_at_most(clinic: Story, way: Way) -> None:
    """From the list of people to the change, and nothing to type."""
    await clinic.enrol("therapist", "T-2")
    await clinic.invite("patient", "P-2", "T-1")
    hand = Hand(clinic.coordinator)
    await hand.types("/people", "everybody")
    for label in way.taps[:-1]:
        await hand.taps_on(label)
    await hand.tap(way.taps[-1], way.then)
    assert hand.taps <= MOST_TAPS
    assert way.row in DOCUMENT.read_text("utf-8")


def test_the_table_has_no_other_rows() -> None:
    """What the docs promise is tapped here."""
    rows = [line for line in DOCUMENT.read_text("utf-8").splitlines() if "› `" in line]
    assert set(rows) <= {way.row for way in WAYS}
