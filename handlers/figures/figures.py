"""/figures: how the clinic is doing, as shares and medians over enough patients."""

from datetime import UTC

from alliance.alerts.responses import site_right_share
from alliance.figures.figures import CheckinCounter, alerts_per_100, recovered_share, seen_in_time
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.figures.chart import figures_svg
from handlers.figures.screens import Figures, lines
from storage.alerts import responses
from storage.database.tx import Tx
from storage.figures import figures
from storage.groups import groups

WEEKS = 12


async def on_figures(request: Request) -> None:
    """/figures: a picture of the last twelve weeks, and the same in words."""
    async with request.reading():
        await access.require_role(request)
        collected = await collect_figures(request)

    text = "\n".join([request.say("figures.title", count=WEEKS), *lines(collected)])
    await request.reply.send(Screen(text, silent=True, picture=figures_svg(collected)))


async def collect_figures(request: Request) -> Figures:
    """Return the figures of the last twelve weeks, including the current one."""
    tx, now, site = request.tx, request.now, request.services.site
    min_patients = site.min_cell_size
    counts = CheckinCounter(zone=site.zone, now=now, weeks=WEEKS, min_patients=min_patients)
    since = counts.since.astimezone(UTC)
    async for page in figures.checkins_since(tx, since=since):
        counts.add(page)
    alerts = await figures.alerts_since(tx, since=since, now=now)
    settled_episodes = await figures.settled_episodes_since(tx, since=since)
    shares = counts.by_group()
    individual = [(request.say("figures.alone"), shares[None])] if None in shares else []
    codes = {group.id: group.code for group in await groups.all_current(tx)}
    by_group = [(code, shares[one]) for one, code in codes.items() if one in shares]
    return Figures(
        request.language,
        counts.by_week(),
        [*individual, *by_group],
        asked_count=counts.all.asked,
        answered_share=counts.all.share,
        median_wait=counts.median_wait(),
        undelivered_count=await figures.count_missed_since(tx, since=since),
        alerts_per_100_sessions=alerts_per_100(alerts, counts.all),
        seen_share=seen_in_time(alerts, min_patients=min_patients),
        recovered_share=recovered_share(settled_episodes, min_patients=min_patients),
        correct_share=await _correct_share(tx, min_patients),
    )


async def _correct_share(tx: Tx, min_patients: int) -> float | None:
    """Return the share of correct alerts; None if too few, or of too few patients, were judged."""
    if await figures.count_patients_with_response(tx, at_most=min_patients) < min_patients:
        return None
    tally = await responses.tally(tx)
    return site_right_share(right=tally.right, wrong=tally.wrong)
