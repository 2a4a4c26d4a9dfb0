"""Letters get their words here, at sending, in the person's language."""

from dataclasses import dataclass
from datetime import datetime

from alliance.review import ANSWERABLE
from handlers import owed
from handlers.screens import Screen
from handlers.screens import alert as alert_screens
from handlers.screens import caseload as caseload_screens
from handlers.screens import checkin as checkin_screens
from handlers.screens import enrolment as enrolment_screens
from handlers.texts import say
from storage import alerts, checkins, people, standing
from storage.outbox import Letter
from storage.people import Person
from storage.tx import Tx

ABOUT_CHECKINS = frozenset({"prompt", "again", "reminder"})
TIDYING = frozenset({"close", "lock"})


@dataclass(frozen=True, slots=True)
class Note:
    """A letter with its words.

    Attributes:
        telegram_id: Whose chat.
        screen: What it says.
        replaces: The message to put it in place of; None for a new message.
    """

    telegram_id: int
    screen: Screen
    replaces: int | None = None


async def write(tx: Tx, letter: Letter, now: datetime) -> Note | None:
    """Return a letter's words, or None when there is nothing left to say.

    What happened since it was posted decides: an answered check-in is not asked again, and
    an alert does not reach a therapist who no longer looks after the patient.
    """
    telegram_id = await people.telegram_id_of(tx, letter.person_id)
    if telegram_id is None:
        return None
    person = await people.by_id(tx, letter.person_id)
    if letter.kind in ABOUT_CHECKINS:
        screen = await _question(tx, letter, now)
        return None if screen is None else Note(telegram_id, screen)
    if letter.kind in TIDYING:
        return await _tidied(tx, letter, telegram_id, now)
    said = await _said(tx, letter, person, now)
    return None if said is None else Note(telegram_id, said)


async def _said(tx: Tx, letter: Letter, person: Person, now: datetime) -> Screen | None:
    """Return what a letter says that is not about an open question."""
    if letter.kind in owed.KINDS:
        return await owed.write(tx, letter, person, now)
    match letter.kind:
        case "alert":
            alert = await alerts.for_therapist(
                tx, alert_id=letter.subject_id, therapist_id=letter.person_id, at=now
            )
            notice = alert_screens.notice(person.language, letter.subject_id)
            return None if alert is None else notice
        case "seen":
            return Screen(say(person.language, "seen.notice"), silent=True)
        case "caseload":
            return caseload_screens.notice(person.language, letter.subject_id)
        case "state":
            told = person.state in standing.TOLD
            return enrolment_screens.where_you_stand(person) if told else None
    raise LookupError(f"nobody writes letters of kind {letter.kind}")


async def _question(tx: Tx, letter: Letter, now: datetime) -> Screen | None:
    holder = await checkins.by_id(tx, letter.subject_id)
    if holder is None or holder.checkin.state not in ANSWERABLE:
        return None
    if holder.checkin.closes_at <= now:
        return None
    screen = checkin_screens.question(holder, now)
    if letter.kind == "again":
        head = say(holder.language, "checkin.was_away")
        screen = Screen(f"{head}\n\n{screen.text}", screen.rows)
    return screen


async def _tidied(tx: Tx, letter: Letter, telegram_id: int, now: datetime) -> Note | None:
    """Return what replaces a check-in's message once it is closed or locked."""
    holder = await checkins.by_id(tx, letter.subject_id)
    if holder is None or holder.checkin.message_id is None:
        return None
    screen = checkin_screens.current(holder, now)
    return Note(telegram_id, screen, replaces=holder.checkin.message_id)


async def delivered(tx: Tx, letter: Letter, message_id: int, now: datetime) -> int | None:
    """Note where a question now stands; return the earlier message that it replaces."""
    if letter.kind not in ABOUT_CHECKINS:
        return None
    return await checkins.sent(tx, checkin_id=letter.subject_id, message_id=message_id, at=now)
