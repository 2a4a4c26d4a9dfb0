"""By whose clocks somebody lives: a question with the likely answers as buttons."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen, code_of, in_rows
from handlers.app.services import Context
from handlers.calendar.changes import note
from handlers.calendar.plan_screens import zone_name
from handlers.conversations import parse_input
from handlers.conversations.flow import DONE, Choice, Flow, Question, Step, Turn, begin
from handlers.people.invite import patient_named
from storage.calendar import plans
from storage.people import time_zones


async def on_zone(update: Update, context: Context) -> None:
    """/zone P-017, or in one line: /zone P-017 Europe/Berlin."""
    message, desk = access.written(update), context.desk

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, access.writer(message))
        if not context.args or len(context.args) > 2:
            raise Refusal("zone.how")
        turn = Turn.new("zone", update, context, page, person)
        screen = await begin(FLOW, turn, " ".join(context.args))

    desk.knock()
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _begin(turn: Turn, subject: str) -> str:
    code, _, zone = subject.partition(" ")
    patient = await patient_named(turn.tx, code)
    turn.filled.update(code=patient.code, who=code_of(patient, turn.language), zone=patient.zone)
    return await _take_zone(turn, zone) if zone else "zone"


async def _ask_zone(turn: Turn) -> Question:
    """Offer the zone of the plan, the coordinator's own and the site's."""
    patient = await patient_named(turn.tx, turn.filled["code"])
    plan = await plans.current(turn.tx, patient.id)
    likely = [] if plan is None else [plan.timetable.zone]
    likely += [turn.person.zone, turn.desk.site.zone.key]
    choices = [Choice(zone, zone) for zone in dict.fromkeys(likely) if zone != patient.zone]
    now = zone_name(turn.language, patient.zone)
    text = turn.say("zone.ask", who=turn.filled["who"], zone=now)
    return Question(text, in_rows(choices, 1))


async def _take_zone(turn: Turn, value: str) -> str:
    turn.filled["zone"] = parse_input.read_zone(value)
    return DONE


async def _finish(turn: Turn) -> Screen:
    patient, zone = await patient_named(turn.tx, turn.filled["code"]), turn.filled["zone"]
    if await time_zones.set_zone(turn.tx, person_id=patient.id, zone=zone, at=turn.now):
        before, after = {"zone": patient.zone}, {"zone": zone}
        await note(turn, patient.id, action="person.zone_set", before=before, after=after)
    words = turn.say("zone.kept", who=turn.filled["who"], zone=zone_name(turn.language, zone))
    return Screen(words)


FLOW = Flow(
    steps={"zone": Step(_ask_zone, _take_zone)},
    begin=_begin,
    finish=_finish,
    title=lambda turn: turn.say("zone.title", who=turn.filled["who"]),
)
