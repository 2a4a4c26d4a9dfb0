"""Close check-ins whose time is over; what was never sent is noted as missed by us."""

from collections.abc import Callable
from datetime import datetime

from alliance.alerts.alert_settings import Patience
from alliance.checkins.instruments import Instrument, instrument
from alliance.checkins.review import ANSWERABLE, CheckinState
from alliance.rupture import Detector
from storage.alerts import evaluate
from storage.checkins import checkins, due
from storage.consent import consents
from storage.database.tx import Row, Store, Tx
from storage.messages import outbox

AT_ONCE = 100

DetectorFor = Callable[[Instrument], Detector]


async def expire(store: Store, now: datetime, detector: DetectorFor, patience: Patience) -> int:
    """Close every open check-in whose time is over; return how many were closed.

    What was answered of it is judged as it is, and so is silence where a site wants that.
    """
    closed = 0
    while True:
        async with store.transaction() as tx:
            over = await due.to_close(tx, now=now, limit=AT_ONCE)
            for row in over:
                to, reason = await _ending(tx, row)
                await checkins.move(
                    tx,
                    checkin_id=row["id"],
                    to=to,
                    reason=reason,
                    at=now,
                    only_from=ANSWERABLE,
                )
                await outbox.cancel_about(tx, subject_id=row["id"], reason="time over")
                if to == CheckinState.EXPIRED:
                    await evaluate.judge(
                        tx,
                        checkin_id=row["id"],
                        detector=detector(instrument(row["instrument"])),
                        patience=patience,
                        at=now,
                    )
                if row["message_id"] is not None:
                    await outbox.post(
                        tx,
                        key=f"close:{row['id']}",
                        kind="close",
                        person_id=row["patient_id"],
                        subject_id=row["id"],
                        at=now,
                    )
        closed += len(over)
        if len(over) < AT_ONCE:
            return closed


async def _ending(tx: Tx, row: Row) -> tuple[CheckinState, str]:
    """Return how an open check-in ends; new words that nobody agreed to are no silence."""
    if row["state"] == CheckinState.DUE:
        return CheckinState.MISSED, "could not be sent in time"
    if row["state"] == CheckinState.SENT and await consents.is_outdated(tx, row["patient_id"]):
        return CheckinState.CANCELLED, "the words were not agreed to"
    return CheckinState.EXPIRED, "time over"
