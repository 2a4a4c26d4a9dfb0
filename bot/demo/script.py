"""One course of therapy, played in the terminal: steady, a drop, the alert, repair."""

import time
from collections.abc import Callable
from datetime import timedelta

from babel.dates import format_datetime

from bot.demo import clinic as demo
from bot.demo.clinic import Clinic
from bot.simulator import PATIENCE, Phone
from storage.alerts import alerts

STEADY = ((9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 8), (9, 9, 8, 9), (9, 8, 9, 9), (9, 9, 9, 9))
DROP = (5, 6, 2, 4)
RECOVERY = ((8, 8, 7, 8), (9, 9, 9, 9))
READING = timedelta(seconds=4)
MOST_JUMPS = 12


class NotSeen(Exception):
    """A step of the story did not happen; the message names it."""


class Story:
    """Plays the people, tells what happens, and insists on seeing each step."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.coordinator = clinic.telegram.phone(name="Coordinator")
        self.therapist = clinic.telegram.phone(name="Therapist")
        self.patient = clinic.telegram.phone(name="Patient")

    def tell(self, who: Phone, what: str) -> None:
        """Print one line of the transcript, with the time of the story."""
        at = format_datetime(self.clinic.timepiece.now(), "EEE d MMM HH:mm", locale="en")
        print(f"{at}  {who.person.first_name:<12} {what}")

    async def sees(self, who: Phone, words: str) -> None:
        """Wait until the last message says these words, and print it."""
        await self.until(who, lambda phone: words in phone.screen.text, words)
        lines = [line for line in who.screen.text.splitlines() if line]
        self.tell(who, f"sees  {' / '.join(lines)}")

    async def until(self, who: Phone, holds: Callable[[Phone], bool], what: str) -> None:
        """Wait until something holds on a phone.

        Raises:
            NotSeen: It does not.
        """
        try:
            await who.until(holds, PATIENCE)
        except AssertionError as missing:
            raise NotSeen(f"{who.person.first_name} did not see: {what}") from missing

    def says(self, who: Phone, text: str) -> None:
        """Type something."""
        self.tell(who, f"types {text}")
        who.say(text)

    def taps(self, who: Phone, label: str) -> None:
        """Tap a button; a patient reads before that."""
        if who is self.patient:
            self.clinic.timepiece.move(READING)
        self.tell(who, f"taps  [{label}]")
        who.tap(label)

    async def comes_in(self, who: Phone, link: str) -> None:
        """Open a one-time link."""
        self.tell(who, "opens the one-time link")
        who.open_link(link)


async def play() -> None:
    """Play the course from enrolment to repair.

    Raises:
        NotSeen: A step did not happen.
    """
    async with demo.opened() as clinic:
        story = Story(clinic)
        await _enrol(story)
        await _plan(story)
        for ratings in STEADY:
            await _next_session(story, ratings, "No")
        await _next_session(story, DROP, "A little")
        await _alert(story)
        for ratings in RECOVERY:
            await _next_session(story, ratings, "No")
        if (raised := len(await _alerts(story))) != 1:
            raise NotSeen(f"exactly one alert in the course; there were {raised}")
        if clinic.telegram.violations:
            raise NotSeen(f"a bot that keeps Telegram's rules: {clinic.telegram.violations[0]}")


async def _enrol(story: Story) -> None:
    await story.comes_in(story.coordinator, await story.clinic.invite("coordinator", "C-01"))
    await story.sees(story.coordinator, "What you can do here")
    for role, line in (("therapist", "therapist T-01"), ("patient", "patient P-017 T-01")):
        story.says(story.coordinator, f"/invite {line}")
        code = line.split()[1]
        await story.sees(story.coordinator, f"For {code}")
        link = next(
            word for word in story.coordinator.screen.text.split() if word.startswith("https://")
        )
        await story.comes_in(story.therapist if role == "therapist" else story.patient, link)
    await story.sees(story.therapist, "/session P-017")
    await story.sees(story.patient, "Do you agree?")
    story.taps(story.patient, "I agree")
    await story.sees(story.patient, "I will write after your next session")


async def _plan(story: Story) -> None:
    story.taps(story.coordinator, "Plan the sessions")
    await story.sees(story.coordinator, "on which day")
    story.taps(story.coordinator, "Tue")
    await story.sees(story.coordinator, "when does it begin")
    story.taps(story.coordinator, "14:00")
    await story.sees(story.coordinator, "every Tuesday")
    story.taps(story.coordinator, "Save")
    await story.sees(story.coordinator, "Kept.")


async def _next_session(story: Story, ratings: tuple[int, ...], felt: str) -> None:
    """Let time pass until the question comes, and answer it."""
    for _ in range(MOST_JUMPS):
        await story.clinic.jump()
        if await story.clinic.has_due_question():
            break
    await story.sees(story.patient, "A short check-in is ready.")
    for place, rating in enumerate(ratings, start=2):
        story.taps(story.patient, str(rating))
        expected = f"{place}/5"
        await story.until(story.patient, lambda p, want=expected: want in p.screen.text, expected)  # type: ignore[misc]
    story.taps(story.patient, felt)
    if felt != "No":
        await story.sees(story.patient, "And now?")
        story.taps(story.patient, "Sorted")
    await story.sees(story.patient, "Thank you.")


async def _alert(story: Story) -> None:
    await story.sees(story.therapist, "A check-in needs your attention.")
    story.taps(story.therapist, "Show")
    await story.sees(story.therapist, "The ratings fell")
    story.taps(story.therapist, "Seen")
    await story.sees(story.therapist, "Seen")
    await story.sees(story.patient, "Your therapist has seen your check-in.")


async def _alerts(story: Story) -> list[dict[str, object]]:
    async with story.clinic.bot.store.reading() as tx:
        return await alerts.overview(tx)


async def main() -> int:
    """Play it; 0 when every step was seen."""
    begun = time.monotonic()
    try:
        await play()
    except NotSeen as missing:
        print(f"The story broke off: {missing}")
        return 1
    print(f"Every step was seen, in {time.monotonic() - begun:.0f} seconds.")
    return 0
