"""The same survey bot on aiogram 3 with uvloop; it runs in a separate environment."""

import os

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from benchmarks.contestants.bare_survey import TEXTS, THANKS, Answers, Buttons, question

ANSWERS = Answers()


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup:
    """Return the keyboard of the framework."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=data) for label, data in row]
            for row in buttons
        ]
    )


async def start(message: Message) -> None:
    """Ask the first question."""
    if message.from_user is not None:
        ANSWERS.begin(message.from_user.id)
        text, buttons = question(0)
        await message.answer(text, reply_markup=keyboard(buttons))


async def tap(query: CallbackQuery) -> None:
    """Save one answer and ask the next question."""
    if query.data is None or not isinstance(query.message, Message):
        return
    place = ANSWERS.add(query.from_user.id, query.data)
    await query.answer()
    if place < len(TEXTS):
        text, buttons = question(place)
        await query.message.edit_text(text, reply_markup=keyboard(buttons))
    else:
        await query.message.edit_text(THANKS)


async def main() -> None:
    """Run until stopped."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["BARE_API"]))
    dispatcher = Dispatcher()
    dispatcher.message.register(start, CommandStart())
    dispatcher.callback_query.register(tap)
    await dispatcher.start_polling(Bot(os.environ["BARE_TOKEN"], session=session))


if __name__ == "__main__":
    uvloop.run(main())
