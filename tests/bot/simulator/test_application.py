"""An unchanged python-telegram-bot application with polling runs against the simulator."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.simulator import Address, SimulatedTelegram
from tests.bot.simulator.conftest import TOKEN


async def ask(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Ask one question."""
    assert update.effective_message is not None
    button = InlineKeyboardButton("10", callback_data="10")
    await update.effective_message.reply_text(
        "1 of 1", reply_markup=InlineKeyboardMarkup([[button]])
    )


async def thank(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Thank for the answer."""
    query = update.callback_query
    assert query is not None
    await query.answer("Saved")
    await query.edit_message_text(f"Thanks for {query.data}")


async def test_start_question_answer_thanks(telegram: SimulatedTelegram, address: Address) -> None:
    """The whole way from the link to the last screen, without refused calls or violations."""
    application = (
        Application.builder()
        .token(TOKEN)
        .base_url(f"{address.url}/bot")
        .get_updates_read_timeout(5)
        .build()
    )
    application.add_handler(CommandHandler("start", ask))
    application.add_handler(CallbackQueryHandler(thank))
    phone = telegram.phone(name="Ada")

    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=5)
        phone.open_link("https://t.me/attune_bot?start=abc")
        await phone.wait_until(lambda phone: phone.screen.text == "1 of 1")
        answer = await phone.tap("10").wait_for_answer()
        await phone.wait_until(lambda phone: phone.screen.text == "Thanks for 10")
        await application.updater.stop()
        await application.stop()

    assert answer.text == "Saved"
    assert [call.outcome for call in telegram.calls if call.code != 200] == []
    assert not telegram.violations
