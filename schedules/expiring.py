"""Close check-ins whose time is over; what was never sent is noted as missed by us."""

from datetime import datetime

from alliance.review import ANSWERABLE, CheckinState
from storage import checkins, outbox
from storage.tx import Store

AT_ONCE = 100


async def expire(store: Store, now: datetime) -> int:
    """Close every open check-in whose time is over; return how many were closed."""
    closed = 0
    while True:
        async with store.transaction() as tx:
            over = await checkins.to_close(tx, now=now, limit=AT_ONCE)
            for row in over:
                unsent = row["state"] == CheckinState.DUE
                await checkins.move(
                    tx,
                    checkin_id=row["id"],
                    to=CheckinState.MISSED if unsent else CheckinState.EXPIRED,
                    reason="could not be sent in time" if unsent else "time over",
                    at=now,
                    only_from=ANSWERABLE,
                )
                await outbox.cancel_about(tx, subject_id=row["id"], reason="time over")
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
