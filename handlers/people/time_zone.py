"""/zone: set a patient's time zone; the likely ones are offered as buttons."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen, code_of, in_rows
from handlers.calendar.plan_screens import zone_name
from handlers.conversations import parse_input
from handlers.conversations.flow import (
    DONE,
    Choice,
    Flow,
    Question,
    Step,
    begin,
    new_conversation,
)
from storage.calendar import plans
from storage.people import lookup, time_zones


async def on_zone(request: Request) -> None:
    """/zone P-017, or in one line: /zone P-017 Europe/Berlin."""
    async with request.transaction():
        await access.require_role(request)
        if not 1 <= len(request.args) <= 2:
            raise Refusal("zone.how")
        new_conversation(request, "zone")
        screen = await begin(FLOW, request, " ".join(request.args))

    request.services.wake_scheduler()
    await request.reply.send(screen)


async def _begin(request: Request, subject: str) -> str:
    code, _, zone = subject.partition(" ")
    patient = await lookup.patient_by_code(request.tx, code)
    request.conversation.filled.update(
        code=patient.code, who=code_of(patient, request.language), zone=patient.zone
    )
    return await _take_zone(request, zone) if zone else "zone"


async def _ask_zone(request: Request) -> Question:
    """Offer the time zone of the plan, the coordinator's own and the site's."""
    filled = request.conversation.filled
    patient = await lookup.patient_by_code(request.tx, filled["code"])
    plan = await plans.current(request.tx, patient_id=patient.id)
    likely = [] if plan is None else [plan.timetable.zone]
    likely += [request.person.zone, request.services.site.zone.key]
    choices = [Choice(zone, zone) for zone in dict.fromkeys(likely) if zone != patient.zone]
    current = zone_name(request.language, patient.zone)
    text = request.say("zone.ask", who=filled["who"], zone=current)
    return Question(text, in_rows(choices, 1))


async def _take_zone(request: Request, value: str) -> str:
    request.conversation.filled["zone"] = parse_input.parse_zone(value)
    return DONE


async def _finish(request: Request) -> Screen:
    filled = request.conversation.filled
    patient = await lookup.patient_by_code(request.tx, filled["code"])
    await time_zones.set_zone(request.change(), patient, filled["zone"])
    zone = zone_name(request.language, filled["zone"])
    return Screen(request.say("zone.kept", who=filled["who"], zone=zone))


FLOW = Flow(
    steps={"zone": Step(_ask_zone, _take_zone)},
    begin=_begin,
    finish=_finish,
    title=lambda request: request.say("zone.title", who=request.conversation.filled["who"]),
)
