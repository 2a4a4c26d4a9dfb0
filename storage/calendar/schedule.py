"""Generates the sessions of plans, with every changed session, absence and holiday.

Nothing here writes. The scheduler saves what ``generate_sessions`` returns; the preview merges
it with what is saved.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alliance.calendar.timetable import (
    AbsencePeriod,
    PlanSettings,
    ScheduledSession,
    SessionAbsences,
    SiteDefaults,
    scheduled_sessions,
)
from alliance.calendar.timing import zone_named
from alliance.calendar.wall_times import rule_time_of
from storage.calendar import absences, session_changes
from storage.calendar.plans import Plan
from storage.calendar.sessions import Session
from storage.database.ids import new_id
from storage.database.tx import Tx, id_batches


async def generate_sessions(
    tx: Tx, plans: Sequence[Plan], *, until: datetime, defaults: SiteDefaults, now: datetime
) -> list[Session]:
    """Return the sessions of plans from where each needs planning up to ``until``.

    Args:
        tx: An open transaction, or one for reading.
        plans: The plans; of each, the sessions that begin later than ``plan.planned_after``.
        until: The horizon.
        defaults: The site's settings, where a plan has none of its own.
        now: The time that goes into the ids of the sessions.
    """
    if not plans:
        return []
    changes = await session_changes.of_plans(tx, [plan.id for plan in plans])
    away = await absences.by_person_since(tx, since=min(plan.planned_after for plan in plans))
    therapists = await _therapists_by_owner(tx, plans)
    sessions: list[Session] = []
    for plan in plans:
        settings = plan.timetable.resolve_settings(defaults, group=plan.group_id is not None)
        scheduled = scheduled_sessions(
            plan.timetable,
            settings,
            changed=changes.get(plan.id, {}),
            people=_session_absences(plan, away, therapists.get(plan.owner_id, [])),
            after=plan.planned_after,
            until=plan.planned_up_to(until),
        )
        sessions += [_session(plan, settings, one, now) for one in scheduled]
    return sessions


def _session_absences(
    plan: Plan, away: Mapping[str, tuple[AbsencePeriod, ...]], therapist_ids: Iterable[str]
) -> SessionAbsences:
    patient = () if plan.patient_id is None else away.get(plan.patient_id, ())
    return SessionAbsences(patient, tuple(away.get(one, ()) for one in therapist_ids))


def _session(
    plan: Plan, settings: PlanSettings, scheduled: ScheduledSession, now: datetime
) -> Session:
    timetable = plan.timetable
    zone = zone_named(timetable.zone)
    return Session(
        id=new_id(now),
        patient_id=plan.patient_id,
        group_id=plan.group_id,
        starts_at=scheduled.starts_at,
        ends_at=scheduled.ends_at,
        zone=timetable.zone,
        delay=settings.delay,
        instrument=settings.instrument,
        quiet=settings.quiet,
        reminders=settings.reminders,
        expiry=settings.expiry,
        plan_id=plan.id,
        planned_for=scheduled.planned_for,
        state="planned" if scheduled.not_held is None else "cancelled",
        reason=scheduled.not_held,
        planned_local=rule_time_of(scheduled.planned_for, timetable.wall_time, zone),
    )


async def _therapists_by_owner(tx: Tx, plans: Sequence[Plan]) -> Mapping[str, list[str]]:
    """Return the present therapists of each patient and the present leaders of each group."""
    by_owner: dict[str, list[str]] = {}
    for column, table, ids in (
        ("patient_id", "care", [plan.patient_id for plan in plans if plan.patient_id]),
        ("group_id", "leaders", [plan.group_id for plan in plans if plan.group_id]),
    ):
        for marks, some in id_batches(ids):
            for row in await tx.all(
                f"SELECT {column} AS owner_id, therapist_id FROM {table}"
                f" WHERE to_at IS NULL AND {column} IN ({marks})",
                *some,
            ):
                by_owner.setdefault(row["owner_id"], []).append(row["therapist_id"])
    return by_owner
