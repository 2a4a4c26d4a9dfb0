"""The QR code of a one-time link, to be scanned by somebody in the same room."""

import segno

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen, code_of
from handlers.taps import LinkQrTap, unpack
from storage.people import invitations, people

PIXELS = 10
"""Side length of one module; a phone's camera reads it from an arm's length."""
QUIET_MODULES = 4
"""Width of the light margin; the standard (ISO/IEC 18004) requires this much."""


def qr_code(text: str) -> str:
    """Return the QR code of a text as SVG."""
    code = segno.make_qr(text)
    return code.svg_inline(scale=PIXELS, border=QUIET_MODULES, dark="#000", light="#fff")


async def on_link(request: Request) -> None:
    """Send the QR code of a link that still works; only the tapped button has its token."""
    tap = unpack(LinkQrTap, request.data)

    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        link = await invitations.of_token(tx, token=tap.token, at=request.now)
        if link is None:
            raise Refusal("invite.gone")
        person = await people.by_id(tx, link.person_id)

    reader = Reader.of(coordinator)
    caption = reader.say(
        "invite.caption",
        code=code_of(person, reader.language),
        until=reader.day_and_time(link.expires_at),
    )
    picture = qr_code(request.services.invitation_link(tap.token))
    await request.reply.note()
    # Silent, so that no lock screen shows the caption.
    await request.reply.send(Screen(caption, silent=True, picture=picture))
