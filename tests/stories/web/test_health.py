"""Monitoring shows that the bot works, and nothing about anybody."""

import aiohttp
from starlette.applications import Starlette

from bot.web.health import health_routes, serve_app
from tests.stories.clinic import ALERT_NOTICE, DROP_SCORES, StoryClinic, answer, wait_for_text


async def page_of(clinic: StoryClinic, path: str) -> tuple[int, str]:
    """Return status and text of a page of the running bot."""
    bot = clinic.bot
    app = Starlette(routes=health_routes(bot.store, bot.status, bot.services.now))
    async with (
        serve_app(app, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as reply,
    ):
        return reply.status, await reply.text()


async def test_what_happens_is_counted_and_nobody_is_named(clinic: StoryClinic) -> None:
    """After a drop one alert is unseen; updates and ticks were measured."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    await clinic.bot.tick()
    assert (await page_of(clinic, "/readyz"))[0] == 200
    status, text = await page_of(clinic, "/metrics")
    assert status == 200
    assert "attune_alerts_unseen 1.0" in text
    counts = {
        line.split()[0]: float(line.split()[1])
        for line in text.splitlines()
        if line.endswith("0") and "_count" in line
    }
    assert counts["attune_update_seconds_count"] >= 25
    assert counts["attune_tick_seconds_count"] >= 1
    for name in ("P-1", "T-1", str(clinic.patient.id), str(clinic.therapist.id)):
        assert name not in text
