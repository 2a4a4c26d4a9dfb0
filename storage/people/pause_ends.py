"""When pauses end: as their day begins by the patient's own clock, wherever that is by then."""

from datetime import datetime, time, timedelta

from alliance.calendar.timing import A_DAY, instant, zone_named
from storage.database.tx import Tx, utc_text, utc_time

MAX_RULE_CHANGE = timedelta(hours=1)


async def follow_zone(tx: Tx, *, person_id: str, before: str, zone: str, at: datetime) -> None:
    """Let somebody's pause end on the same day in another time zone."""
    row = await tx.one(
        "SELECT paused_until FROM people WHERE id = ? AND paused_until > ?", person_id, utc_text(at)
    )
    if row is not None:
        local = utc_time(row["paused_until"]).astimezone(zone_named(before))
        await _set_end(tx, person_id, instant(local.date(), local.time(), zone_named(zone)))


async def retime_all(tx: Tx, *, at: datetime) -> None:
    """Let every pause end at midnight again after the rules of time zones have changed."""
    for row in await tx.all(
        "SELECT id, zone, paused_until FROM people WHERE paused_until > ?", utc_text(at)
    ):
        zone, until = zone_named(row["zone"]), utc_time(row["paused_until"])
        today = until.astimezone(zone).date()
        for midnight in (instant(day, time(), zone) for day in (today, today + A_DAY)):
            if until != midnight and abs(until - midnight) <= MAX_RULE_CHANGE:
                await _set_end(tx, row["id"], midnight)


async def _set_end(tx: Tx, person_id: str, until: datetime) -> None:
    await tx.run("UPDATE people SET paused_until = ? WHERE id = ?", utc_text(until), person_id)
