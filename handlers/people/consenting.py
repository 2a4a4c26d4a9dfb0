"""A patient agrees to the terms, declines them, or withdraws."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.checkins import checkin
from handlers.consent import screens
from handlers.consent.terms import terms_of
from handlers.taps import ConsentTap, unpack
from storage.checkins import checkins
from storage.consent.decide import DECISIONS, decide


async def on_consent(request: Request) -> None:
    """Record a patient's decision about the terms they have read; it takes effect at once.

    Somebody who agrees gets an open check-in right away. Terms that are no longer current
    cannot be agreed to; the current ones are shown instead.
    """
    tap, consent = unpack(ConsentTap, request.data), request.services.site.consent
    if tap.decision not in DECISIONS:
        raise Refusal("stale_button")

    async with request.transaction() as tx:
        patient = await access.require_role(request)
        terms = await terms_of(tx, patient, consent)
        is_outdated = tap.decision == "agreed" and tap.version != consent.version
        if not is_outdated and request.is_new:
            tapped = None if request.message is None else request.message.message_id
            await decide(request.change(), patient, tap.decision, consent, except_message_id=tapped)
        open_checkin = None
        if tap.decision == "agreed" and not is_outdated:
            open_checkin = await checkins.open_of(tx, patient_id=patient.id, now=request.now)

    request.services.wake_sender()
    if is_outdated:
        await request.reply.show(screens.question(terms))
        return
    outcome = tap.decision if open_checkin is None else "agreed_now"
    await request.reply.show(screens.decision_notice(patient.language, outcome))
    if open_checkin is not None and request.message is not None:
        await checkin.repost_checkin(request, open_checkin)
