"""The picture of a one-time link, to be shown to whoever is in the room."""

from io import BytesIO
from zoneinfo import ZoneInfo

import segno
from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import code_of
from handlers.app.services import Context
from handlers.people.invite import link
from handlers.taps import LinkTap, unpack
from handlers.texts import day_and_time, say
from storage.people import invitations, people

PIXELS = 10
"""A side of one module; a phone's camera reads it from an arm's length."""


def picture(words: str) -> bytes:
    """Return a QR code of those words as PNG, with the quiet margin that readers need."""
    drawn = BytesIO()
    segno.make_qr(words).save(drawn, kind="png", scale=PIXELS, border=4)
    return drawn.getvalue()


async def on_link(update: Update, context: Context) -> None:
    """Send the picture of a link that still works; the token stands in the button alone."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(LinkTap, query.data)

    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        found = await invitations.of_token(page.tx, token=tap.token, at=desk.now())
        if found is None:
            raise Refusal("invite.gone")
        person = await people.by_id(page.tx, found.person_id)

    language = coordinator.language
    until = day_and_time(found.expires_at.astimezone(ZoneInfo(coordinator.zone)), language)
    caption = say(language, "invite.caption", code=code_of(person, language), until=until)
    png = picture(link(context.bot.username, tap.token))
    await replies.answer(query)
    # Without a sound, so that no lock screen shows the caption.
    await replies.persistently(
        lambda: context.bot.send_photo(
            query.from_user.id,
            png,
            caption=caption,
            filename="link.png",
            disable_notification=True,
        )
    )
