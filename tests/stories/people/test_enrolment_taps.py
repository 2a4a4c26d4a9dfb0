"""How many taps and messages it takes to enrol a patient with a weekly plan."""

from bot.simulator import Phone
from tests.paths import ROOT
from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text

DOCUMENT = ROOT / "docs" / "coordinators.md"
MOST_TAPS = 9
MOST_WORDS = 2


class ActionRecorder:
    """Taps and types as a coordinator, and records it."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.actions: list[tuple[str, str, str]] = []

    async def type(self, words: str, then: str) -> None:
        """Type words, and wait for the answer."""
        self.phone.say(words)
        await wait_for_text(self.phone, then)
        self.actions.append(("type", words, _first_line(self.phone)))

    async def tap(self, label: str, then: str) -> None:
        """Tap a button, and wait for the answer."""
        self.phone.tap(label)
        await wait_for_text(self.phone, then)
        self.actions.append(("tap", label, _first_line(self.phone)))

    def count(self, kind: str) -> int:
        """Return the number of taps or messages."""
        return [one for one, _, _ in self.actions].count(kind)

    def table(self) -> str:
        """Return the record as a table for the docs."""
        rows = [
            f"| {place} | {kind} | `{what}` | {shown} |"
            for place, (kind, what, shown) in enumerate(self.actions, start=1)
        ]
        return "\n".join(["| | | | The chat then says |", "|---|---|---|---|", *rows])


def _first_line(phone: Phone) -> str:
    return last_text(phone).splitlines()[0]


async def test_a_patient_with_a_weekly_plan_in_nine_taps(clinic: StoryClinic) -> None:
    """From /invite to the saved plan; the docs contain this record."""
    recorder = ActionRecorder(clinic.coordinator)

    await recorder.type("/invite", "Who would you like to invite?")
    await recorder.tap("patient", "What code")
    await recorder.type("P-017", "Who looks after P-017?")
    await recorder.tap("T-1", "One-time link for P-017")
    link = next(
        word for word in last_text(clinic.coordinator).split() if word.startswith("https://")
    )
    await recorder.tap("Plan the sessions", "on which day?")
    await recorder.tap("Tue", "what time does it start?")
    await recorder.tap("14:00", "every Tuesday 14:00–14:50")
    await recorder.tap("Save", "Saved.")

    assert recorder.count("tap") <= MOST_TAPS
    assert recorder.count("type") <= MOST_WORDS
    assert recorder.table() in DOCUMENT.read_text("utf-8")
    await _assert_plan_works(clinic, link)


async def _assert_plan_works(clinic: StoryClinic, link: str) -> None:
    """The patient joins with the link, and is asked after the planned session."""
    patient = clinic.telegram.phone(name="P-017")
    patient.open_link(link)
    await wait_for_text(patient, "Do you agree?")
    patient.tap("I agree")
    await wait_for_text(patient, "I will message you")
    await clinic.pass_time(hours=5, minutes=15)
    await wait_for_text(patient, "ready")
    await answer(patient, (9, 9, 9, 9))
