"""What those who watch a bot from outside see of it."""

import aiohttp
from starlette.applications import Starlette

from bot.web.health import routes, served
from tests.stories.clinic import Story


async def complaints(clinic: Story) -> list[str]:
    """Return what ``/readyz`` says is wrong; nothing where the bot is ready."""
    bot = clinic.bot
    page = Starlette(routes=routes(bot.store, bot.signs, bot.desk.now))
    async with (
        served(page, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/readyz") as answer,
    ):
        told = await answer.json()
        assert answer.status == (200 if told["ready"] else 503)
        return list(told["wrong"])
