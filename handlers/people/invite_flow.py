"""Invite somebody: role, code, for a patient the therapist; out comes a one-time link."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen, in_rows
from handlers.app.services import Context
from handlers.conversations.flow import (
    DONE,
    MOST_CHOICES,
    Choice,
    Flow,
    Question,
    Step,
    Turn,
    begin,
    offered,
)
from handlers.people import invite as coordinating
from storage.people import people
from storage.people.people import ROLES

NOBODY = "-"


async def on_invite(update: Update, context: Context) -> None:
    """/invite, or in one line: /invite patient P-017 T-02."""
    message, desk = access.written(update), context.desk

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, access.writer(message))
        turn = Turn.new("invite", update, context, page, person)
        screen = await begin(FLOW, turn, " ".join(context.args or []))

    desk.ring()
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _begin(turn: Turn, subject: str) -> str:
    """Take what stands in the same line: role, code, therapist."""
    step = "role"
    for word in subject.split():
        if step == DONE:
            break
        step = await FLOW.steps[step].take(turn, word)
    return DONE if step == "therapist" else step


async def _ask_role(turn: Turn) -> Question:
    roles = [Choice(role, turn.say(f"role.{role}")) for role in ROLES]
    return Question(turn.say("invite.who"), (roles,))


async def _take_role(turn: Turn, value: str) -> str:
    try:
        turn.filled["role"] = offered(await _ask_role(turn), value)
    except Refusal:
        raise Refusal("invite.role") from None
    missing = turn.desk.site.consent.unfilled() if value == "patient" else ()
    if missing:
        raise Refusal("invite.consent_missing", slots=", ".join(missing))
    return "code"


async def _ask_code(turn: Turn) -> Question:
    role = turn.say(f"role.{turn.filled['role']}")
    return Question(turn.say("invite.type_code", role=role))


async def _take_code(turn: Turn, value: str) -> str:
    turn.filled["code"] = coordinating.read_code(value)
    return "therapist" if turn.filled["role"] == "patient" else DONE


async def _ask_therapist(turn: Turn) -> Question:
    found = await people.of_role(turn.tx, "therapist")
    therapists = [Choice(one.code, one.code) for one in found[:MOST_CHOICES]]
    nobody = Choice(NOBODY, turn.say("invite.no_therapist_yet"))
    text = turn.say("invite.whose", code=turn.filled["code"])
    return Question(text, (*in_rows(therapists, 3), (nobody,)))


async def _take_therapist(turn: Turn, value: str) -> str:
    turn.filled["therapist"] = value.strip()
    return DONE


async def _finish(turn: Turn) -> Screen:
    """Make the invitation and return the link, with the plan as the next thing to do."""
    therapist = turn.filled.get("therapist", NOBODY)
    made = await coordinating.invite(
        turn.tx,
        code=turn.filled["code"],
        role=turn.filled["role"],
        therapist=None if therapist == NOBODY else therapist,
        site=coordinating.place_of(turn.desk),
        at=turn.now,
        by=turn.person.id,
    )
    return coordinating.invited_screen(turn.context, turn.person, made)


FLOW = Flow(
    steps={
        "role": Step(_ask_role, _take_role),
        "code": Step(_ask_code, _take_code),
        "therapist": Step(_ask_therapist, _take_therapist),
    },
    begin=_begin,
    finish=_finish,
    title=lambda turn: turn.say("invite.title"),
)
