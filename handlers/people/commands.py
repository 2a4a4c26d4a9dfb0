"""Frequent changes as one-line commands: /assign P-017 T-02, /pause P-017 2026-12-24, ..."""

from collections.abc import Callable, Coroutine
from typing import Any

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.people.card import card_of
from handlers.people.card_actions import ACTIONS
from handlers.people.screens import NOTHING
from storage.people import lookup

Handler = Callable[[Request], Coroutine[Any, Any, None]]


def card_command(verb: str, usage_key: str, *, takes_value: bool = True) -> Handler:
    """Return the handler of a command that does the same as a button on a patient's card.

    Args:
        verb: The action.
        usage_key: Key of the text that explains the command.
        takes_value: Whether a second word may give the action's value; without it, the
            coordinator is asked.
    """

    async def on_command(request: Request) -> None:
        async with request.transaction() as tx:
            await access.require_role(request)
            if not 1 <= len(request.args) <= (2 if takes_value else 1):
                raise Refusal(usage_key)
            patient = await lookup.patient_by_code(tx, request.args[0])
            if request.is_new:
                value = request.args[1] if len(request.args) == 2 else NOTHING
                screen = await ACTIONS[verb](request, patient, value)
            else:
                screen = await card_of(request, patient)

        request.services.wake_sender()
        request.services.wake_scheduler()
        await request.reply.send(screen)

    return on_command


on_assign = card_command("assign", "assign.how")
on_co = card_command("co", "co.how")
on_pause = card_command("pause", "pause.how")
on_resume = card_command("resume", "resume.how", takes_value=False)
on_answers = card_command("answers", "answers.how")
on_end = card_command("end", "end.how", takes_value=False)
on_test = card_command("test", "test.how", takes_value=False)
