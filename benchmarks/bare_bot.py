"""A survey bot as most people write it: default settings, its state in a dictionary."""

import os

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

TEXTS = (
    "Today we worked on what matters to me.",
    "The way we worked made sense to me.",
    "I felt taken seriously, and on the same side.",
    "All in all, how well did we work together this time?",
    "Did anything feel off between you today?",
)
STATE: dict[int, list[str]] = {}
Context = ContextTypes.DEFAULT_TYPE


def keyboard(place: int) -> InlineKeyboardMarkup:
    """Return the answers of one question."""
    labels = [str(number) for number in range(11)] if place < 4 else ["No", "A little", "Yes"]
    buttons = [InlineKeyboardButton(label, callback_data=f"{place}:{label}") for label in labels]
    return InlineKeyboardMarkup([buttons[:6], buttons[6:]] if place < 4 else [buttons])


async def start(update: Update, _context: Context) -> None:
    """Ask the first question."""
    if update.effective_user is not None and update.message is not None:
        STATE[update.effective_user.id] = []
        await update.message.reply_text(f"{TEXTS[0]}\n\n1/5", reply_markup=keyboard(0))


async def tap(update: Update, _context: Context) -> None:
    """Remember one answer and ask the next question."""
    query = update.callback_query
    if query is None or query.data is None:
        return
    answers = STATE.setdefault(query.from_user.id, [])
    answers.append(query.data)
    await query.answer()
    place = len(answers)
    if place < len(TEXTS):
        text = f"{TEXTS[place]}\n\n{place + 1}/5"
        await query.edit_message_text(text, reply_markup=keyboard(place))
    else:
        await query.edit_message_text("Thank you.")


def main() -> None:
    """Run until stopped."""
    api = os.environ["BARE_API"]
    house = Application.builder().token(os.environ["BARE_TOKEN"]).base_url(f"{api}/bot").build()
    house.add_handler(CommandHandler("start", start))
    house.add_handler(CallbackQueryHandler(tap))
    house.run_polling()


if __name__ == "__main__":
    main()
