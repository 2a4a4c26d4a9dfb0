"""One tick: everything that is due, in order. Idempotent, and catches up after an outage."""

from datetime import datetime

from alliance.alerts.alert_settings import AlertSettings
from alliance.calendar.timetable import SiteDefaults
from alliance.privacy.retention import Retention
from schedules.digesting import post_digests
from schedules.escalating import escalate
from schedules.expiring import DetectorFor, expire
from schedules.forgetting import forget
from schedules.heartbeating import post_heartbeats
from schedules.opening import create_checkins, open_due_checkins
from schedules.plan_end_notices import notify_plan_ends
from schedules.planning import plan_sessions
from schedules.reminding import remind
from schedules.resuming import resume
from storage.database.tx import Store

DEFAULT_PLAN_SETTINGS, DEFAULT_ALERT_SETTINGS, DEFAULT_RETENTION = (
    SiteDefaults(),
    AlertSettings(),
    Retention(),
)


async def tick(
    store: Store,
    now: datetime,
    detector: DetectorFor,
    defaults: SiteDefaults = DEFAULT_PLAN_SETTINGS,
    alert_settings: AlertSettings = DEFAULT_ALERT_SETTINGS,
    retention: Retention = DEFAULT_RETENTION,
) -> int:
    """Do everything that is due at ``now``; doing it twice changes nothing.

    Planning comes first: changes are replanned before anybody is asked. Closing comes before
    opening: after an outage, last week's check-in is closed before this week's question is sent.

    Returns:
        How many messages may be waiting in the outbox now.
    """
    await resume(store, now)
    await plan_sessions(store, now, defaults)
    await create_checkins(store, now)
    posted = await expire(store, now, detector, alert_settings)
    posted += await open_due_checkins(store, now, defaults.quiet)
    posted += await remind(store, now, defaults.quiet)
    posted += await notify_plan_ends(store, now)
    posted += await post_heartbeats(store, now)
    posted += await escalate(store, now, alert_settings)
    posted += await post_digests(store, now, alert_settings)
    await forget(store, now, retention)
    return posted
