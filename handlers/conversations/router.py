"""Sends a coordinator's tap or typed word to the conversation that they are in."""

from datetime import datetime, timedelta

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Button, Screen
from handlers.calendar import absences, plan, reschedule
from handlers.conversations.flow import (
    Flow,
    advance,
    begin,
    is_done,
    new_conversation,
    question_screen,
    run_id,
    save_conversation,
)
from handlers.groups import membership_flow
from handlers.people import invite_flow, time_zone
from handlers.taps import BeginTap, ConversationTap, pack, unpack
from storage.conversations import conversations

FLOWS: dict[str, Flow] = {
    "invite": invite_flow.FLOW,
    "plan": plan.FLOW,
    "zone": time_zone.FLOW,
    "move": reschedule.MOVE,
    "extra": reschedule.EXTRA,
    "absence": absences.FLOW,
    "group": membership_flow.GROUP,
    "join": membership_flow.JOIN,
    "leave": membership_flow.LEAVE,
}


LONG_PAUSE = timedelta(hours=12)
"""After so long, somebody who types something may not have the open question in mind."""


async def on_begin(request: Request) -> None:
    """A button elsewhere begins a conversation, e.g. the plan of somebody just invited."""
    tap = unpack(BeginTap, request.data)
    if tap.kind not in FLOWS:
        raise Refusal("stale_button")

    async with request.transaction():
        await access.require_role(request)
        new_conversation(request, tap.kind)
        screen = await begin(FLOWS[tap.kind], request, tap.subject)

    _wake_workers(request)
    await request.reply.show(screen)


def _wake_workers(request: Request) -> None:
    """Let scheduler and sender look at what a finished conversation has changed."""
    if is_done(request):
        request.services.wake_sender()
        request.services.wake_scheduler()


async def on_tap(request: Request) -> None:
    """A choice in a conversation; one of an earlier step or conversation shows the present one."""
    tap = unpack(ConversationTap, request.data)

    async with request.transaction():
        await access.require_role(request)
        await _require_conversation(request, Refusal("wizard.over"))
        is_old = not request.is_new or tap.run != request.conversation.run
        screen, note = await (_current_question(request) if is_old else _apply_choice(request, tap))

    _wake_workers(request)
    await request.reply.show(screen, note)


async def _find_conversation(request: Request) -> bool:
    """Look up the conversation that the sender is in; say whether there is one."""
    conversation = await conversations.of_person(request.tx, request.person.id)
    if conversation is not None:
        request.conversation = conversation
    return conversation is not None


async def _require_conversation(request: Request, refusal: Refusal) -> None:
    """Look up the conversation that the sender is in.

    Raises:
        Refusal: They are in none.
    """
    if not await _find_conversation(request):
        raise refusal


def _flow(request: Request) -> Flow:
    return FLOWS[request.conversation.kind]


async def _current_question(request: Request) -> tuple[Screen, str | None]:
    return await question_screen(_flow(request), request), request.say("wizard.here")


async def _apply_choice(request: Request, tap: ConversationTap) -> tuple[Screen, str | None]:
    conversation = request.conversation
    if tap.step == conversation.step:
        return await advance(_flow(request), request, tap.value), None
    if tap.step != "do":
        return await _current_question(request)
    if tap.value == "cancel":
        await conversations.end(request.tx, request.person.id)
        return Screen(request.say("wizard.cancelled")), None
    if tap.value == "back":
        conversation.back()
    await save_conversation(request)
    return await question_screen(_flow(request), request), None


async def on_text(request: Request) -> None:
    """A typed word: the value of the step that waits, or nothing we understand."""
    try:
        async with request.transaction():
            await access.require_role(request)
            await _require_conversation(request, Refusal("unknown_command"))
            screen = await _take_text(request)
        _wake_workers(request)
    except Refusal as refused:
        screen = await _ask_again(request, refused)

    await request.reply.send(screen)


async def _take_text(request: Request) -> Screen:
    """Take a typed word; after a long pause it may be meant otherwise, so that is asked first."""
    left_at = request.conversation.at
    if left_at is not None and request.now - left_at > LONG_PAUSE:
        return _resume_offer(request)
    if not request.is_new:
        return await question_screen(_flow(request), request)
    return await advance(_flow(request), request, request.text)


async def _ask_again(request: Request, refused: Refusal) -> Screen:
    """Return what was wrong with a typed value above the same question, buttons at hand."""
    async with request.reading():
        await access.require_role(request)
        await _require_conversation(request, refused)
        above = request.say(refused.key, **refused.values)
        return await question_screen(_flow(request), request, above=above)


async def on_cancel(request: Request) -> None:
    """/cancel: leave the conversation; nothing of it is carried out."""
    async with request.transaction() as tx:
        person = await access.require_role(request)
        was_in_one = await _find_conversation(request)
        await conversations.end(tx, person.id)
    words = request.say("wizard.cancelled" if was_in_one else "wizard.over")
    await request.reply.send(Screen(words))


async def offer_to_resume(request: Request, began: datetime) -> None:
    """After a command in the middle of a conversation, offer to resume that conversation.

    Args:
        request: The command, carried out.
        began: When that began. Who taps under a command's answer at once begins a conversation
            later; that one is not offered.
    """
    async with request.reading() as tx:
        person = await access.person_of(tx, request.sender)
        if person is None:
            return
        request.person = person
        was_in_one = await _find_conversation(request)
    if not was_in_one or request.conversation.run == run_id(request):
        return
    if request.conversation.at is not None and request.conversation.at < began:
        await request.reply.send(_resume_offer(request))


def _resume_offer(request: Request) -> Screen:
    run = request.conversation.run
    resume, leave = (
        Button(request.say(f"wizard.{words}"), pack(ConversationTap(run, "do", verb)))
        for words, verb in (("go_on", "go on"), ("cancel", "cancel"))
    )
    title = _flow(request).title(request)
    return Screen(request.say("wizard.waiting", what=title), ((resume, leave),))
