"""The quiet hours that hold now for what is sent about a session.

Quiet hours are read when they are needed. Those in a session's row are only what its plan had
when it was last planned.
"""

from alliance.calendar.timing import NIGHT, QuietHours, parse_quiet_hours
from storage.database import key_values
from storage.database.tx import Row, Tx

SITE_QUIET = "site_quiet"
"""Name of the value that holds the site's quiet hours, for what has no settings at hand."""

PLAN_QUIET = (
    "(SELECT c.quiet FROM (SELECT l.id, l.quiet_from || '-' || l.quiet_to AS quiet,"
    " CASE WHEN l.ended_at IS NOT NULL THEN 2 WHEN l.id = s.plan_id THEN 0 ELSE 1 END AS place"
    " FROM plans l WHERE (l.patient_id = s.patient_id OR l.group_id = s.group_id)"
    " AND ((l.ended_at IS NULL AND l.extra = 0) OR l.id = s.plan_id)) c"
    " ORDER BY c.place, c.id DESC LIMIT 1) AS plan_quiet"
)
"""SQL: the quiet hours of the plan that holds now for a session ``s``; NULL uses the site's.

It is the session's own plan; if that has ended, the one that runs now in its place."""


def quiet_hours_of(row: Row, site: QuietHours) -> QuietHours:
    """Return the quiet hours in a row with ``PLAN_QUIET``."""
    text = row["plan_quiet"]
    return site if text is None else parse_quiet_hours(text)


async def save_site_quiet(tx: Tx, quiet: QuietHours) -> None:
    """Save the site's quiet hours, as the program starts."""
    await key_values.set_value(tx, name=SITE_QUIET, value=quiet.text())


async def site_quiet(tx: Tx) -> QuietHours:
    """Return the site's quiet hours as of the last start."""
    text = await key_values.get_value(tx, SITE_QUIET)
    return NIGHT if text is None else parse_quiet_hours(text)
