"""What coordinators are told without having asked: trouble, and a daily sign of life."""

from datetime import time

from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.people.screens import do
from handlers.taps import HeartbeatTap, ReachTap, pack
from handlers.texts import say
from storage.messages.heartbeats import Counts
from storage.people.people import Person

OFF = "off"
USUAL = "08:00"
TIMES = ("07:00", "08:00", "09:00", "12:00", "16:00", "18:00")


def about_somebody(language: str, what: str, person: Person) -> Screen:
    """Return the trouble with one person, and the way to their card."""
    text = say(language, f"trouble.{what}", code=code_of(person, language))
    return Screen(text, ((do(person, "card", say(language, "card.show")),),))


def late(language: str, minutes: int, what: str = "late") -> Screen:
    """Return that the clock stood still or was set back, and by how much."""
    hours, rest = divmod(minutes, 60)
    key = f"trouble.{what}_hours" if hours else f"trouble.{what}"
    return Screen(say(language, key, hours=hours, minutes=rest))


def sign_of_life(language: str, counts: Counts, *, unreachable: int, mark: str) -> Screen:
    """Return what a day was like, in counts, and the mark that proves the log up to now."""
    text = say(
        language,
        "heartbeat.letter",
        asked=counts.asked,
        answered=counts.answered,
        missed=counts.missed,
        failed=counts.failed,
        unreachable=unreachable,
        mark=mark,
    )
    if not unreachable:
        return Screen(text)
    return Screen(text, ((Button(say(language, "unreachable.back"), pack(ReachTap("0"))),),))


def heartbeat(language: str, at: time | None) -> Screen:
    """Return whether and when a sign of life comes, with buttons to change that."""
    now = "" if at is None else f"{at:%H:%M}"
    text = say(language, "heartbeat.off") if at is None else say(language, "heartbeat.at", time=now)
    buttons = [Button(f"• {one}" if one == now else one, pack(HeartbeatTap(one))) for one in TIMES]
    off = (
        () if at is None else ((Button(say(language, "heartbeat.none"), pack(HeartbeatTap(OFF))),),)
    )
    return Screen(text, (*in_rows(buttons, 3), *off))
