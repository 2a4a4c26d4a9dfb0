"""The terms for one patient, and whether they still have to be agreed to."""

from alliance.consent import Consent
from alliance.errors import Refusal
from handlers.app.screen import Screen
from handlers.consent import screens
from handlers.consent.screens import ConsentTerms
from storage.consent import consents
from storage.database.tx import Tx
from storage.people import care
from storage.people.people import Person


async def terms_of(tx: Tx, patient: Person, consent: Consent) -> ConsentTerms:
    """Return the terms for a patient, with the codes of those who read the answers now."""
    therapists, leaders = await care.reader_codes(tx, patient.id)
    return ConsentTerms(consent, patient.language, therapists, leaders)


async def pending_consent_screen(tx: Tx, patient: Person, consent: Consent) -> Screen | None:
    """Return what a patient must see before answers are saved; None if they have agreed.

    Raises:
        Refusal: The site's terms are incomplete, so nobody can agree to them.
    """
    decision, version = await consents.latest(tx, patient.id)
    if decision == "agreed" and version == consent.version:
        return None
    if decision in ("declined", "withdrawn"):
        return screens.decision_notice(patient.language, decision)
    if consent.unfilled_slots():
        raise Refusal("consent.not_ready")
    terms = await terms_of(tx, patient, consent)
    return screens.question_with_notice(terms, agreed_before=decision == "agreed")
