"""What is about somebody else: shown behind a neutral message, and removed again in time.

A new message shows its first words on the lock screen, an edit shows nothing. So a neutral,
silent message comes first and is then turned into what was asked for.
"""

from dataclasses import dataclass

from handlers.app.reply import MessageRef
from handlers.app.request import Request
from handlers.app.screen import Screen
from storage.messages import shown_messages
from storage.messages.shown_messages import ShownMessageKind


@dataclass(frozen=True, slots=True)
class PrivateView:
    """Something that the sender of a request looks at.

    Attributes:
        subject_id: What it is about; it says what stays behind when the view leaves.
        screen: The view itself.
        placeholder: What stays behind when it leaves.
    """

    kind: ShownMessageKind
    subject_id: str
    screen: Screen
    placeholder: Screen


async def show_new(request: Request, view: PrivateView) -> None:
    """Show a view in a message of its own, below everything else."""
    moment = Screen(request.say("discreet.moment"), protected=True, silent=True)
    sent = await request.reply.send(moment)
    if sent is None:
        return
    await _record(request, view, MessageRef(sent.message_id, request.now))
    await request.reply.replace(sent.message_id, view.screen)


async def show_new_on_tap(request: Request, view: PrivateView) -> None:
    """Show a view in a message of its own; the one that was tapped stays as it is."""
    await request.reply.note()
    await show_new(request, view)


async def show_or_hide(request: Request, view: PrivateView, *, hides: bool) -> None:
    """Show a view in the message that was tapped, or hide it there."""
    if request.message is None:
        await request.reply.note()
    elif hides:
        await _hide(request, view, request.message)
    else:
        await _record(request, view, request.message)
        otherwise = None if view.screen.picture is None else view.placeholder
        await request.reply.show(view.screen, otherwise=otherwise)


async def _hide(request: Request, view: PrivateView, message: MessageRef) -> None:
    """Hide a view: a picture leaves the chat, words are replaced."""
    if view.screen.picture is None:
        await request.reply.show(view.placeholder)
    else:
        await request.reply.note()
        await request.reply.remove(message, view.placeholder)
    await record_hidden(request, message)


async def record_hidden(request: Request, message: MessageRef) -> None:
    """Note that a message shows nothing private any more."""
    async with request.services.store.transaction() as tx:
        await shown_messages.remove(tx, person_id=request.person.id, message_id=message.message_id)


async def _record(request: Request, view: PrivateView, message: MessageRef) -> None:
    """Note that a message shows something private from now on, and when it leaves."""
    now = request.now
    async with request.services.store.transaction() as tx:
        await shown_messages.add(
            tx,
            person_id=request.person.id,
            message_id=message.message_id,
            kind=view.kind,
            subject_id=view.subject_id,
            sent_at=message.sent_at,
            at=now,
            until=now + request.services.site.visible_for,
        )
