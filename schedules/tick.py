"""One tick: everything the clock owes, in order. Idempotent, and catches up by itself."""

from dataclasses import dataclass
from datetime import datetime

from alliance.alerts.alert_settings import Patience
from alliance.calendar.timetable import Defaults
from alliance.privacy.retention import Retention
from schedules.digesting import digest
from schedules.escalating import escalate
from schedules.expiring import DetectorFor, expire
from schedules.forgetting import forget
from schedules.heartbeating import beat
from schedules.opening import follow_sessions, open_due
from schedules.plan_end_notices import notice_endings
from schedules.planning import plan_sessions
from schedules.reminding import remind
from schedules.resuming import resume
from storage.database.tx import Store


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did, in counts."""

    planned: int
    followed: int
    opened: int
    reminded: int
    closed: int
    told: int
    escalated: int
    digested: int

    @property
    def did_something(self) -> bool:
        """Say whether letters may be waiting now."""
        posted = self.opened + self.reminded + self.closed + self.told
        return bool(posted + self.escalated + self.digested)


USUAL, USUAL_PATIENCE, USUALLY_KEPT = Defaults(), Patience(), Retention()


async def tick(
    store: Store,
    now: datetime,
    detector: DetectorFor,
    defaults: Defaults = USUAL,
    patience: Patience = USUAL_PATIENCE,
    retention: Retention = USUALLY_KEPT,
) -> Tick:
    """Do everything that is due at ``now``; doing it twice changes nothing.

    Planning comes first: what was changed is planned anew before anybody is asked. Closing
    comes before opening: after a night away, last week's question is over before this
    week's leaves.
    """
    await resume(store, now)
    planned = await plan_sessions(store, now, defaults)
    followed = await follow_sessions(store, now)
    closed = await expire(store, now, detector, patience)
    opened = await open_due(store, now)
    reminded = await remind(store, now)
    told = await notice_endings(store, now) + await beat(store, now)
    escalated = await escalate(store, now, patience)
    digested = await digest(store, now, patience)
    await forget(store, now, retention)
    return Tick(planned, followed, opened, reminded, closed, told, escalated, digested)
