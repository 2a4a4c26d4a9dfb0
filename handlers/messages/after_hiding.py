"""What stays behind in a chat when something that was opened leaves it of its own."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from alliance.calendar.timing import zone_named
from alliance.people.permissions import Action
from handlers.alerts import episode_screens
from handlers.alerts import screens as alert_screens
from handlers.app import access
from handlers.app.screen import Screen
from handlers.caseload import caseload_screens as glance_screens
from handlers.caseload import course_screens, digest_screens
from handlers.caseload import group_overview_screens as group_screens
from storage.alerts import alerts
from storage.alerts.alerts import Alert
from storage.database.tx import Tx
from storage.groups import groups
from storage.messages.shown_messages import Showing, ShowingKind
from storage.people import relationships
from storage.people.people import Person


async def stays_behind(tx: Tx, showing: Showing, person: Person, now: datetime) -> Screen:
    """Return it with the way back, or without one where it is theirs no longer."""
    screen = None
    if access.has(SHOWN[showing.kind], person):
        screen = await STAYS[showing.kind](tx, showing.subject_id, person, now)
    return alert_screens.put_away(person.language) if screen is None else screen


async def alert_shown_to(tx: Tx, person: Person, alert_id: str, now: datetime) -> Alert | None:
    """Return an alert if somebody may see it now; None where it is theirs no longer."""
    alert = await alerts.by_id(tx, alert_id)
    if alert is None:
        return None
    theirs = await relationships.to_checkin(tx, person, alert.checkin_id, at=now)
    return alert if access.may(SHOWN["alert"], person, theirs) else None


async def _alert(tx: Tx, alert_id: str, person: Person, now: datetime) -> Screen | None:
    alert = await alert_shown_to(tx, person, alert_id, now)
    if alert is None:
        return None
    reader = alert_screens.Reader(person.language, zone_named(person.zone))
    return alert_screens.hidden(reader, alert)


async def _episode(tx: Tx, episode_id: str, person: Person, now: datetime) -> Screen | None:
    if await alert_shown_to(tx, person, episode_id, now) is None:
        return None
    return episode_screens.put_away(person.language, episode_id)


async def _course(tx: Tx, patient_id: str, person: Person, now: datetime) -> Screen | None:
    theirs = await relationships.to_patient(tx, person, patient_id, at=now)
    if not access.may(SHOWN["course"], person, theirs):
        return None
    return course_screens.put_away(person.language, patient_id)


async def _group(tx: Tx, group_id: str, person: Person, now: datetime) -> Screen | None:
    group = await groups.by_id(tx, group_id)
    theirs = await relationships.to_group(tx, person, group_id, at=now)
    if group is None or not access.may(SHOWN["group"], person, theirs):
        return None
    return group_screens.put_away(person.language, group)


async def _caseload(_tx: Tx, _subject_id: str, person: Person, _now: datetime) -> Screen:
    return glance_screens.put_away(person.language)


async def _digest(_tx: Tx, day: str, person: Person, _now: datetime) -> Screen:
    return digest_screens.put_away(person.language, date.fromisoformat(day))


async def _words(_tx: Tx, _subject_id: str, _person: Person, _now: datetime) -> None:
    """Return nothing: there is a way back from the alert, or the course."""


SHOWN: dict[ShowingKind, Action] = {
    "alert": Action.SEE_ALERT,
    "course": Action.SEE_COURSE,
    "caseload": Action.SEE_CASELOAD,
    "group": Action.SEE_GROUP,
    "episode": Action.SEE_ALERT,
    "digest": Action.READ_DIGEST,
    "words": Action.SEE_ALERT,
}
"""What was shown to the action that shows it again."""

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
