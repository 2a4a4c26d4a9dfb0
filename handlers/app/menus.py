"""The command menu of each chat: only what its person can do, in their language."""

from telegram import BotCommand, BotCommandScopeChat
from telegram.ext import ExtBot

from alliance.people.permissions import Action
from handlers.app import access, replies
from handlers.app.site import Site
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


WITH_A_PAGE = "answers"
"""What there is to choose only where a site has a page of its own."""


async def show_menu(
    bot: ExtBot[None], chat_id: int, person: Person, language: str, site: Site
) -> None:
    """Give a chat its menu; shown again, it is the same menu."""
    names = COMMANDS_OF[person.role]
    if site.page is not None and access.has(Action.CHOOSE_PLACE, person):
        names = (*names, WITH_A_PAGE)
    commands = [BotCommand(name, say(language, f"menu.{name}")) for name in names]
    await replies.persistently(
        lambda: bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id))
    )
