"""/answers: a patient chooses where to answer, here in the chat or on the site's own page."""

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.desk import Context
from handlers.screens import Screen
from handlers.screens import placing as screens
from handlers.taps import PlaceTap, unpack
from handlers.texts import say
from storage import placing


async def on_answers(update: Update, context: Context) -> None:
    """/answers of a patient: the choice. Where a site has no page, there is no such command."""
    message, desk = guard.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await guard.admitted(context, page.tx, guard.writer(message))
        if desk.site.page is None:
            raise Refusal("unknown_command")
    screen = screens.choice(patient, is_on_page=desk.site.is_on_page(patient.answers_on))
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_place(update: Update, context: Context) -> None:
    """A place was chosen; what is open moves there at once."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(PlaceTap, query.data)
    if tap.place not in screens.PLACES or desk.site.page is None:
        raise Refusal("stale_button")
    async with desk.keeping(update) as page:
        patient = await guard.admitted(context, page.tx, query.from_user)
        await placing.place(
            page.tx, patient=patient, on=tap.place, actor_id=patient.id, at=desk.now()
        )
    desk.ring()
    await replies.show(query, Screen(say(patient.language, f"answers.kept.{tap.place}")))
