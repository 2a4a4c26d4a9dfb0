"""The sessions that plans give, with every exception, absence and holiday: for clock and preview.

Nothing here writes. The clock puts what ``lay_out`` returns into the table; the preview lays
the same over what stands there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alliance.calendar.timetable import Away, Defaults, Meeting, People, Terms, meetings
from storage.calendar import absences, session_changes
from storage.calendar.plans import Plan
from storage.calendar.sessions import Session
from storage.database.ids import new_id
from storage.database.tx import Tx, in_parts


async def lay_out(
    tx: Tx, plans: Sequence[Plan], *, until: datetime, defaults: Defaults, now: datetime
) -> list[Session]:
    """Return the sessions of plans from where each needs planning up to ``until``.

    Args:
        tx: An open transaction, or one for reading.
        plans: Which; of each, sessions that begin later than ``plan.planned_after``.
        until: The horizon.
        defaults: What the site has where a plan says nothing.
        now: For the ids of sessions that are new.
    """
    if not plans:
        return []
    changed = await session_changes.of_plans(tx, [plan.id for plan in plans])
    away = await absences.away_since(tx, since=min(plan.planned_after for plan in plans))
    leading = await _therapists(tx, plans)
    laid_out: list[Session] = []
    for plan in plans:
        terms = plan.timetable.terms(defaults, group=plan.group_id is not None)
        therapists = leading.get(str(plan.patient_id or plan.group_id), [])
        coming = meetings(
            plan.timetable,
            terms,
            changed=changed.get(plan.id, {}),
            people=_people(plan, away, therapists),
            after=plan.planned_after,
            until=plan.planned_up_to(until),
        )
        laid_out += [_session(plan, terms, meeting, now) for meeting in coming]
    return laid_out


def _people(plan: Plan, away: Mapping[str, tuple[Away, ...]], therapists: Iterable[str]) -> People:
    patient = () if plan.patient_id is None else away.get(plan.patient_id, ())
    return People(patient, tuple(away.get(one, ()) for one in therapists))


def _session(plan: Plan, terms: Terms, meeting: Meeting, now: datetime) -> Session:
    return Session(
        id=new_id(now),
        patient_id=plan.patient_id,
        group_id=plan.group_id,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=plan.timetable.zone,
        delay=terms.delay,
        instrument=terms.instrument,
        quiet=terms.quiet,
        reminders=terms.reminders,
        expiry=terms.expiry,
        plan_id=plan.id,
        planned_for=meeting.planned_for,
        state="planned" if meeting.not_held is None else "cancelled",
        reason=meeting.not_held,
    )


async def _therapists(tx: Tx, plans: Sequence[Plan]) -> Mapping[str, list[str]]:
    """Return who looks after each patient, and who leads each group, now."""
    found: dict[str, list[str]] = {}
    for column, table, ids in (
        ("patient_id", "care", [plan.patient_id for plan in plans if plan.patient_id]),
        ("group_id", "leaders", [plan.group_id for plan in plans if plan.group_id]),
    ):
        for marks, some in in_parts(ids):
            for row in await tx.all(
                f"SELECT {column} AS whose, therapist_id FROM {table}"
                f" WHERE to_at IS NULL AND {column} IN ({marks})",
                *some,
            ):
                found.setdefault(row["whose"], []).append(row["therapist_id"])
    return found
