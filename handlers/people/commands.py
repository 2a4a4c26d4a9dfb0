"""The frequent changes in one line: /assign P-017 T-02, /pause P-017 2026-12-24, /end P-017 ..."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.services import Context
from handlers.people.card import Wish, card_of
from handlers.people.card_actions import DEEDS
from handlers.people.invite import patient_named
from handlers.people.screens import NOTHING

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


def line(verb: str, how: str, *, takes_value: bool = True) -> Handler:
    """Return the handler of a command that does with a patient what a button on a card does.

    Args:
        verb: Which deed.
        how: Key of the words that explain the command.
        takes_value: Whether a second word may say with whom, or until when; left out, it is
            asked for by buttons.
    """

    async def on_line(update: Update, context: Context) -> None:
        message, desk = access.written(update), context.desk
        args = context.args or []

        async with desk.keeping(update) as page:
            coordinator = await access.admitted(context, page.tx, access.writer(message))
            if not 1 <= len(args) <= (2 if takes_value else 1):
                raise Refusal(how)
            patient = await patient_named(page.tx, args[0])
            value = args[1] if len(args) == 2 else NOTHING
            wish = Wish(context, page, coordinator, patient, value, desk.now())
            if page.fresh:
                screen = await DEEDS[verb](wish)
            else:
                screen = await card_of(
                    page.tx, coordinator, patient, site=desk.site, now=desk.now()
                )

        desk.ring()
        desk.knock()
        await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))

    on_line.__doc__ = DEEDS[verb].__doc__
    return on_line


on_assign = line("assign", "assign.how")
on_co = line("co", "co.how")
on_pause = line("pause", "pause.how")
on_resume = line("resume", "resume.how", takes_value=False)
on_answers = line("answers", "answers.how")
on_end = line("end", "end.how", takes_value=False)
on_test = line("test", "test.how", takes_value=False)
