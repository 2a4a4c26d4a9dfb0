"""Enrolling a patient with a weekly plan, counted: what the coordinator taps and types."""

from pathlib import Path

from bot.simulator import Phone
from tests.stories.clinic import Story, answer, said, seen

DOCUMENT = Path(__file__).parents[2] / "docs" / "coordinators.md"
MOST_TAPS = 9
MOST_WORDS = 2


class Thumb:
    """A coordinator's thumb, with a record of what it did."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.did: list[tuple[str, str, str]] = []

    async def type(self, words: str, then: str) -> None:
        """Type words, and wait for the answer."""
        self.phone.say(words)
        await seen(self.phone, then)
        self.did.append(("type", words, _first_line(self.phone)))

    async def tap(self, label: str, then: str) -> None:
        """Tap a button, and wait for what it brings."""
        self.phone.tap(label)
        await seen(self.phone, then)
        self.did.append(("tap", label, _first_line(self.phone)))

    def count(self, kind: str) -> int:
        """Return how often it did that."""
        return [one for one, _, _ in self.did].count(kind)

    def table(self) -> str:
        """Return the record as it stands in the docs."""
        rows = [
            f"| {place} | {kind} | `{what}` | {shown} |"
            for place, (kind, what, shown) in enumerate(self.did, start=1)
        ]
        return "\n".join(["| | | | The chat then says |", "|---|---|---|---|", *rows])


def _first_line(phone: Phone) -> str:
    return said(phone).splitlines()[0]


async def test_a_patient_with_a_weekly_plan_in_nine_taps(clinic: Story) -> None:
    """From /invite to the saved plan; the table in the docs is this very record."""
    thumb = Thumb(clinic.coordinator)

    await thumb.type("/invite", "Who shall be invited?")
    await thumb.tap("patient", "Which code")
    await thumb.type("P-017", "Who looks after P-017?")
    await thumb.tap("T-1", "For P-017")
    link = next(word for word in said(clinic.coordinator).split() if word.startswith("https://"))
    await thumb.tap("Plan the sessions", "on which day?")
    await thumb.tap("Tue", "when does it begin?")
    await thumb.tap("14:00", "every Tuesday 14:00–14:50")
    await thumb.tap("Save", "Kept.")

    assert thumb.count("tap") <= MOST_TAPS
    assert thumb.count("type") <= MOST_WORDS
    assert thumb.table() in DOCUMENT.read_text("utf-8")
    await _the_plan_is_kept(clinic, link)


async def _the_plan_is_kept(clinic: Story, link: str) -> None:
    """The patient comes in by the link, and is asked after the planned session."""
    patient = clinic.telegram.phone(name="P-017")
    patient.open_link(link)
    await seen(patient, "Do you agree?")
    patient.tap("I agree")
    await seen(patient, "I will write")
    await clinic.pass_time(hours=5, minutes=15)
    await seen(patient, "ready")
    await answer(patient, (9, 9, 9, 9))
