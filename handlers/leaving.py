"""What stays behind in a chat when something that was opened leaves it of its own."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from alliance.cadence import zone_named
from handlers.screens import Screen
from handlers.screens import alert as alert_screens
from handlers.screens import course as course_screens
from handlers.screens import digest as digest_screens
from handlers.screens import episode as episode_screens
from handlers.screens import glance as glance_screens
from handlers.screens import group as group_screens
from storage import alerts, caseloads
from storage.alerts import Alert
from storage.people import Person
from storage.showings import Showing, ShowingKind
from storage.tx import Tx


async def stays_behind(tx: Tx, showing: Showing, person: Person, now: datetime) -> Screen:
    """Return it with the way back, or without one where it is theirs no longer."""
    screen = await STAYS[showing.kind](tx, showing.subject_id, person, now)
    return alert_screens.put_away(person.language) if screen is None else screen


async def _alert(tx: Tx, alert_id: str, person: Person, now: datetime) -> Screen | None:
    alert = await _theirs(tx, alert_id, person, now)
    if alert is None:
        return None
    reader = alert_screens.Reader(person.language, zone_named(person.zone))
    return alert_screens.hidden(reader, alert)


async def _episode(tx: Tx, episode_id: str, person: Person, now: datetime) -> Screen | None:
    if await _theirs(tx, episode_id, person, now) is None:
        return None
    return episode_screens.put_away(person.language, episode_id)


async def _theirs(tx: Tx, alert_id: str, person: Person, now: datetime) -> Alert | None:
    return await alerts.for_therapist(tx, alert_id=alert_id, therapist_id=person.id, at=now)


async def _course(tx: Tx, patient_id: str, person: Person, now: datetime) -> Screen | None:
    if not await caseloads.is_theirs(tx, patient_id=patient_id, therapist_id=person.id, at=now):
        return None
    return course_screens.put_away(person.language, patient_id)


async def _group(tx: Tx, group_id: str, person: Person, now: datetime) -> Screen | None:
    led = await caseloads.groups_of(tx, therapist_id=person.id, at=now)
    found = [group for group in led if group.id == group_id]
    return group_screens.put_away(person.language, found[0]) if found else None


async def _caseload(_tx: Tx, _subject_id: str, person: Person, _now: datetime) -> Screen:
    return glance_screens.put_away(person.language)


async def _digest(_tx: Tx, day: str, person: Person, _now: datetime) -> Screen:
    return digest_screens.put_away(person.language, date.fromisoformat(day))


async def _words(_tx: Tx, _subject_id: str, _person: Person, _now: datetime) -> None:
    """Return nothing: there is a way back from the alert, or the course."""


Staying = Callable[[Tx, str, Person, datetime], Awaitable[Screen | None]]

STAYS: dict[ShowingKind, Staying] = {
    "alert": _alert,
    "course": _course,
    "caseload": _caseload,
    "group": _group,
    "episode": _episode,
    "digest": _digest,
    "words": _words,
}
"""What was shown to what finds the words that stay; None where the way back is closed."""
