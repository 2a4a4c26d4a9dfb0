"""/figures: how it goes, in shares and medians over enough people; nobody's answers."""

from datetime import UTC

from telegram import Update

from alliance.alerts.responses import own_share
from alliance.figures.figures import Counts, alerts_per_100, recovered_share, seen_in_time
from handlers.app import access, replies
from handlers.app.coordinator_request import Caller
from handlers.app.services import Context
from handlers.charts import png
from handlers.figures.chart import figures_svg
from handlers.figures.screens import Figures, lines
from storage.alerts import responses
from storage.figures import figures
from storage.groups import groups

WEEKS = 12


async def on_figures(update: Update, context: Context) -> None:
    """/figures: a picture of the last twelve weeks, and the same in words."""
    message = access.written(update)
    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(message))
        found = await counted(Caller(tx, context, person))

    drawn = await png(figures_svg(found))
    head = found.say("figures.title", count=WEEKS)
    text = "\n".join([head, *lines(found)])
    await replies.persistently(
        lambda: context.bot.send_photo(
            message.chat_id,
            drawn,
            caption=text,
            filename="figures.png",
            disable_notification=True,
        )
    )


async def counted(caller: Caller) -> Figures:
    """Return the figures of the last twelve weeks, the running one included."""
    tx, now, site = caller.tx, caller.now, caller.desk.site
    least = site.least_cell
    counts = Counts(zone=site.zone, now=now, weeks=WEEKS, least=least)
    since = counts.since.astimezone(UTC)
    async for page in figures.asked_since(tx, since=since):
        counts.add(page)
    raised = await figures.raised_since(tx, since=since, now=now)
    settled = await figures.settled_since(tx, since=since)
    shares = counts.by_group()
    alone = [(caller.say("figures.alone"), shares[None])] if None in shares else []
    codes = {group.id: group.code for group in await groups.all_current(tx)}
    together = [(code, shares[one]) for one, code in codes.items() if one in shares]
    return Figures(
        caller.language,
        counts.by_week(),
        [*alone, *together],
        asked=counts.all.asked,
        answered=counts.all.share,
        wait=counts.median_wait(),
        missed=await figures.missed_since(tx, since=since),
        alerts=alerts_per_100(raised, counts.all),
        seen=seen_in_time(raised, least=least),
        recovered=recovered_share(settled, least=least),
        right=await _right(caller, least),
    )


async def _right(caller: Caller, least: int) -> float | None:
    """Return the share of right alerts; None where too few, or of too few patients, were judged."""
    if await figures.patients_answered_for(caller.tx, at_most=least) < least:
        return None
    said = await responses.tally(caller.tx)
    return own_share(right=said.right, wrong=said.wrong)
