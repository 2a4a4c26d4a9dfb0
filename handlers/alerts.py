"""Alerts in a therapist's chat: the list, and each tap on one of them."""

from telegram import Update

from alliance.errors import Refusal
from handlers import discreet, guard, pictures, replies
from handlers.alert_acts import ACTS
from handlers.alert_scene import Beside, Leaving, Scene
from handlers.desk import Context
from handlers.screens import Screen
from handlers.screens import alert as screens
from handlers.taps import AlertTap, unpack
from storage import alerts, relations, showings


async def on_alerts(update: Update, context: Context) -> None:
    """/alerts: what is open, oldest first."""
    message = guard.written(update)
    async with context.desk.keeping(update) as page:
        therapist = await guard.admitted(context, page.tx, guard.writer(message))
        waiting = await alerts.open_of(page.tx, therapist.id, at=context.desk.now())
    screen = screens.listing(therapist.language, list(waiting))
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_alert(update: Update, context: Context) -> None:
    """A tap on an alert. Whatever it was, what is shown then is how things stand."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(AlertTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await guard.admitted(context, page.tx, query.from_user)
        alert, act = await alerts.by_id(page.tx, tap.alert_id), ACTS.get(tap.verb)
        if alert is None or act is None or query.message is None:
            raise Refusal("stale_button")
        theirs = await relations.to_checkin(page.tx, therapist, alert.checkin_id, at=desk.now())
        guard.allow(context, therapist, theirs)
        scene = Scene(desk, page, query.message, therapist, alert)
        answer = await act(scene)

    desk.ring()
    if isinstance(answer, Leaving):
        await replies.answer(query)
        await _leave(context, scene, answer.screen)
    elif isinstance(answer, Beside):
        await discreet.beside(context, query, answer.view)
    elif not await pictures.show(query, answer, screens.put_away(therapist.language, alert.id)):
        await _is_over(scene)


async def _leave(context: Context, scene: Scene, screen: Screen) -> None:
    """Let the tapped message leave the chat; should that fail, it leaves by itself later."""
    message = scene.message
    age = pictures.age_of(message, scene.desk.now())

    async def left() -> bool:
        await pictures.take_away(context.bot, message.chat.id, message.message_id, screen, age=age)
        return True

    if await replies.persistently(left):
        await _is_over(scene)


async def _is_over(scene: Scene) -> None:
    async with scene.desk.store.transaction() as tx:
        await showings.over(tx, person_id=scene.therapist.id, message_id=scene.message.message_id)
