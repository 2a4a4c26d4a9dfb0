"""Alerts in a therapist's chat: the list, and each tap on one of them."""

from telegram import Update

from alliance.errors import Refusal
from handlers.alerts import screens
from handlers.alerts.actions import ACTS
from handlers.alerts.request import Beside, Leaving, Scene
from handlers.app import access, photos, private_view, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.taps import AlertTap, unpack
from storage.alerts import alerts
from storage.messages import shown_messages
from storage.people import relationships


async def on_alerts(update: Update, context: Context) -> None:
    """/alerts: what is open, oldest first."""
    message = access.written(update)
    async with context.desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, access.writer(message))
        waiting = await alerts.open_of(page.tx, therapist.id, at=context.desk.now())
    screen = screens.listing(therapist.language, list(waiting))
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_alert(update: Update, context: Context) -> None:
    """A tap on an alert. Whatever it was, what is shown then is how things stand."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(AlertTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        alert, act = await alerts.by_id(page.tx, tap.alert_id), ACTS.get(tap.verb)
        if alert is None or act is None or query.message is None:
            raise Refusal("stale_button")
        theirs = await relationships.to_checkin(page.tx, therapist, alert.checkin_id, at=desk.now())
        access.allow(context, therapist, theirs)
        scene = Scene(desk, page, query.message, therapist, alert)
        answer = await act(scene)

    desk.ring()
    if isinstance(answer, Leaving):
        await replies.answer(query)
        await _leave(context, scene, answer.screen)
    elif isinstance(answer, Beside):
        await private_view.beside(context, query, answer.view)
    elif not await photos.show(query, answer, screens.put_away(therapist.language, alert.id)):
        await _is_over(scene)


async def _leave(context: Context, scene: Scene, screen: Screen) -> None:
    """Let the tapped message leave the chat; should that fail, it leaves by itself later."""
    message = scene.message
    age = photos.age_of(message, scene.desk.now())

    async def left() -> bool:
        await photos.take_away(context.bot, message.chat.id, message.message_id, screen, age=age)
        return True

    if await replies.persistently(left):
        await _is_over(scene)


async def _is_over(scene: Scene) -> None:
    async with scene.desk.store.transaction() as tx:
        await shown_messages.over(
            tx, person_id=scene.therapist.id, message_id=scene.message.message_id
        )
