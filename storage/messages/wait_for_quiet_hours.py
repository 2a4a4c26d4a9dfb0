"""Whether a message may leave now, or waits until its recipient's quiet hours are over.

This is asked when a message is sent, by the time zone and the quiet hours of that moment.
"""

from datetime import datetime, time

from alliance.calendar.timing import QuietHours, send_time, skip_quiet_hours, zone_named
from storage.calendar.quiet_hours import PLAN_QUIET, quiet_hours_of
from storage.database.tx import Tx, utc_time_or_none
from storage.messages.delivery import OutboxMessage
from storage.messages.kinds_and_priorities import MessageKind, Trouble
from storage.messages.payloads import TroublePayload
from storage.people import people

OUT_OF_OFFICE = QuietHours(time(18), time(9))
"""Local hours in which a coordinator is not told of anything that can wait for days."""

WAITING_REASON = "quiet hours"
"""Recorded for a message that waits for their end."""

_ABOUT_CHECKINS = frozenset({MessageKind.PROMPT, MessageKind.AGAIN, MessageKind.REMINDER})

_BY_SITE = frozenset(
    {
        MessageKind.STATE,
        MessageKind.SNOOZE,
        MessageKind.ALERT_AGAIN,
        MessageKind.UNSEEN,
        MessageKind.EPISODE,
        MessageKind.DIGEST,
        MessageKind.HANDOVER,
    }
)
"""Kinds that the site's quiet hours hold back.

The rest leaves at any hour: alerts and faults, because they are urgent; what updates or removes a
message, because nobody is notified; that an answer was seen, which makes no sound; a heartbeat,
whose hour its recipient has chosen."""


async def quiet_until(
    tx: Tx, message: OutboxMessage, *, site_quiet: QuietHours, now: datetime
) -> datetime | None:
    """Return when the quiet hours end that hold a message back; None if it may leave now."""
    if message.kind in _ABOUT_CHECKINS:
        leaves_at = await _question_leaves_at(tx, message, site_quiet, now)
    else:
        quiet = _quiet_hours_for(message, site_quiet)
        if quiet is None:
            return None
        person = await people.by_id(tx, message.person_id)
        leaves_at = skip_quiet_hours(now, quiet, zone_named(person.zone))
    return leaves_at if leaves_at > now else None


async def _question_leaves_at(
    tx: Tx, message: OutboxMessage, site_quiet: QuietHours, now: datetime
) -> datetime:
    row = await tx.one(
        f"SELECT k.awake_until, {PLAN_QUIET}, p.zone FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id JOIN people p ON p.id = k.patient_id"
        " WHERE k.id = ?",
        message.subject_id,
    )
    if row is None:
        return now
    return send_time(
        now=now,
        awake_until=utc_time_or_none(row["awake_until"]),
        quiet=quiet_hours_of(row, site_quiet),
        zone=zone_named(row["zone"]),
    )


def _quiet_hours_for(message: OutboxMessage, site_quiet: QuietHours) -> QuietHours | None:
    """Return the hours in which a message that asks nothing waits; None if there are none."""
    if message.kind in _BY_SITE:
        return site_quiet
    if isinstance(message.payload, TroublePayload):
        waiting = {Trouble.UNREACHABLE: site_quiet, Trouble.PLAN_ENDS: OUT_OF_OFFICE}
        return waiting.get(message.payload.trouble)
    return None
