"""Alerts for a therapist: the list of open ones, and every tap on an alert."""

from alliance.errors import Refusal
from handlers.alerts import screens
from handlers.alerts.actions import ALERT_ACTIONS, AlertRemoval
from handlers.app import access, private_view
from handlers.app.private_view import PrivateView
from handlers.app.reply import MessageRef
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.taps import AlertTap, unpack
from storage.alerts import alerts
from storage.alerts.alerts import Alert
from storage.messages import shown_messages
from storage.messages.shown_messages import ShownMessageKind
from storage.people import relationships


async def on_alerts(request: Request) -> None:
    """/alerts: the open alerts, oldest first."""
    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        open_alerts = await alerts.open_of(tx, therapist.id, at=request.now)

    await request.reply.send(screens.listing(therapist.language, open_alerts))


async def on_alert(request: Request) -> None:
    """A tap on an alert. Whatever it was, the screen shows the present state."""
    tap, message = unpack(AlertTap, request.data), request.message

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        alert, action = await alerts.by_id(tx, tap.alert_id), ALERT_ACTIONS.get(tap.verb)
        if alert is None or action is None or message is None:
            raise Refusal("stale_button")
        relations = await relationships.to_checkin(tx, therapist, alert.checkin_id, at=request.now)
        access.require_relation(request, relations)
        result = await action(request, alert)
        if isinstance(result, Screen):
            await _record_shown(request, alert, message)

    request.services.wake_sender()
    if isinstance(result, PrivateView):
        await private_view.show_new_on_tap(request, result)
    elif isinstance(result, AlertRemoval):
        await request.reply.note()
        if await request.reply.remove(message, result.placeholder):
            await private_view.record_hidden(request, message)
    else:
        placeholder = screens.placeholder(therapist.language, alert.id)
        if not await request.reply.show(result, otherwise=placeholder):
            await private_view.record_hidden(request, message)


async def _record_shown(request: Request, alert: Alert, message: MessageRef) -> None:
    """Record that a message now shows answers, so that it is hidden again in time."""
    await shown_messages.add(
        request.tx,
        person_id=request.person.id,
        message_id=message.message_id,
        kind=ShownMessageKind.ALERT,
        subject_id=alert.id,
        sent_at=message.sent_at,
        at=request.now,
        until=request.now + request.services.site.visible_for,
    )
