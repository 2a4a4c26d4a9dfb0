"""Close check-ins that have expired; one that was never sent is recorded as missed by us."""

from collections.abc import Callable
from datetime import datetime

from alliance.alerts.alert_settings import AlertSettings
from alliance.checkins.instruments import Instrument, instrument
from alliance.checkins.review import ANSWERABLE, CheckinState
from alliance.rupture import Detector
from storage.alerts import evaluate
from storage.checkins import checkins, due
from storage.consent import consents
from storage.database.tx import Row, Store, Tx
from storage.messages import outbox
from storage.messages.post import post_close

BATCH_SIZE = 100

DetectorFor = Callable[[Instrument], Detector]


async def expire(
    store: Store, now: datetime, detector: DetectorFor, alert_settings: AlertSettings
) -> int:
    """Close every open check-in that has expired; return how many were closed.

    Its answers so far are evaluated, and so is the lack of any if the site wants that.
    """
    closed = 0
    while True:
        async with store.transaction() as tx:
            over = await due.to_close(tx, now=now, limit=BATCH_SIZE)
            for row in over:
                to, reason = await _final_state(tx, row)
                await checkins.change_state(
                    tx,
                    checkin_id=row["id"],
                    to=to,
                    reason=reason,
                    at=now,
                    only_from=ANSWERABLE,
                )
                await outbox.cancel_by_subject(tx, subject_id=row["id"], reason="time over")
                if to == CheckinState.EXPIRED:
                    await evaluate.evaluate_checkin(
                        tx,
                        checkin_id=row["id"],
                        detector=detector(instrument(row["instrument"])),
                        alert_settings=alert_settings,
                        at=now,
                    )
                if row["message_id"] is not None:
                    await post_close(tx, checkin_id=row["id"], patient_id=row["patient_id"], at=now)
        closed += len(over)
        if len(over) < BATCH_SIZE:
            return closed


async def _final_state(tx: Tx, row: Row) -> tuple[CheckinState, str]:
    """Return how an open check-in ends; not agreeing to new terms is not a missed answer."""
    if row["state"] == CheckinState.DUE:
        return CheckinState.MISSED, "could not be sent in time"
    if row["state"] == CheckinState.SENT and await consents.is_outdated(tx, row["patient_id"]):
        return CheckinState.CANCELLED, "the words were not agreed to"
    return CheckinState.EXPIRED, "time over"
