"""A survey bot on python-telegram-bot with default settings, as most people write it."""

import os

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from benchmarks.contestants.bare_survey import TEXTS, THANKS, Answers, Buttons, question

ANSWERS = Answers()
Context = ContextTypes.DEFAULT_TYPE


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup:
    """Return the keyboard of the framework."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=data) for label, data in row]
            for row in buttons
        ]
    )


async def start(update: Update, _context: Context) -> None:
    """Ask the first question."""
    if update.effective_user is not None and update.message is not None:
        ANSWERS.begin(update.effective_user.id)
        text, buttons = question(0)
        await update.message.reply_text(text, reply_markup=keyboard(buttons))


async def tap(update: Update, _context: Context) -> None:
    """Save one answer and ask the next question."""
    query = update.callback_query
    if query is None or query.data is None:
        return
    place = ANSWERS.add(query.from_user.id, query.data)
    await query.answer()
    if place < len(TEXTS):
        text, buttons = question(place)
        await query.edit_message_text(text, reply_markup=keyboard(buttons))
    else:
        await query.edit_message_text(THANKS)


def main() -> None:
    """Run until stopped."""
    api = os.environ["BARE_API"]
    app = Application.builder().token(os.environ["BARE_TOKEN"]).base_url(f"{api}/bot").build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CallbackQueryHandler(tap))
    app.run_polling()


if __name__ == "__main__":
    main()
