"""Agreeing, declining, withdrawing: each decision is kept, and holds at once."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.services import Context, Desk
from handlers.checkins import checkin
from handlers.consent import screens
from handlers.consent.terms import terms_of
from handlers.taps import ConsentTap, unpack
from storage.audit import audit_log
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Tx
from storage.people import end_of_treatment, people
from storage.people.people import Person

DECISIONS = ("agreed", "declined", "withdrawn")


async def on_consent(update: Update, context: Context) -> None:
    """A patient decides; it is kept with the version of the words, and holds at once.

    Who agrees is asked at once what has waited for it.
    """
    query, desk = access.tapped(update), context.desk
    tap = unpack(ConsentTap, query.data)
    if tap.decision not in DECISIONS:
        raise Refusal("stale_button")
    message_id = None if query.message is None else query.message.message_id

    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, query.from_user)
        terms = await terms_of(page.tx, patient, desk.site.consent)
        is_old = tap.decision == "agreed" and tap.version != desk.site.consent.version
        if not is_old and page.fresh:
            await _decide(desk, page.tx, patient, tap.decision, keep=message_id)
        holder = None
        if tap.decision == "agreed" and not is_old:
            holder = await checkins.open_of(page.tx, patient_id=patient.id, now=desk.now())

    desk.ring()
    if is_old:
        await replies.show(query, screens.asking(terms))
        return
    said = "agreed_now" if holder is not None else tap.decision
    await replies.show(query, screens.decided(patient.language, said))
    if holder is not None and query.message is not None:
        await checkin.bring_up(context, query.message.chat.id, holder)


async def _decide(desk: Desk, tx: Tx, patient: Person, decision: str, *, keep: int | None) -> None:
    """Keep a decision where it is one; a no ends what is open, whatever it was about.

    Raises:
        Refusal: The site's words are not complete.
    """
    latest, about = await consents.latest_with_version(tx, patient.id)
    consent, now = desk.site.consent, desk.now()
    is_same = latest == decision and about == consent.version and patient.state != "invited"
    if is_same or (decision == "withdrawn" and latest != "agreed"):
        return
    if decision == "agreed" and consent.unfilled():
        raise Refusal("consent.not_ready")
    await consents.record(
        tx,
        person_id=patient.id,
        decision=decision,
        version=consent.version,
        language=patient.language,
        at=now,
    )
    if decision == "agreed" and patient.state == "invited":
        await people.set_state(tx, person_id=patient.id, state="active")
    if decision != "agreed":
        await end_of_treatment.close_open(
            tx, person_id=patient.id, reason=f"consent {decision}", keep=keep, at=now
        )
    await audit_log.record(
        tx,
        actor_id=patient.id,
        action="consent.decided",
        subject_id=patient.id,
        after={"version": consent.version},
        at=now,
    )
