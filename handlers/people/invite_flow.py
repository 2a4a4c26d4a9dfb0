"""Invite somebody: role, code, a patient's therapist; the result is a one-time link."""

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole
from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen, in_rows
from handlers.conversations.flow import (
    DONE,
    MOST_CHOICES,
    NOBODY,
    Choice,
    Flow,
    Question,
    Step,
    begin,
    match_choice,
    new_conversation,
)
from handlers.people import screens
from storage.people import lookup, people
from storage.people.invite import SiteLocale, invite
from storage.people.people import ROLES


async def on_invite(request: Request) -> None:
    """/invite, or in one line: /invite patient P-017 T-02."""
    async with request.transaction():
        await access.require_role(request)
        new_conversation(request, "invite")
        screen = await begin(FLOW, request, " ".join(request.args))

    request.services.wake_sender()
    await request.reply.send(screen)


async def _begin(request: Request, subject: str) -> str:
    """Take what is given in one line: role, code, therapist."""
    step = "role"
    for word in subject.split():
        if step == DONE:
            break
        step = await FLOW.steps[step].take(request, word)
    return DONE if step == "therapist" else step


async def _ask_role(request: Request) -> Question:
    roles = [Choice(role, request.say(f"role.{role}")) for role in ROLES]
    return Question(request.say("invite.who"), (roles,))


async def _take_role(request: Request, value: str) -> str:
    try:
        role = match_choice(await _ask_role(request), value)
    except Refusal:
        raise Refusal("invite.role") from None
    request.conversation.filled["role"] = role
    missing = request.services.site.consent.unfilled_slots() if role == "patient" else ()
    if missing:
        raise Refusal("invite.consent_missing", slots=", ".join(missing))
    return "code"


async def _ask_code(request: Request) -> Question:
    role = request.say(f"role.{request.conversation.filled['role']}")
    return Question(request.say("invite.type_code", role=role))


async def _take_code(request: Request, value: str) -> str:
    filled = request.conversation.filled
    filled["code"] = lookup.parse_code(value)
    return "therapist" if filled["role"] == "patient" else DONE


async def _ask_therapist(request: Request) -> Question:
    everybody = await people.of_role(request.tx, PersonRole.THERAPIST)
    therapists = [Choice(one.code, one.code) for one in everybody[:MOST_CHOICES]]
    nobody = Choice(NOBODY, request.say("invite.no_therapist_yet"))
    text = request.say("invite.whose", code=request.conversation.filled["code"])
    return Question(text, (*in_rows(therapists, 3), (nobody,)))


async def _take_therapist(request: Request, value: str) -> str:
    request.conversation.filled["therapist"] = value.strip()
    return DONE


async def _finish(request: Request) -> Screen:
    """Create the invitation and show its link; for a patient, the plan is the next step."""
    filled, site = request.conversation.filled, request.services.site
    therapist = filled.get("therapist", NOBODY)
    invited = await invite(
        request.change(),
        code=filled["code"],
        role=filled["role"],
        locale=SiteLocale(site.language, site.zone.key),
        therapist=None if therapist == NOBODY else therapist,
    )
    link = request.services.invitation_link(invited.invitation.token)
    return screens.invitation(Reader.of(request.person), invited, link)


FLOW = Flow(
    steps={
        "role": Step(_ask_role, _take_role),
        "code": Step(_ask_code, _take_code),
        "therapist": Step(_ask_therapist, _take_therapist),
    },
    begin=_begin,
    finish=_finish,
    title=lambda request: request.say("invite.title"),
)
