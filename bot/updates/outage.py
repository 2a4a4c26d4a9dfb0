"""After an outage: taps that nobody fetched within 150 s are gone, so questions are sent anew."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.app.services import Desk
from storage.calendar import plan_checkins
from storage.checkins import checkins
from storage.database import updates
from storage.database.tx import Tx
from storage.messages import outbox
from storage.people import people

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
        """Note that Telegram got through; post the open questions anew after too long a silence.

        What this process does not know, because it has just begun, or another worker heard
        Telegram meanwhile, stands in the database.
        """
        ticks, now = self._ticks(), self._desk.now()
        was_away = self._last is None or ticks - self._last > TAPS_LIVE.total_seconds()
        if was_away or ticks - self._noted >= NOTED_EVERY:
            self._noted = ticks
            async with self._desk.store.transaction() as tx:
                before = await updates.beat_again(tx, name=PULSE, at=now)
                if was_away and before is not None and not is_recent(before, now):
                    logger.warning("away since %s; open questions are sent anew", before)
                    await self._ask_anew(tx, now)
            self._desk.ring()
        self._last = ticks

    async def _ask_anew(self, tx: Tx, now: datetime) -> None:
        for row in await checkins.all_open(tx, now=now):
            patient = await people.by_id(tx, row["patient_id"])
            await outbox.post(
                tx,
                key=f"again:{row['id']}:{now.isoformat()}",
                kind="again",
                person_id=patient.id,
                subject_id=row["id"],
                at=now,
                not_before=plan_checkins.waking(now, self._desk.site.quiet, patient),
            )


def is_recent(before: datetime, now: datetime) -> bool:
    """Say whether taps have lived all the time.

    Another worker may have noted a moment that is still to come by our clock; after a clock was
    set back by much nobody knows.
    """
    return abs(now - before) <= TAPS_LIVE
