"""Compose the messages that patients get."""

from dataclasses import replace
from datetime import datetime

from alliance.checkins.review import ANSWERABLE
from handlers.app.screen import Screen
from handlers.checkins import current_screen
from handlers.consent import screens as consent_screens
from handlers.consent.terms import terms_of
from handlers.messages.outgoing import OutgoingMessage, Recipient
from handlers.people import enrolment_screens
from handlers.texts import say
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Tx
from storage.messages.payloads import AlertPayload, CheckinPayload, NoPayload
from storage.people import patient_status


async def compose_question(
    tx: Tx, payload: CheckinPayload, to: Recipient, now: datetime, *, heading: str = ""
) -> OutgoingMessage | None:
    """Return the question of an open check-in, or the new consent text if that must come first."""
    checkin = await checkins.by_id(tx, payload.checkin_id)
    if checkin is None or checkin.state not in ANSWERABLE or checkin.closes_at <= now:
        return None
    decision, version = await consents.latest(tx, to.person.id)
    if decision != "agreed":
        return None
    if version != to.consent.version:
        return await _compose_new_terms(tx, to)
    current = await current_screen.current_screen_with_link(to.site, tx, checkin, now)
    screen = replace(current.screen, text=f"{heading}{current.screen.text}")
    return OutgoingMessage(to.account_id, screen, page_link=current.page_link)


async def compose_question_again(
    tx: Tx, payload: CheckinPayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return the question, and above it that the bot was away."""
    heading = f"{say(to.language, 'checkin.was_away')}\n\n"
    return await compose_question(tx, payload, to, now, heading=heading)


async def _compose_new_terms(tx: Tx, to: Recipient) -> OutgoingMessage | None:
    """Return the new consent text; the question follows once the patient has agreed."""
    if to.consent.unfilled_slots():
        return None
    terms = await terms_of(tx, to.person, to.consent)
    screen = consent_screens.question_with_notice(terms, agreed_before=True)
    return OutgoingMessage(to.account_id, screen)


async def compose_closed_checkin(
    tx: Tx, payload: CheckinPayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return what a check-in's message shows from now on."""
    checkin = await checkins.by_id(tx, payload.checkin_id)
    if checkin is None or checkin.message_id is None:
        return None
    current = await current_screen.current_screen_with_link(to.site, tx, checkin, now)
    return OutgoingMessage(
        to.account_id, current.screen, replaces=checkin.message_id, page_link=current.page_link
    )


async def compose_seen_notice(
    _tx: Tx, _payload: AlertPayload, to: Recipient, _now: datetime
) -> OutgoingMessage:
    """Return that a therapist has seen what the patient answered."""
    return OutgoingMessage(to.account_id, Screen(say(to.language, "seen.notice"), silent=True))


async def compose_status(
    _tx: Tx, _payload: NoPayload, to: Recipient, _now: datetime
) -> OutgoingMessage | None:
    """Return the patient's status; None for one that patients are not notified of."""
    if to.person.state not in patient_status.NOTIFIED_STATES:
        return None
    return OutgoingMessage(to.account_id, enrolment_screens.status_notice(to.person))
