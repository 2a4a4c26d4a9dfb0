"""What is left behind in a chat when a message with answers is removed from it."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from alliance.people.permissions import Action
from handlers.alerts import episode_screens
from handlers.alerts import screens as alert_screens
from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.screen import Screen
from handlers.caseload import caseload_screens, course_screens, digest_screens
from handlers.caseload import group_overview_screens as group_screens
from storage.alerts import alerts
from storage.alerts.alerts import Alert
from storage.database.tx import Tx
from storage.groups import groups
from storage.messages.shown_messages import ShownMessage, ShownMessageKind
from storage.people import relationships
from storage.people.people import Person


async def placeholder_for(tx: Tx, shown: ShownMessage, person: Person, now: datetime) -> Screen:
    """Return the placeholder, with a button to show it again if they still may see it."""
    screen = None
    if access.role_has(ACTIONS_TO_SHOW[shown.kind], person):
        screen = await PLACEHOLDER_BUILDERS[shown.kind](tx, shown.subject_id, person, now)
    return alert_screens.placeholder(person.language) if screen is None else screen


async def visible_alert(tx: Tx, person: Person, alert_id: str, now: datetime) -> Alert | None:
    """Return an alert if somebody may see it now, else None."""
    alert = await alerts.by_id(tx, alert_id)
    if alert is None:
        return None
    relations = await relationships.to_checkin(tx, person, alert.checkin_id, at=now)
    return alert if access.may(ACTIONS_TO_SHOW[ShownMessageKind.ALERT], person, relations) else None


async def _alert(tx: Tx, alert_id: str, person: Person, now: datetime) -> Screen | None:
    alert = await visible_alert(tx, person, alert_id, now)
    if alert is None:
        return None
    return alert_screens.hidden_alert(Reader.of(person), alert)


async def _episode(tx: Tx, episode_id: str, person: Person, now: datetime) -> Screen | None:
    if await visible_alert(tx, person, episode_id, now) is None:
        return None
    return episode_screens.placeholder(person.language, episode_id)


async def _course(tx: Tx, patient_id: str, person: Person, now: datetime) -> Screen | None:
    relations = await relationships.to_patient(tx, person, patient_id, at=now)
    if not access.may(ACTIONS_TO_SHOW[ShownMessageKind.COURSE], person, relations):
        return None
    return course_screens.placeholder(person.language, patient_id)


async def _group(tx: Tx, group_id: str, person: Person, now: datetime) -> Screen | None:
    group = await groups.by_id(tx, group_id)
    relations = await relationships.to_group(tx, person, group_id, at=now)
    if group is None or not access.may(ACTIONS_TO_SHOW[ShownMessageKind.GROUP], person, relations):
        return None
    return group_screens.placeholder(person.language, group)


async def _caseload(_tx: Tx, _subject_id: str, person: Person, _now: datetime) -> Screen:
    return caseload_screens.placeholder(person.language)


async def _digest(_tx: Tx, day: str, person: Person, _now: datetime) -> Screen:
    return digest_screens.placeholder(person.language, date.fromisoformat(day))


async def _words(_tx: Tx, _subject_id: str, _person: Person, _now: datetime) -> None:
    """Return None: comments are opened from the alert or the course."""


ACTIONS_TO_SHOW: dict[ShownMessageKind, Action] = {
    ShownMessageKind.ALERT: Action.SEE_ALERT,
    ShownMessageKind.COURSE: Action.SEE_COURSE,
    ShownMessageKind.CASELOAD: Action.SEE_CASELOAD,
    ShownMessageKind.GROUP: Action.SEE_GROUP,
    ShownMessageKind.EPISODE: Action.SEE_ALERT,
    ShownMessageKind.DIGEST: Action.READ_DIGEST,
    ShownMessageKind.WORDS: Action.SEE_ALERT,
}
"""What was shown to the action that shows it."""

PlaceholderBuilder = Callable[[Tx, str, Person, datetime], Awaitable[Screen | None]]

PLACEHOLDER_BUILDERS: dict[ShownMessageKind, PlaceholderBuilder] = {
    ShownMessageKind.ALERT: _alert,
    ShownMessageKind.COURSE: _course,
    ShownMessageKind.CASELOAD: _caseload,
    ShownMessageKind.GROUP: _group,
    ShownMessageKind.EPISODE: _episode,
    ShownMessageKind.DIGEST: _digest,
    ShownMessageKind.WORDS: _words,
}
"""What was shown to the function that builds its placeholder; None if they may not see it."""
