"""Commands and menus: each person sees the most specific ones there are."""

from telegram import (
    Bot,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)

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

    await bot.delete_my_commands(scope=BotCommandScopeChat(phone.id))
    assert phone.commands == [("help", "Help")]
    assert [one.command for one in await bot.get_my_commands()] == ["help"]


async def test_the_menu_button_is_set_for_one_or_all(bot: Bot, phone: Phone) -> None:
    """One person's button wins."""
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert phone.menu_button == {"type": "commands"}

    await bot.set_chat_menu_button(phone.id)
    assert phone.menu_button == {"type": "default"}


async def test_descriptions_have_a_language_and_a_fallback(bot: Bot) -> None:
    """What is not translated is shown as it is."""
    await bot.set_my_description("Check-ins")
    await bot.set_my_description("Nachfragen", language_code="de")
    await bot.set_my_name("Attune Wien", language_code="de")

    assert (await bot.get_my_description("de")).description == "Nachfragen"
    assert (await bot.get_my_description("pl")).description == "Check-ins"
    assert (await bot.get_my_name()).name == "Attune"


async def test_pins_are_seen(bot: Bot, phone: Phone) -> None:
    """By the person, and by getChat."""
    sent = await bot.send_message(phone.id, "Keep this")
    await sent.pin()

    assert [message.text for message in phone.pinned] == ["Keep this"]
    pinned = (await bot.get_chat(phone.id)).pinned_message
    assert pinned is not None
    assert pinned.text == "Keep this"
    await sent.unpin()
    assert phone.pinned == []
