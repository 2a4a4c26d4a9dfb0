"""A therapist is told that their caseload has changed: neutrally at first, then on a tap."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.services import Context
from handlers.caseload import handover_screens as screens
from handlers.taps import CareTap, unpack
from storage.people import care, people, relationships


async def on_care(update: Update, context: Context) -> None:
    """Show which patient came or left; what is not the therapist's own does not exist."""
    query = access.tapped(update)
    tap = unpack(CareTap, query.data)

    async with context.desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        changed = await care.by_id(page.tx, tap.care_id)
        if changed is None:
            raise Refusal("stale_button")
        is_over = changed.to_at is not None
        theirs = relationships.to_care(
            therapist, therapist_id=changed.therapist_id, is_over=is_over
        )
        access.allow(context, therapist, theirs)
        patient = await people.by_id(page.tx, changed.patient_id)

    screen = screens.change(therapist.language, therapist.zone, changed, patient)
    await replies.show(query, screen)
