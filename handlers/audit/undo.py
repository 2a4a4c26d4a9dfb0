"""/undo: a coordinator takes back their last change, within fifteen minutes."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.audit import screens
from handlers.audit.log import MAX_NUMBER_DIGITS, describe_entries
from handlers.taps import UndoTap, unpack
from storage.audit import undo
from storage.audit.undo import UndoStep
from storage.database.tx import Tx
from storage.people import people


async def on_undo(request: Request) -> None:
    """/undo: what would be taken back, with a button to do it."""
    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        step = await undo.last_step(tx, actor_id=coordinator.id, now=request.now)
        if step is None:
            raise Refusal("undo.nothing")
        description = await _description(tx, step, coordinator.language)

    await request.reply.send(screens.undo_confirmation(coordinator.language, step, description))


async def on_undo_tap(request: Request) -> None:
    """Take the change back, once, and say what cannot be taken back."""
    tap = unpack(UndoTap, request.data)
    if not tap.number.isdecimal() or len(tap.number) > MAX_NUMBER_DIGITS:
        raise Refusal("stale_button")

    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        language, now = coordinator.language, request.now
        last = await undo.last_step(tx, actor_id=coordinator.id, now=now)
        # Describe it before it is undone: afterwards the code of a new person is gone.
        description = "" if last is None else await _description(tx, last, language)
        step = await undo.undo_last_step(
            tx, actor_id=coordinator.id, number=int(tap.number), at=now
        )
        about = await people.by_id_or_none(tx, step.first_entry.subject_id or "")

    request.services.wake_sender()
    request.services.wake_scheduler()
    screen = screens.undo_result(language, step, description, is_person=about is not None)
    await request.reply.show(screen)


def with_undo(screen: Screen, language: str, step: UndoStep) -> Screen:
    """Return a screen with an undo button on top, if the step can be undone."""
    if not step.can_be_undone:
        return screen
    row = (screens.undo_button(language, step),)
    return Screen(screen.text, (row, *screen.rows), screen.protected, screen.silent)


async def _description(tx: Tx, step: UndoStep, language: str) -> str:
    """Return in words what a step did; if it has several lines, the first describes it."""
    [description] = await describe_entries(tx, [step.first_entry], language)
    return description
