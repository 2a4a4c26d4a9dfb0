"""After an outage: taps that nobody fetched within 150 s are gone, so questions are sent anew."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.desk import Desk
from storage import checkins, follow_up, inbox, outbox, people

logger = logging.getLogger(__name__)

TAPS_LIVE = timedelta(seconds=150)
NOTED_EVERY = 10.0
PULSE = "poll"


class Outage:
    """Notices that the bot was away, whether it was stopped or merely cut off.

    Args:
        desk: What handlers have at hand.
        ticks: Seconds that pass evenly: the time of day may be set meanwhile.
    """

    def __init__(self, desk: Desk, ticks: Callable[[], float]) -> None:
        self._desk = desk
        self._ticks = ticks
        self._last: float | None = None
        self._noted = -NOTED_EVERY

    async def heard(self) -> None:
        """Note that a poll came back; post the open questions anew after too long a silence."""
        ticks, now = self._ticks(), self._desk.now()
        if self._last is None:
            async with self._desk.store.reading() as tx:
                before = await inbox.last_beat(tx, PULSE)
            away = timedelta() if before is None else now - before
        else:
            away = timedelta(seconds=ticks - self._last)
        self._last = ticks
        if away > TAPS_LIVE:
            logger.warning("away for %.0f s; open questions are sent anew", away.total_seconds())
            await self._ask_anew(now)
        if away > TAPS_LIVE or ticks - self._noted >= NOTED_EVERY:
            self._noted = ticks
            async with self._desk.store.transaction() as tx:
                await inbox.beat(tx, name=PULSE, at=now)

    async def _ask_anew(self, now: datetime) -> None:
        async with self._desk.store.transaction() as tx:
            for row in await checkins.all_open(tx, now=now):
                patient = await people.by_id(tx, row["patient_id"])
                await outbox.post(
                    tx,
                    key=f"again:{row['id']}:{now.isoformat()}",
                    kind="again",
                    person_id=patient.id,
                    subject_id=row["id"],
                    at=now,
                    not_before=follow_up.waking(now, self._desk.site.quiet, patient),
                )
        self._desk.ring()
