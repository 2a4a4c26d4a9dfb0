"""/preview: what will be sent to whom in the coming week, and what not and why."""

from datetime import timedelta

from telegram import Message, Update

from alliance.calendar.ask_or_not import WhyNot
from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.coordinator_request import Caller
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.calendar import preview_screens as screens
from handlers.calendar.owner import Party, party_named
from handlers.calendar.preview_screens import MOST_LINES, Week
from handlers.calendar.week_chart import week_svg
from handlers.charts import png
from storage.calendar import preview
from storage.groups import groups

A_WEEK = timedelta(days=7)


async def on_preview(update: Update, context: Context) -> None:
    """/preview, /preview P-017 or /preview G-1: read only, computed by what the clock uses."""
    message, args = access.written(update), context.args or []

    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(message))
        caller = Caller(tx, context, person)
        if len(args) > 1:
            raise Refusal("preview.how")
        party = await party_named(caller, args[0]) if args else None
        week = await _week(caller, party)

    if party is not None and len(week.coming) <= MOST_LINES:
        screen = _told(week, party)
    elif not week.coming:
        screen = Screen(week.say("preview.nobody"))
    else:
        await _send(context, message.chat_id, week)
        return
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def listing(caller: Caller, code: str) -> Screen:
    """Return the coming week of one patient or group in words."""
    party = await party_named(caller, code)
    return _told(await _week(caller, party), party)


def _told(week: Week, party: Party) -> Screen:
    return screens.told(week, party.label, party.code, group=party.group_id is not None)


async def _week(caller: Caller, party: Party | None) -> Week:
    now = caller.now
    coming = await preview.preview(
        caller.tx,
        now=now,
        until=now + A_WEEK,
        defaults=caller.desk.site.defaults,
        patient_id=None if party is None else party.patient_id,
        group_id=None if party is None else party.group_id,
    )
    # What a plan had before it was changed or ended is nobody's session any more.
    coming = [one for one in coming if one.due_at is not None or one.why_not != WhyNot.ENDED]
    codes = {group.id: group.code for group in await groups.all_current(caller.tx)}
    zone = caller.person.zone if party is None else party.zone or caller.person.zone
    return Week(coming, codes, zone, caller.language)


async def _send(context: Context, chat_id: int, week: Week) -> None:
    """Send a week as a picture, or as a file when it is long. Without a sound."""
    text = screens.summary(week)
    if len(week.coming) > MOST_LINES:
        file = screens.as_csv(week).encode("utf-8-sig")

        async def sent() -> Message:
            return await context.bot.send_document(
                chat_id, file, caption=text, filename="week.csv", disable_notification=True
            )
    else:
        drawn = await png(week_svg(week))

        async def sent() -> Message:
            return await context.bot.send_photo(
                chat_id,
                drawn,
                caption=text,
                filename="week.png",
                disable_notification=True,
            )

    await replies.persistently(sent)
