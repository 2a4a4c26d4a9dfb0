"""The readiness that monitoring sees."""

import aiohttp
from starlette.applications import Starlette

from bot.web.health import health_routes, serve_app
from tests.stories.clinic import StoryClinic


async def readiness_problems(clinic: StoryClinic) -> list[str]:
    """Return the problems that ``/readyz`` reports; none if the bot is ready."""
    bot = clinic.bot
    page = Starlette(routes=health_routes(bot.store, bot.status, bot.services.now))
    async with (
        serve_app(page, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/readyz") as answer,
    ):
        report = await answer.json()
        assert answer.status == (200 if report["ready"] else 503)
        return list(report["wrong"])
