"""/answers: a patient chooses where to answer, here in the chat or on the site's own page."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.people import answer_channel_screens as screens
from handlers.taps import PlaceTap, unpack
from handlers.texts import say
from storage.checkins import answer_channel


async def on_answers(update: Update, context: Context) -> None:
    """/answers of a patient: the choice. Where a site has no page, there is no such command."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
        if desk.site.page is None:
            raise Refusal("unknown_command")
    screen = screens.choice(patient, is_on_page=desk.site.is_on_page(patient.answers_on))
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_place(update: Update, context: Context) -> None:
    """A place was chosen; what is open moves there at once."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(PlaceTap, query.data)
    if tap.place not in screens.PLACES or desk.site.page is None:
        raise Refusal("stale_button")
    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, query.from_user)
        await answer_channel.place(
            page.tx, patient=patient, on=tap.place, actor_id=patient.id, at=desk.now()
        )
    desk.ring()
    await replies.show(query, Screen(say(patient.language, f"answers.kept.{tap.place}")))
