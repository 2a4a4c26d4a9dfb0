"""Command menus: each person sees the most specific one."""

from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot.simulator import Phone, SimulatedTelegram


async def test_commands_depend_on_person_and_language(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone
) -> None:
    """A list for the chat wins over one for all, a language over none."""
    german = telegram.phone(name="Bo", language_code="de-AT")
    await bot.set_my_commands([("help", "Help")])
    await bot.set_my_commands(
        [("help", "Hilfe")], scope=BotCommandScopeAllPrivateChats(), language_code="de"
    )
    assert phone.commands == [("help", "Help")]
    assert german.commands == [("help", "Hilfe")]

    await bot.set_my_commands([("caseload", "Caseload")], scope=BotCommandScopeChat(phone.id))
    assert phone.commands == [("caseload", "Caseload")]

    await bot.set_my_commands([], scope=BotCommandScopeChat(phone.id))
    assert phone.commands == [("help", "Help")]
