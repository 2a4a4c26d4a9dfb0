"""When somebody's sessions are: two taps and Save; all else is as the site has it, or "More"."""

from datetime import timedelta
from itertools import islice

from telegram import Update

from alliance.calendar.holidays import holiday_on
from alliance.calendar.recurrence import occurrences
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import instant, zone_named
from alliance.errors import Refusal
from handlers import texts
from handlers.app import access, replies
from handlers.app.screen import Button, Screen, in_rows
from handlers.app.services import Context
from handlers.calendar import changes, plan_bounds, plan_steps
from handlers.calendar import plan_screens as words
from handlers.calendar.owner import Party, party_named
from handlers.calendar.plan_draft import filled_from, timetable_of
from handlers.calendar.plan_steps import onward, today
from handlers.conversations import parse_input
from handlers.conversations.flow import DONE, Choice, Flow, Question, Step, Turn, begin, offered
from handlers.taps import BeginTap, OpenTap, pack

COMING = 3
"""How many of the coming sessions a plan is read back with."""

A_YEAR = timedelta(days=366)
SAVE, STOP, YES = "save", "stop", "yes"
FIELDS = ("day", "time", "often", "first", "ends", "more")


async def on_plan(update: Update, context: Context) -> None:
    """/plan P-017, or in one line: /plan P-017 mo,we 14:00 50 20 2w Europe/Berlin."""
    message, desk = access.written(update), context.desk

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, access.writer(message))
        if not context.args:
            raise Refusal("plan.how")
        turn = Turn.new("plan", update, context, page, person)
        screen = await begin(FLOW, turn, " ".join(context.args))

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _begin(turn: Turn, subject: str) -> str:
    """Start from the plan there is, and from what stands in the same line."""
    code, *said = subject.split()
    party = await party_named(turn, code)
    current = await party.plan(turn.tx)
    if current is not None and not said:
        turn.filled.update(filled_from(current.timetable))
    else:
        turn.filled["zone"] = party.zone or turn.desk.site.zone.key
    turn.filled.update(code=party.code, who=party.label)
    if party.group_id is not None:
        turn.filled["group"] = party.group_id
    turn.filled.update(parse_input.read_line(said, turn.language, today=today(turn)))
    return onward(turn)


async def _ask_confirm(turn: Turn) -> Question:
    """Read the plan back, with the sessions that come of it."""
    party = await party_named(turn, turn.filled["code"])
    current = await party.plan(turn.tx)
    plan = timetable_of(turn.filled, today=today(turn))
    key = "plan.confirm"
    before = "" if current is None else _words(turn, current.timetable)
    after = _words(turn, plan)
    if before:
        key = "plan.as_it_is" if before == after else "plan.change"
    coming = _coming(turn, plan)
    dates = turn.say("plan.coming", days=" · ".join(coming)) if coming else turn.say("plan.empty")
    text = turn.say(key, who=party.label, plan=after, before=before)
    is_new = bool(coming) and before != after
    save = [(Choice(SAVE, turn.say("plan.save")),)] if is_new else []
    fields = [Choice(field, turn.say(f"plan.set.{field}")) for field in FIELDS]
    stop = [(Choice(STOP, turn.say("plan.stop")),)] if current is not None else []
    return Question(f"{text}\n\n{dates}", (*save, *in_rows(fields, 3), *stop))


def _words(turn: Turn, plan: Timetable) -> str:
    return words.in_words(
        turn.language,
        plan,
        turn.desk.site.defaults,
        today=today(turn),
        group="group" in turn.filled,
    )


def _coming(turn: Turn, plan: Timetable) -> list[str]:
    """Return the days of the coming sessions; those on holidays are none."""
    now = turn.now
    region = plan.terms(turn.desk.site.defaults).holidays
    begins = instant(plan.first_day, plan.wall_time, zone_named(plan.zone))
    found = occurrences(
        plan.rule,
        first_day=plan.first_day,
        wall_time=plan.wall_time,
        zone=plan.zone,
        duration=plan.terms(turn.desk.site.defaults).duration,
        after=now,
        until=max(now, begins) + A_YEAR,
    )
    held = (one.day for one in found if holiday_on(region, one.day) is None)
    return [texts.day(day, turn.language) for day in islice(held, COMING)]


async def _take_confirm(turn: Turn, value: str) -> str:
    chosen = offered(await _ask_confirm(turn), value)
    return DONE if chosen == SAVE else chosen


async def _ask_stop(turn: Turn) -> Question:
    """Look twice before a plan ends."""
    yes = Choice(YES, turn.say("plan.stop_it"))
    return Question(turn.say("plan.ask_stop", who=turn.filled["who"]), ((yes,),))


async def _take_stop(turn: Turn, value: str) -> str:
    turn.filled[STOP] = offered(await _ask_stop(turn), value)
    return DONE


async def _finish(turn: Turn) -> Screen:
    """Keep the plan in place of the one before, or end that one; only the future changes."""
    party = await party_named(turn, turn.filled["code"])
    if STOP in turn.filled:
        await changes.end_plan(turn, party)
        return Screen(turn.say("plan.stopped", who=party.label))
    plan = timetable_of(turn.filled, today=today(turn))
    await changes.set_plan(turn, party, plan)
    text = turn.say("plan.saved", who=party.label, plan=_words(turn, plan))
    ways = tuple(
        Button(turn.say(key), pack(OpenTap(what, party.code)))
        for key, what in (("group.sessions", "sessions"), ("group.week", "preview"))
    )
    if party.zone in (None, plan.zone):
        return Screen(text, (ways,))
    return _with_clocks(turn, party, Screen(text, (ways,)))


def _with_clocks(turn: Turn, party: Party, screen: Screen) -> Screen:
    """Return a screen that also says by which other clocks a patient's quiet hours go."""
    zone = words.zone_name(turn.language, str(party.zone))
    text = turn.say("plan.other_clocks", who=party.label, zone=zone)
    change = Button(turn.say("plan.change_clocks"), pack(BeginTap("zone", party.code)))
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
    title=lambda turn: turn.say("plan.title", who=turn.filled["who"]),
)
