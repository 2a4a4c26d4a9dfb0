"""A therapist is told that their caseload has changed: neutrally at first, then on a tap."""

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.desk import Context
from handlers.screens import handover as screens
from handlers.taps import CareTap, unpack
from storage import care, people, relations


async def on_care(update: Update, context: Context) -> None:
    """Show which patient came or left; what is not the therapist's own does not exist."""
    query = guard.tapped(update)
    tap = unpack(CareTap, query.data)

    async with context.desk.keeping(update) as page:
        therapist = await guard.admitted(context, page.tx, query.from_user)
        changed = await care.by_id(page.tx, tap.care_id)
        if changed is None:
            raise Refusal("stale_button")
        is_over = changed.to_at is not None
        theirs = relations.to_care(therapist, therapist_id=changed.therapist_id, is_over=is_over)
        guard.allow(context, therapist, theirs)
        patient = await people.by_id(page.tx, changed.patient_id)

    screen = screens.change(therapist.language, therapist.zone, changed, patient)
    await replies.show(query, screen)
