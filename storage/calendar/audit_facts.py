"""What the audit log records of calendar changes: ids and settings, enough to undo them."""

from collections.abc import Sequence
from datetime import datetime

from alliance.calendar.timing import zone_named
from storage.audit.audit_log import join_ids
from storage.calendar import session_changes
from storage.calendar.absences import Absence
from storage.calendar.plans import Plan, hours, minutes
from storage.database.tx import Tx, utc_text

AS_PLANNED, MOVED, CANCELLED = "as_planned", "moved", "cancelled"

FactsDict = dict[str, str | int | None]


def plan_facts(plan: Plan) -> FactsDict:
    """Return the facts of a plan; settings that it leaves to the site are left out."""
    timetable = plan.timetable
    facts: FactsDict = {
        "plan": plan.id,
        "rule": timetable.rule.text(),
        "first_day": timetable.first_day.isoformat(),
        "time": f"{timetable.wall_time:%H:%M}",
        "zone": timetable.zone,
        "duration": None if timetable.duration is None else minutes(timetable.duration),
        "delay": None if timetable.delay is None else minutes(timetable.delay),
        "instrument": timetable.instrument,
        "quiet": None if timetable.quiet is None else timetable.quiet.text(),
        "reminders": timetable.reminders,
        "expiry": None if timetable.expiry is None else hours(timetable.expiry),
        "holidays": timetable.holidays,
    }
    return {name: value for name, value in facts.items() if value is not None}


def ended_plans_facts(ended: Sequence[Plan]) -> FactsDict | None:
    """Return the facts of the plans that a change has ended: the last one, and every id."""
    if not ended:
        return None
    return {**plan_facts(ended[-1]), "plans": join_ids(plan.id for plan in ended)}


async def session_facts(tx: Tx, plan: Plan, planned_for: datetime) -> FactsDict:
    """Return when a session takes place now; ``when`` is in its plan's time zone."""
    facts: FactsDict = {"plan": plan.id, "planned_for": utc_text(planned_for), "is": AS_PLANNED}
    starts_at = planned_for
    for one in await session_changes.of_plan(tx, plan.id):
        if one.planned_for == planned_for:
            moved_to, ends_at = one.change.starts_at, one.change.ends_at
            facts["is"] = CANCELLED if moved_to is None else MOVED
            facts["starts_at"] = None if moved_to is None else utc_text(moved_to)
            facts["ends_at"] = None if ends_at is None else utc_text(ends_at)
            facts["sequence"] = one.source_sequence
            starts_at = moved_to or planned_for
    local = starts_at.astimezone(zone_named(plan.timetable.zone))
    return {**facts, "when": f"{local:%Y-%m-%dT%H:%M}"}


def absence_facts(absence: Absence) -> FactsDict:
    """Return the facts of an absence."""
    return {
        "absence": absence.id,
        "first_day": absence.first_day.isoformat(),
        "last_day": absence.last_day.isoformat(),
        "cover": absence.cover_id,
    }
