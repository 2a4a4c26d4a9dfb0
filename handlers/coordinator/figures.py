"""/figures: how it goes, in shares and medians over enough people; nobody's answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from telegram import Update

from alliance import figures as counting
from alliance.cadence import instant
from alliance.figures import Asked, Raised, Settled
from alliance.responses import own_share
from handlers import guard, replies
from handlers.charts import png
from handlers.charts.figures import figures_svg
from handlers.coordinator.caller import Caller
from handlers.desk import Context
from handlers.screens.figures import Figures, lines
from storage import figures, groups, responses

WEEKS = 12


async def on_figures(update: Update, context: Context) -> None:
    """/figures: a picture of the last twelve weeks, and the same in words."""
    message = guard.written(update)
    async with context.desk.store.reading() as tx:
        person = await guard.admitted(context, tx, guard.writer(message))
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


@dataclass(frozen=True, slots=True)
class _Read:
    """What figures are made of, as it was read."""

    now: datetime
    asked: Sequence[Asked]
    raised: Sequence[Raised]
    settled: Sequence[Settled]
    missed: int
    right: float | None
    codes: Mapping[str, str]


async def counted(caller: Caller) -> Figures:
    """Return the figures of the last twelve weeks, the running one included.

    Counted beside the loop: in a large clinic it takes a while, and patients tap meanwhile.
    """
    tx, now = caller.tx, caller.now
    since = _begin(now, caller)
    read = _Read(
        now,
        asked=await figures.asked_since(tx, since=since),
        raised=await figures.raised_since(tx, since=since, now=now),
        settled=await figures.settled_since(tx, since=since),
        missed=await figures.missed_since(tx, since=since),
        right=await _right(caller, caller.desk.site.least_cell),
        codes={group.id: group.code for group in await groups.all_current(tx)},
    )
    return await asyncio.to_thread(_figures, caller, read)


def _figures(caller: Caller, read: _Read) -> Figures:
    site, least, asked = caller.desk.site, caller.desk.site.least_cell, read.asked
    shares = counting.by_group(asked, least=least)
    alone = [(caller.say("figures.alone"), shares[None])] if None in shares else []
    together = [(code, shares[one]) for one, code in read.codes.items() if one in shares]
    return Figures(
        caller.language,
        counting.by_week(asked, zone=site.zone, now=read.now, weeks=WEEKS, least=least),
        [*alone, *together],
        asked=len(asked),
        answered=counting.answered_share(asked, least=least),
        wait=counting.median_wait(asked, least=least),
        missed=read.missed,
        alerts=counting.alerts_per_100(read.raised, asked, least=least),
        seen=counting.seen_in_time(read.raised, least=least),
        recovered=counting.recovered_share(read.settled, least=least),
        right=read.right,
    )


async def _right(caller: Caller, least: int) -> float | None:
    """Return the share of right alerts; None where too few, or of too few patients, were judged."""
    if await figures.patients_answered_for(caller.tx, at_most=least) < least:
        return None
    said = await responses.tally(caller.tx)
    return own_share(right=said.right, wrong=said.wrong)


def _begin(now: datetime, caller: Caller) -> datetime:
    """Return when the oldest of the weeks began, by the site's clocks."""
    zone = caller.desk.site.zone
    monday = counting.monday_of(now, zone) - timedelta(weeks=WEEKS - 1)
    return instant(monday, time(0), zone).astimezone(UTC)
