"""When somebody's sessions are: two taps and Save; everything else is the site's, or "More"."""

from datetime import timedelta
from itertools import islice

from alliance.calendar.holidays import holiday_on
from alliance.calendar.recurrence import occurrences
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import instant, zone_named
from alliance.errors import Refusal
from handlers import texts
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Button, Screen, in_rows
from handlers.calendar import plan_bounds, plan_screens, plan_steps
from handlers.calendar.owner import PlanOwner, owner_by_code
from handlers.calendar.plan_draft import draft_from, timetable_of
from handlers.calendar.plan_steps import next_step, today
from handlers.conversations import parse_input
from handlers.conversations.flow import (
    DONE,
    Choice,
    Flow,
    Question,
    Step,
    begin,
    match_choice,
    new_conversation,
)
from handlers.taps import BeginTap, OpenTap, pack
from storage.calendar import change_plans

SHOWN_SESSIONS = 3
"""How many of the coming sessions are shown before a plan is saved."""

A_YEAR = timedelta(days=366)
SAVE, STOP, YES = "save", "stop", "yes"
FIELDS = ("day", "time", "often", "first", "ends", "more")


async def on_plan(request: Request) -> None:
    """/plan P-017, or in one line: /plan P-017 mo,we 14:00 50 20 2w Europe/Berlin."""
    async with request.transaction():
        await access.require_role(request)
        if not request.args:
            raise Refusal("plan.how")
        new_conversation(request, "plan")
        screen = await begin(FLOW, request, " ".join(request.args))

    await request.reply.send(screen)


async def _owner(request: Request) -> PlanOwner:
    """Return whose plan the conversation is about."""
    return await owner_by_code(request.tx, request.conversation.filled["code"], request.language)


async def _begin(request: Request, subject: str) -> str:
    """Start from the current plan, and from what was typed in the same line."""
    code, *words = subject.split()
    owner = await owner_by_code(request.tx, code, request.language)
    filled = request.conversation.filled
    current = await owner.plan(request.tx)
    if current is not None and not words:
        filled.update(draft_from(current.timetable))
    else:
        filled["zone"] = owner.zone or request.services.site.zone.key
    filled.update(code=owner.code, who=owner.label)
    if owner.group_id is not None:
        filled["group"] = owner.group_id
    filled.update(parse_input.parse_plan_line(words, request.language, today=today(request)))
    return next_step(request)


async def _ask_confirm(request: Request) -> Question:
    """Show the plan in words, with its coming sessions."""
    owner = await _owner(request)
    current = await owner.plan(request.tx)
    timetable = timetable_of(request.conversation.filled, today=today(request))
    before = "" if current is None else _describe(request, current.timetable)
    after = _describe(request, timetable)
    key = "plan.confirm"
    if before:
        key = "plan.as_it_is" if before == after else "plan.change"
    days = _coming_days(request, timetable)
    dates = request.say("plan.coming", days=" · ".join(days)) if days else request.say("plan.empty")
    text = request.say(key, who=owner.label, plan=after, before=before)
    is_new = bool(days) and before != after
    save = [(Choice(SAVE, request.say("plan.save")),)] if is_new else []
    fields = [Choice(field, request.say(f"plan.set.{field}")) for field in FIELDS]
    stop = [(Choice(STOP, request.say("plan.stop")),)] if current is not None else []
    return Question(f"{text}\n\n{dates}", (*save, *in_rows(fields, 3), *stop))


def _describe(request: Request, timetable: Timetable) -> str:
    return plan_screens.describe_plan(
        request.language,
        timetable,
        request.services.site.defaults,
        today=today(request),
        group="group" in request.conversation.filled,
    )


def _coming_days(request: Request, timetable: Timetable) -> list[str]:
    """Return the days of the next sessions, without those on holidays."""
    now = request.now
    settings = timetable.resolve_settings(request.services.site.defaults)
    first = instant(timetable.first_day, timetable.wall_time, zone_named(timetable.zone))
    sessions = occurrences(
        timetable.rule,
        first_day=timetable.first_day,
        wall_time=timetable.wall_time,
        zone=timetable.zone,
        duration=settings.duration,
        after=now,
        until=max(now, first) + A_YEAR,
    )
    held = (one.day for one in sessions if holiday_on(settings.holidays, one.day) is None)
    return [texts.day(day, request.language) for day in islice(held, SHOWN_SESSIONS)]


async def _take_confirm(request: Request, value: str) -> str:
    chosen = match_choice(await _ask_confirm(request), value)
    return DONE if chosen == SAVE else chosen


async def _ask_stop(request: Request) -> Question:
    """Ask again before a plan ends."""
    yes = Choice(YES, request.say("plan.stop_it"))
    who = request.conversation.filled["who"]
    return Question(request.say("plan.ask_stop", who=who), ((yes,),))


async def _take_stop(request: Request, value: str) -> str:
    request.conversation.filled[STOP] = match_choice(await _ask_stop(request), value)
    return DONE


async def _finish(request: Request) -> Screen:
    """Save the plan in place of the current one, or end that; only the future changes."""
    owner = await _owner(request)
    if STOP in request.conversation.filled:
        return await _end(request, owner)
    timetable = timetable_of(request.conversation.filled, today=today(request))
    await change_plans.set_plan(
        request.change(), timetable, patient_id=owner.patient_id, group_id=owner.group_id
    )
    text = request.say("plan.saved", who=owner.label, plan=_describe(request, timetable))
    buttons = tuple(
        Button(request.say(key), pack(OpenTap(what, owner.code)))
        for key, what in (("group.sessions", "sessions"), ("group.week", "preview"))
    )
    if owner.zone in (None, timetable.zone):
        return Screen(text, (buttons,))
    return _with_zone_note(request, owner, Screen(text, (buttons,)))


async def _end(request: Request, owner: PlanOwner) -> Screen:
    """End the plan.

    Raises:
        Refusal: There is none.
    """
    plan = await owner.plan(request.tx)
    if plan is None or not await change_plans.end_plan(request.change(), plan):
        raise Refusal("plan.none_here", who=owner.label)
    return Screen(request.say("plan.stopped", who=owner.label))


def _with_zone_note(request: Request, owner: PlanOwner, screen: Screen) -> Screen:
    """Return a screen that also says in which other time zone a patient's quiet hours are."""
    zone = plan_screens.zone_name(request.language, str(owner.zone))
    text = request.say("plan.other_clocks", who=owner.label, zone=zone)
    change = Button(request.say("plan.change_clocks"), pack(BeginTap("zone", owner.code)))
    return Screen(f"{screen.text}\n\n{text}", (*screen.rows, (change,)))


FLOW = Flow(
    steps={
        **plan_steps.STEPS,
        **plan_bounds.STEPS,
        "confirm": Step(_ask_confirm, _take_confirm),
        STOP: Step(_ask_stop, _take_stop),
    },
    begin=_begin,
    finish=_finish,
    title=lambda request: request.say("plan.title", who=request.conversation.filled["who"]),
)
