"""When a request is refused or fails: one sentence for the person."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.texts import language_for, say

STRANGER_ERROR_KEYS = ("not_enrolled", "invitation_invalid", "invitation_wait", "has_ended")
"""What is said only to accounts that take no part."""


async def refuse(request: Request, refused: Refusal) -> None:
    """Say in the person's language why nothing came of it."""
    language = await _language(request)
    await request.reply.note(say(language, refused.key, **refused.values), must_confirm=True)


async def apologise(request: Request, reference: str) -> None:
    """Tell a person that something of ours failed, with a number that the log knows too."""
    language = await _language(request)
    await request.reply.note(say(language, "our_fault", reference=reference), must_confirm=True)


async def _language(request: Request) -> str:
    async with request.reading() as tx:
        person = await access.person_of(tx, request.sender)
    if person is not None:
        return person.language
    return language_for(request.sender.language_code, request.services.site.language)
