"""/heartbeat: a neutral sign of life each day, so that silence means something."""

from datetime import time

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context, Desk
from handlers.messages import coordinator_notices_screens as screens
from handlers.messages.coordinator_notices_screens import OFF, USUAL
from handlers.taps import HeartbeatTap, unpack
from storage.audit import audit_log
from storage.database.tx import Tx
from storage.messages import heartbeats
from storage.people.people import Person


async def on_heartbeat(update: Update, context: Context) -> None:
    """/heartbeat, /heartbeat on, /heartbeat off, /heartbeat 08:30."""
    message, desk = access.written(update), context.desk
    said = " ".join(context.args or []).lower()

    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        if said:
            await _set(desk, page.tx, coordinator, USUAL if said == "on" else said)
        screen = await _now(page.tx, coordinator)

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_heartbeat_tap(update: Update, context: Context) -> None:
    """Another time, or none."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(HeartbeatTap, query.data)

    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        await _set(desk, page.tx, coordinator, tap.time)
        screen = await _now(page.tx, coordinator)

    await replies.show(query, screen)


async def _set(desk: Desk, tx: Tx, coordinator: Person, wanted: str) -> None:
    before = await heartbeats.time_of(tx, coordinator.id)
    after = None if wanted == OFF else _time(wanted)
    if before == after:
        return
    if after is None:
        await heartbeats.unsubscribe(tx, coordinator.id)
    else:
        await heartbeats.subscribe(tx, person=coordinator, wall_time=after, at=desk.now())
    await audit_log.record(
        tx,
        actor_id=coordinator.id,
        action="heartbeat.set",
        subject_id=coordinator.id,
        before={"time": None if before is None else f"{before:%H:%M}"},
        after={"time": None if after is None else f"{after:%H:%M}"},
        at=desk.now(),
    )


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refusal("heartbeat.bad_time") from None


async def _now(tx: Tx, coordinator: Person) -> Screen:
    return screens.heartbeat(coordinator.language, await heartbeats.time_of(tx, coordinator.id))
