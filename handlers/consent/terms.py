"""What one patient agrees to, and whether that is still to be done before anything is kept."""

from alliance.consent import Consent
from alliance.errors import Refusal
from handlers.app.screen import Screen
from handlers.app.services import Desk
from handlers.consent import screens
from handlers.consent.screens import Terms
from storage.consent import consents
from storage.database.tx import Tx
from storage.people import care
from storage.people.people import Person


async def terms_of(tx: Tx, patient: Person, consent: Consent) -> Terms:
    """Return the words as this patient reads them now."""
    therapists, leaders = await care.named_readers(tx, patient.id)
    return Terms(consent, patient.language, therapists, leaders)


async def outstanding(desk: Desk, tx: Tx, patient: Person) -> Screen | None:
    """Return what somebody is to read before anything of theirs is kept; None when nothing.

    Raises:
        Refusal: The site's words are not complete, so nobody can agree to them.
    """
    decision, about = await consents.latest_with_version(tx, patient.id)
    consent = desk.site.consent
    if decision == "agreed" and about == consent.version:
        return None
    if decision in ("declined", "withdrawn"):
        return screens.decided(patient.language, decision)
    if consent.unfilled():
        raise Refusal("consent.not_ready")
    terms = await terms_of(tx, patient, consent)
    return screens.again(terms, agreed_before=decision == "agreed")
