"""/template: files to begin with, an .ics or a .csv."""

from functools import partial

from telegram import Update

from alliance.errors import Refusal
from alliance.files.tables.templates import calendar_template, table_template
from handlers.app import access, replies
from handlers.app.services import Context

KINDS = {"csv": table_template, "ics": calendar_template}


async def on_template(update: Update, context: Context) -> None:
    """/template csv, /template ics, or both at once."""
    message, desk = access.written(update), context.desk
    args = [word.lower().lstrip(".") for word in context.args or ()]
    async with desk.keeping(update) as page:
        await access.admitted(context, page.tx, access.writer(message))
    wanted = args or list(KINDS)
    if not set(wanted) <= set(KINDS):
        raise Refusal("file.template_how")
    for kind in wanted:
        content = KINDS[kind](desk.site.zone.key)
        send = partial(replies.send_file, context.bot, message.chat_id, f"template.{kind}", content)
        await replies.persistently(send)
