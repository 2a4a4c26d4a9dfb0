"""A change in a therapist's caseload: first a neutral notice, then which patient, on a tap."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.caseload import handover_screens as screens
from handlers.taps import HandoverTap, unpack
from storage.people import care, people, relationships


async def on_care(request: Request) -> None:
    """Show which patient was assigned to or taken from this therapist."""
    tap = unpack(HandoverTap, request.data)

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        change = await care.by_id(tx, tap.care_id)
        if change is None:
            raise Refusal("stale_button")
        relations = relationships.to_care(
            therapist, therapist_id=change.therapist_id, is_over=change.to_at is not None
        )
        access.require_relation(request, relations)
        patient = await people.by_id(tx, change.patient_id)

    await request.reply.show(screens.change(Reader.of(therapist), change, patient))
