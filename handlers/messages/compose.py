"""Letters get their words here, at sending, in the person's language."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from alliance.checkins.review import ANSWERABLE
from alliance.consent import Consent
from alliance.people.permissions import Action
from handlers.alerts import episode_screens
from handlers.alerts import screens as alert_screens
from handlers.app import access
from handlers.app.screen import Screen
from handlers.app.site import Site
from handlers.caseload import digest_screens, handover_screens
from handlers.checkins import current_screen
from handlers.checkins.current_screen import Ticket
from handlers.consent import screens as consent_screens
from handlers.consent.terms import terms_of
from handlers.messages import coordinator_notices
from handlers.messages.after_hiding import alert_shown_to, stays_behind
from handlers.people import enrolment_screens
from handlers.texts import say
from storage.alerts import alerts, episodes, escalations
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Tx
from storage.messages import shown_messages
from storage.messages.outbox import Letter
from storage.messages.shown_messages import Showing
from storage.people import accounts, patient_status, people
from storage.people.people import Person

ABOUT_CHECKINS = frozenset({"prompt", "again", "reminder"})
AGAIN = frozenset({"snooze", "alert_again"})
"""Notices of alerts that a therapist has had before."""

WITH_PICTURE = frozenset({"alert", "course"})
"""Showings that leave the chat as a whole; others are words that others replace."""


@dataclass(frozen=True, slots=True)
class Note:
    """A letter with its words.

    Attributes:
        telegram_id: Whose chat.
        screen: What it says.
        replaces: The message to put it in place of; None for a new message.
        away: The message with a picture that leaves the chat for it; None where none does.
        ticket: A link in it, to be kept before it is said; None where there is none.
    """

    telegram_id: int
    screen: Screen
    replaces: int | None = None
    away: Showing | None = None
    ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who gets a letter, in which chat, and what their site has decided."""

    person: Person
    telegram_id: int
    site: Site

    @property
    def consent(self) -> Consent:
        """What patients of this site agree to."""
        return self.site.consent


async def write(tx: Tx, letter: Letter, now: datetime, site: Site) -> Note | None:
    """Return a letter's words, or None when there is nothing left to say.

    What happened since it was posted decides: an answered check-in is not asked again, and
    an alert does not reach a therapist who no longer looks after the patient.
    """
    telegram_id = await accounts.of_person(tx, letter.person_id)
    if telegram_id is None:
        return None
    person = await people.by_id(tx, letter.person_id)
    if not access.has(ACTIONS[letter.kind], person):
        return None
    return await WRITERS[letter.kind](tx, letter, Addressee(person, telegram_id, site), now)


async def _question(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    holder = await checkins.by_id(tx, letter.subject_id)
    if holder is None or holder.checkin.state not in ANSWERABLE:
        return None
    if holder.checkin.closes_at <= now:
        return None
    decision, about = await consents.latest_with_version(tx, to.person.id)
    if decision != "agreed":
        return None
    if about != to.consent.version:
        return await _new_words(tx, to)
    shown = await current_screen.current(to.site, tx, holder, now)
    screen = shown.screen
    if letter.kind == "again":
        head = say(holder.language, "checkin.was_away")
        screen = replace(screen, text=f"{head}\n\n{screen.text}")
    return Note(to.telegram_id, screen, ticket=shown.ticket)


async def _new_words(tx: Tx, to: Addressee) -> Note | None:
    """Return what is to be agreed to first; the question follows once it is."""
    if to.consent.unfilled():
        return None
    terms = await terms_of(tx, to.person, to.consent)
    return Note(to.telegram_id, consent_screens.again(terms, agreed_before=True))


async def _tidied(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    """Return what replaces a check-in's message once it is closed or locked."""
    holder = await checkins.by_id(tx, letter.subject_id)
    if holder is None or holder.checkin.message_id is None:
        return None
    shown = await current_screen.current(to.site, tx, holder, now)
    replaces = holder.checkin.message_id
    return Note(to.telegram_id, shown.screen, replaces=replaces, ticket=shown.ticket)


async def _notice(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    """Return the notice of an alert; one that comes again comes only while it is open."""
    alert = await alert_shown_to(tx, to.person, letter.subject_id, now)
    if alert is None or (letter.kind in AGAIN and alert.seen_at is not None):
        return None
    return Note(to.telegram_id, alert_screens.notice(to.person.language, alert.id))


async def _unseen(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    """Return what a coordinator reads of an alert that nobody has seen: whom to remind, no more."""
    if not await alerts.is_open(tx, letter.subject_id):
        return None
    here, away = await escalations.whom_to_remind(tx, alert_id=letter.subject_id, at=now)
    what = "remind" if here else "away" if away else "nobody"
    said = say(to.person.language, f"unseen.{what}", therapists=", ".join(here or away))
    return Note(to.telegram_id, Screen(said))


async def _news(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    """Return the notice of news, unless it is none any more: an answer was changed meanwhile."""
    kept = await episodes.by_id(tx, letter.subject_id)
    alert = await alert_shown_to(tx, to.person, letter.subject_id, now)
    if kept is None or alert is None or not letter.key.startswith(f"{kept.episode.stage}:"):
        return None
    return Note(to.telegram_id, episode_screens.notice(to.person.language, kept.id))


async def _digest(_tx: Tx, letter: Letter, to: Addressee, _now: datetime) -> Note:
    day = date.fromisoformat(letter.key.split(":")[2])
    return Note(to.telegram_id, digest_screens.notice(to.person.language, day))


async def _hiding(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    """Return what stays behind when something opened leaves the chat of its own."""
    showing = await shown_messages.by_id(tx, letter.subject_id)
    if showing is None:
        return None
    screen = await stays_behind(tx, showing, to.person, now)
    if showing.kind in WITH_PICTURE:
        return Note(to.telegram_id, screen, away=showing)
    return Note(to.telegram_id, screen, replaces=showing.message_id)


async def _seen(_tx: Tx, _letter: Letter, to: Addressee, _now: datetime) -> Note:
    return Note(to.telegram_id, Screen(say(to.person.language, "seen.notice"), silent=True))


async def _handover(_tx: Tx, letter: Letter, to: Addressee, _now: datetime) -> Note:
    return Note(to.telegram_id, handover_screens.notice(to.person.language, letter.subject_id))


async def _state(_tx: Tx, _letter: Letter, to: Addressee, _now: datetime) -> Note | None:
    """Return where somebody stands; None where that is not told."""
    if to.person.state not in patient_status.TOLD:
        return None
    return Note(to.telegram_id, enrolment_screens.where_you_stand(to.person))


async def _restored(_tx: Tx, _letter: Letter, to: Addressee, _now: datetime) -> Note:
    return Note(to.telegram_id, Screen(say(to.person.language, "restored.therapist")))


async def _owed(tx: Tx, letter: Letter, to: Addressee, now: datetime) -> Note | None:
    screen = await coordinator_notices.write(tx, letter, to.person, now)
    return None if screen is None else Note(to.telegram_id, screen)


Writer = Callable[[Tx, Letter, Addressee, datetime], Awaitable[Note | None]]

WRITERS: dict[str, Writer] = {
    "prompt": _question,
    "again": _question,
    "reminder": _question,
    "close": _tidied,
    "lock": _tidied,
    "alert": _notice,
    "snooze": _notice,
    "alert_again": _notice,
    "unseen": _unseen,
    "episode": _news,
    "digest": _digest,
    "hide": _hiding,
    "seen": _seen,
    "handover": _handover,
    "state": _state,
    "restored": _restored,
    **dict.fromkeys(coordinator_notices.KINDS, _owed),
}
"""Letter kind to what finds its words; every kind in the outbox's ``LANES`` has one."""


ACTIONS: dict[str, Action] = {
    **dict.fromkeys(ABOUT_CHECKINS, Action.ANSWER),
    "seen": Action.ANSWER,
    "close": Action.BE_TIDIED,
    "lock": Action.BE_TIDIED,
    "hide": Action.BE_TIDIED,
    "alert": Action.SEE_ALERT,
    "snooze": Action.SEE_ALERT,
    "alert_again": Action.SEE_ALERT,
    "episode": Action.SEE_ALERT,
    "unseen": Action.HEAR_OF_TROUBLE,
    "digest": Action.READ_DIGEST,
    "state": Action.HEAR_OF_ONESELF,
    "handover": Action.SEE_HANDOVER,
    "restored": Action.HEAR_OF_RESTORE,
    **dict.fromkeys(coordinator_notices.KINDS, Action.HEAR_OF_TROUBLE),
}
"""Letter kind to the action that its reader must be allowed at the moment it is sent."""


async def delivered(tx: Tx, letter: Letter, message_id: int, now: datetime) -> int | None:
    """Note where a question now stands; return the earlier message that it replaces.

    A picture that has left the chat is noted as gone.
    """
    if letter.kind == "hide":
        showing = await shown_messages.by_id(tx, letter.subject_id)
        if showing is not None:
            await shown_messages.over(
                tx, person_id=showing.person_id, message_id=showing.message_id
            )
    if letter.kind not in ABOUT_CHECKINS:
        return None
    return await checkins.sent(tx, checkin_id=letter.subject_id, message_id=message_id, at=now)
