"""One course of therapy, played in the terminal: steady ratings, a drop, the alert, repair."""

import time
from collections.abc import Callable
from datetime import timedelta

from babel.dates import format_datetime

from bot.demo import clinic as demo
from bot.demo.clinic import DemoClinic
from bot.simulator import WAIT_SECONDS, Phone
from storage.alerts import alerts

STEADY = ((9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 8), (9, 9, 8, 9), (9, 8, 9, 9), (9, 9, 9, 9))
DROP = (5, 6, 2, 4)
RECOVERY = ((8, 8, 7, 8), (9, 9, 9, 9))
READING_TIME = timedelta(seconds=4)
MAX_JUMPS = 12


class StepFailed(Exception):
    """A step of the script did not happen; the message names it."""


class ScriptPlayer:
    """Plays the people, prints what happens, and checks each step."""

    def __init__(self, clinic: DemoClinic) -> None:
        self.clinic = clinic
        self.coordinator = clinic.telegram.phone(name="Coordinator")
        self.therapist = clinic.telegram.phone(name="Therapist")
        self.patient = clinic.telegram.phone(name="Patient")

    def print_line(self, who: Phone, what: str) -> None:
        """Print one line of the transcript, with the simulated time."""
        at = format_datetime(self.clinic.clock.now(), "EEE d MMM HH:mm", locale="en")
        print(f"{at}  {who.person.first_name:<12} {what}")

    async def wait_for_text(self, who: Phone, text: str) -> None:
        """Wait until the last message contains a text, and print it."""
        await self.wait_until(who, lambda phone: text in phone.screen.text, text)
        lines = [line for line in who.screen.text.splitlines() if line]
        self.print_line(who, f"sees  {' / '.join(lines)}")

    async def wait_until(self, who: Phone, holds: Callable[[Phone], bool], what: str) -> None:
        """Wait until a condition holds on a phone.

        Raises:
            StepFailed: It does not hold in time.
        """
        try:
            await who.wait_until(holds, WAIT_SECONDS)
        except AssertionError as error:
            raise StepFailed(f"{who.person.first_name} did not see: {what}") from error

    def type_text(self, who: Phone, text: str) -> None:
        """Type a text."""
        self.print_line(who, f"types {text}")
        who.say(text)

    def tap(self, who: Phone, label: str) -> None:
        """Tap a button; the patient first takes time to read."""
        if who is self.patient:
            self.clinic.clock.advance(READING_TIME)
        self.print_line(who, f"taps  [{label}]")
        who.tap(label)

    async def open_link(self, who: Phone, link: str) -> None:
        """Open a one-time link."""
        self.print_line(who, "opens the one-time link")
        who.open_link(link)


async def play() -> None:
    """Play the course from enrolment to repair.

    Raises:
        StepFailed: A step did not happen.
    """
    async with demo.open_clinic() as clinic:
        player = ScriptPlayer(clinic)
        await _play_enrolment(player)
        await _play_planning(player)
        for ratings in STEADY:
            await _play_next_session(player, ratings, "No")
        await _play_next_session(player, DROP, "A little")
        await _play_alert(player)
        for ratings in RECOVERY:
            await _play_next_session(player, ratings, "No")
        if (raised := len(await _list_alerts(player))) != 1:
            raise StepFailed(f"the course raised {raised} alerts instead of one")
        if clinic.telegram.violations:
            raise StepFailed(f"the bot broke a rule of Telegram: {clinic.telegram.violations[0]}")


async def _play_enrolment(player: ScriptPlayer) -> None:
    await player.open_link(player.coordinator, await player.clinic.invite("coordinator", "C-01"))
    await player.wait_for_text(player.coordinator, "What you can do here")
    for role, line in (("therapist", "therapist T-01"), ("patient", "patient P-017 T-01")):
        player.type_text(player.coordinator, f"/invite {line}")
        code = line.split()[1]
        await player.wait_for_text(player.coordinator, f"One-time link for {code}")
        link = next(
            word for word in player.coordinator.screen.text.split() if word.startswith("https://")
        )
        await player.open_link(player.therapist if role == "therapist" else player.patient, link)
    await player.wait_for_text(player.therapist, "/session P-017")
    await player.wait_for_text(player.patient, "Do you agree?")
    player.tap(player.patient, "I agree")
    await player.wait_for_text(player.patient, "I will message you after your next session")


async def _play_planning(player: ScriptPlayer) -> None:
    player.tap(player.coordinator, "Plan the sessions")
    await player.wait_for_text(player.coordinator, "on which day")
    player.tap(player.coordinator, "Tue")
    await player.wait_for_text(player.coordinator, "what time does it start")
    player.tap(player.coordinator, "14:00")
    await player.wait_for_text(player.coordinator, "every Tuesday")
    player.tap(player.coordinator, "Save")
    await player.wait_for_text(player.coordinator, "Saved.")


async def _play_next_session(player: ScriptPlayer, ratings: tuple[int, ...], felt: str) -> None:
    """Advance until the check-in arrives, and answer it."""
    for _ in range(MAX_JUMPS):
        await player.clinic.jump_to_next_event()
        if await player.clinic.has_due_question():
            break
    await player.wait_for_text(player.patient, "A short check-in is ready.")
    for place, rating in enumerate(ratings, start=2):
        player.tap(player.patient, str(rating))
        expected = f"{place}/5"
        await player.wait_until(
            player.patient,
            lambda phone, want=expected: want in phone.screen.text,  # type: ignore[misc]
            expected,
        )
    player.tap(player.patient, felt)
    if felt != "No":
        await player.wait_for_text(player.patient, "And now?")
        player.tap(player.patient, "Sorted")
    await player.wait_for_text(player.patient, "Thank you.")


async def _play_alert(player: ScriptPlayer) -> None:
    await player.wait_for_text(player.therapist, "A check-in needs your attention.")
    player.tap(player.therapist, "Show")
    await player.wait_for_text(player.therapist, "The ratings fell")
    player.tap(player.therapist, "Seen")
    await player.wait_for_text(player.therapist, "Seen")
    await player.wait_for_text(player.patient, "Your therapist has seen your check-in.")


async def _list_alerts(player: ScriptPlayer) -> list[dict[str, object]]:
    async with player.clinic.bot.store.read_transaction() as tx:
        return await alerts.overview(tx)


async def main() -> int:
    """Play the script; return 0 if every step succeeded."""
    begun = time.monotonic()
    try:
        await play()
    except StepFailed as error:
        print(f"The script failed: {error}")
        return 1
    print(f"Every step succeeded, in {time.monotonic() - begun:.0f} seconds.")
    return 0
