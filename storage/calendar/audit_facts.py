"""What the log keeps of a change in the calendar: ids and settings, enough to take it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alliance.calendar.timing import zone_named
from storage.calendar import session_changes
from storage.calendar.absences import Absence
from storage.calendar.plans import Plan
from storage.database.tx import Tx, at_text

AS_PLANNED, MOVED, CANCELLED = "as_planned", "moved", "cancelled"

Facts = dict[str, str | int | None]


def plan_facts(plan: Plan) -> Facts:
    """Return what a plan says; what it leaves to the site is left out."""
    told, minute = plan.timetable, timedelta(minutes=1)
    quiet = None if told.quiet is None else f"{told.quiet.begin:%H:%M}-{told.quiet.end:%H:%M}"
    facts: Facts = {
        "plan": plan.id,
        "rule": told.rule.text(),
        "first_day": told.first_day.isoformat(),
        "time": f"{told.wall_time:%H:%M}",
        "zone": told.zone,
        "duration": None if told.duration is None else round(told.duration / minute),
        "delay": None if told.delay is None else round(told.delay / minute),
        "instrument": told.instrument,
        "quiet": quiet,
        "reminders": told.reminders,
        "expiry": None if told.expiry is None else round(told.expiry / (60 * minute)),
        "holidays": told.holidays,
    }
    return {name: value for name, value in facts.items() if value is not None}


def ended_facts(ended: Sequence[Plan]) -> Facts | None:
    """Return the plans that an edit has ended: what the last one said, and every id."""
    if not ended:
        return None
    return {**plan_facts(ended[-1]), "plans": ",".join(plan.id for plan in ended)}


async def session_facts(tx: Tx, plan: Plan, planned_for: datetime) -> Facts:
    """Return where a session stands now; ``when`` is that by its plan's clocks."""
    facts: Facts = {"plan": plan.id, "planned_for": at_text(planned_for), "is": AS_PLANNED}
    stands = planned_for
    for one in await session_changes.of_plan(tx, plan.id):
        if one.planned_for == planned_for:
            begin, end = one.changed.starts_at, one.changed.ends_at
            facts["is"] = CANCELLED if begin is None else MOVED
            facts["starts_at"] = None if begin is None else at_text(begin)
            facts["ends_at"] = None if end is None else at_text(end)
            facts["sequence"] = one.source_sequence
            stands = begin or planned_for
    local = stands.astimezone(zone_named(plan.timetable.zone))
    return {**facts, "when": f"{local:%Y-%m-%dT%H:%M}"}


def absence_facts(absence: Absence) -> Facts:
    """Return an absence."""
    return {
        "absence": absence.id,
        "first_day": absence.first_day.isoformat(),
        "last_day": absence.last_day.isoformat(),
        "cover": absence.cover_id,
    }
