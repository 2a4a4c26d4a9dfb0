"""After an outage: taps not fetched within 150 s are lost, so open questions are sent again."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.app.services import Services
from storage.calendar import plan_checkins
from storage.checkins import checkins
from storage.database import internal_heartbeats
from storage.database.tx import Tx
from storage.messages.post import post_again
from storage.people import people

logger = logging.getLogger(__name__)

TAP_LIFETIME = timedelta(seconds=150)
RECORD_INTERVAL_SECONDS = 10.0
POLL_HEARTBEAT = "poll"


class Outage:
    """Detects that the bot was unreachable, whether it was stopped or merely cut off.

    Args:
        services: What handlers have at hand.
        monotonic: Seconds of a monotonic clock: the time of day may be changed meanwhile.
    """

    def __init__(self, services: Services, monotonic: Callable[[], float]) -> None:
        self._services = services
        self._monotonic = monotonic
        self._last_contact_at: float | None = None
        self._recorded_at = -RECORD_INTERVAL_SECONDS

    async def record_contact(self) -> None:
        """Record contact with Telegram; post the open questions again after a long outage.

        The database knows of contacts before this process started, and of other workers.
        """
        seconds, now = self._monotonic(), self._services.now()
        was_away = (
            self._last_contact_at is None
            or seconds - self._last_contact_at > TAP_LIFETIME.total_seconds()
        )
        if was_away or seconds - self._recorded_at >= RECORD_INTERVAL_SECONDS:
            self._recorded_at = seconds
            async with self._services.store.transaction() as tx:
                before = await internal_heartbeats.replace_heartbeat(
                    tx, name=POLL_HEARTBEAT, at=now
                )
                if was_away and before is not None and not is_recent(before, now):
                    logger.warning("no contact since %s; open questions are sent again", before)
                    await self._resend_open_questions(tx, now)
            self._services.wake_sender()
        self._last_contact_at = seconds

    async def _resend_open_questions(self, tx: Tx, now: datetime) -> None:
        for row in await checkins.all_open(tx, now=now):
            patient = await people.by_id(tx, row["patient_id"])
            await post_again(
                tx,
                checkin_id=row["id"],
                patient_id=patient.id,
                at=now,
                not_before=plan_checkins.after_quiet_hours(
                    now, self._services.site.defaults.quiet, patient
                ),
            )


def is_recent(before: datetime, now: datetime) -> bool:
    """Say whether no tap can have been lost since then.

    Another worker's clock may be ahead of ours; after a clock was set far back nobody knows.
    """
    return abs(now - before) <= TAP_LIFETIME
