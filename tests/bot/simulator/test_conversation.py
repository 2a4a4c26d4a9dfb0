"""A person and an unchanged python-telegram-bot talk over a real socket."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.simulator import Phone, SimulatedTelegram


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """Return one row of buttons whose data are their labels in lower case."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=label.lower()) for label in labels]]
    )


async def test_a_start_link_reaches_the_bot(telegram: SimulatedTelegram, bot: Bot) -> None:
    """The payload after ?start= arrives as an argument of /start, marked as a command."""
    phone = telegram.phone(name="Ada", language_code="de")

    phone.open_link("https://t.me/attune_bot?start=inv_1-2")

    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start inv_1-2"
    assert update.message.entities[0].type == "bot_command"
    assert update.message.from_user is not None
    assert update.message.from_user.language_code == "de"


async def test_a_tap_is_answered_and_edits_the_message(bot: Bot, phone: Phone) -> None:
    """The tap shows a toast and changes the question in place."""
    await bot.send_message(phone.id, "How was it?", reply_markup=keyboard("Good", "Bad"))

    query = phone.tap("Good")
    update = (await bot.get_updates())[-1]
    assert update.callback_query is not None
    assert update.callback_query.data == "good"
    await update.callback_query.answer("Saved")
    await update.callback_query.edit_message_text("Thanks")

    assert (await query.wait_for_answer()).text == "Saved"
    assert phone.screen.text == "Thanks"
    assert phone.screen.edited
    assert phone.screen.buttons == ()
    assert phone.notifications == ["How was it?"]


async def test_wait_until_returns_at_the_change(bot: Bot, phone: Phone) -> None:
    """A condition that is already true returns at once."""
    await bot.send_message(phone.id, "1 of 4")

    await phone.wait_until(lambda phone: "1 of 4" in phone.screen.text)


async def test_wait_until_shows_the_chat_when_it_fails(bot: Bot, phone: Phone) -> None:
    """The error has the transcript, buttons included."""
    await bot.send_message(phone.id, "1 of 4", reply_markup=keyboard("Skip"))

    with pytest.raises(AssertionError, match=r"bot: 1 of 4\n    \[Skip\]"):
        await phone.wait_until(lambda phone: "2 of 4" in phone.screen.text, seconds=0.01)


async def test_long_polls_end_when_something_arrives(bot: Bot, phone: Phone) -> None:
    """A waiting poll returns at once, and its offset confirms the earlier updates."""
    first: tuple[Update, ...] = await bot.get_updates()
    phone.say("hello")

    (update,) = await bot.get_updates(offset=first[-1].update_id + 1, timeout=5)

    assert update.message is not None
    assert update.message.text == "hello"
