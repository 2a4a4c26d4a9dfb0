"""The command menu: the commands of a person's role, in their language."""

from alliance.people.permissions import Action
from handlers.app import access
from handlers.app.request import Request
from handlers.texts import say
from storage.people.people import Person

COMMANDS_OF = {
    "patient": ("checkin", "pause", "resume", "language", "privacy", "mydata", "erase", "help"),
    "therapist": ("caseload", "session", "alerts", "digest", "language", "help"),
    "coordinator": (
        "people",
        "invite",
        "plan",
        "sessions",
        "absence",
        "groups",
        "preview",
        "figures",
        "assign",
        "unreachable",
        "audit",
        "undo",
        "heartbeat",
        "template",
        "language",
        "help",
    ),
}

PAGE_COMMAND = "answers"
"""Offered only at a site with an answer page."""


async def show_menu(request: Request, person: Person, language: str) -> None:
    """Show a person the commands of their role as a menu."""
    names = COMMANDS_OF[person.role]
    if request.services.site.page_url is not None and access.role_has(
        Action.CHOOSE_ANSWER_CHANNEL, person
    ):
        names = (*names, PAGE_COMMAND)
    await request.reply.set_menu([(name, say(language, f"menu.{name}")) for name in names])
