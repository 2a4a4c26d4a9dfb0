"""Screens that coordinators get unasked: problems, and the daily heartbeat."""

from datetime import time

from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.people.screens import person_button
from handlers.taps import HeartbeatTap, UnreachableTap, pack
from handlers.texts import say
from storage.messages.heartbeats import DayCounts
from storage.messages.kinds_and_priorities import Trouble
from storage.people.people import Person

OFF = "off"
DEFAULT_TIME = "08:00"
TIMES = ("07:00", "08:00", "09:00", "12:00", "16:00", "18:00")


def person_notice(language: str, trouble: Trouble, person: Person) -> Screen:
    """Return the trouble with one person, with a button that opens their card."""
    text = say(language, f"trouble.{trouble}", code=code_of(person, language))
    return Screen(text, ((person_button(person, "card", say(language, "card.show")),),))


def clock_notice(language: str, minutes: int, trouble: Trouble = Trouble.LATE) -> Screen:
    """Return that the scheduler stood still or the clock was set back, and for how long."""
    hours, rest = divmod(minutes, 60)
    key = f"trouble.{trouble}_hours" if hours else f"trouble.{trouble}"
    return Screen(say(language, key, hours=hours, minutes=rest))


def heartbeat_report(
    language: str, counts: DayCounts, *, unreachable: int, checkpoint: str
) -> Screen:
    """Return a day's counts, and the checkpoint that proves the audit log up to now."""
    text = say(
        language,
        "heartbeat.letter",
        asked=counts.asked,
        answered=counts.answered,
        missed=counts.missed,
        failed=counts.failed,
        unreachable=unreachable,
        mark=checkpoint,
    )
    if not unreachable:
        return Screen(text)
    return Screen(text, ((Button(say(language, "unreachable.back"), pack(UnreachableTap("0"))),),))


def heartbeat_settings(language: str, at: time | None) -> Screen:
    """Return whether and when a heartbeat is sent, with buttons to change that."""
    now = "" if at is None else f"{at:%H:%M}"
    text = say(language, "heartbeat.off") if at is None else say(language, "heartbeat.at", time=now)
    buttons = [Button(f"• {one}" if one == now else one, pack(HeartbeatTap(one))) for one in TIMES]
    off = (
        () if at is None else ((Button(say(language, "heartbeat.none"), pack(HeartbeatTap(OFF))),),)
    )
    return Screen(text, (*in_rows(buttons, 3), *off))
