"""/template: files to start from, an .ics or a .csv."""

from alliance.errors import Refusal
from alliance.files.tables.templates import calendar_template, table_template
from handlers.app import access
from handlers.app.request import Request

TEMPLATES = {"csv": table_template, "ics": calendar_template}


async def on_template(request: Request) -> None:
    """/template csv, /template ics, or both at once."""
    async with request.transaction():
        await access.require_role(request)
    kinds = [word.lower().lstrip(".") for word in request.args] or list(TEMPLATES)
    if not set(kinds) <= set(TEMPLATES):
        raise Refusal("file.template_how")
    for kind in kinds:
        content = TEMPLATES[kind](request.services.site.zone.key)
        await request.reply.send_file(f"template.{kind}", content)
