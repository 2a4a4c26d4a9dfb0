"""Applying a file: all of it in one transaction, or nothing; /undo undoes it as one change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alliance.files.changes import (
    AbsenceAdded,
    AbsenceChanged,
    AbsenceEnded,
    CalendarChange,
    CareChanged,
    FileChange,
    GroupAdded,
    GroupJoined,
    GroupLeft,
    PersonAdded,
    PlanAdded,
    PlanChanged,
    PlanEnded,
    PlanLinked,
    count_by_effect,
)
from alliance.files.drafts import DryRun
from alliance.files.match_owners import NOT_OURS
from alliance.people.roles_and_states import PersonState
from handlers.files import apply_calendar, apply_people
from handlers.files.apply_calendar import Claim
from handlers.files.view import FileView
from storage.audit.change import Change
from storage.database.tx import Tx, Value
from storage.files import imports
from storage.groups import change_groups, groups
from storage.people import people
from storage.people.invite import InvitedPerson, SiteLocale
from storage.people.people import Person

EventRow = dict[str, Value]


@dataclass(slots=True)
class _Effects:
    """What the changes of a file have made so far.

    Attributes:
        invited: Who is new, with their links.
        claims: Plans that come from another event now, with the event before.
        absences: Key of an event to its absence and the event's sequence.
    """

    invited: list[InvitedPerson] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    absences: dict[str, tuple[str, int]] = field(default_factory=dict)


async def apply(
    change: Change, view: FileView, run: DryRun, *, locale: SiteLocale
) -> list[InvitedPerson]:
    """Make the changes that a file asks for; return who was invited, with their links.

    Args:
        change: The change; its transaction is the file's.
        view: The file.
        run: The dry run, as the coordinator has seen it.
        locale: The language and zone of somebody new.

    Raises:
        Refusal: Something has begun or changed meanwhile; the transaction must be rolled back.
    """
    counts = count_by_effect(run.changes)
    part = await imports.record_apply(change, view.file, counts)
    effects = _Effects()
    for file_change in run.changes:
        await _apply_change(part, file_change, effects, locale)
    effects.claims += await _save_sequences(part.tx, view, run)
    back = {
        "counts": counts,
        "invited": [invited.person.id for invited in effects.invited],
        "claims": [[claim.plan_id, claim.key, claim.sequence] for claim in effects.claims],
        "events": await _save_events(part.tx, view, run, effects.absences),
    }
    await imports.mark_applied(part.tx, view.file, back)
    return effects.invited


async def _apply_change(
    change: Change, file_change: FileChange, effects: _Effects, locale: SiteLocale
) -> None:
    match file_change:
        case PersonAdded():
            invited = await apply_people.invite_person(change, file_change, locale)
            effects.invited.append(invited)
        case GroupAdded():
            await change_groups.make(change, file_change.code)
        case CareChanged():
            await apply_people.set_care(change, file_change)
        case GroupJoined():
            await apply_people.join(change, file_change)
        case GroupLeft():
            await apply_people.leave(change, file_change)
        case _:
            await _apply_calendar_change(change, file_change, effects)


async def _apply_calendar_change(
    change: Change, file_change: CalendarChange, effects: _Effects
) -> None:
    claim: Claim | None = None
    match file_change:
        case AbsenceAdded() | AbsenceChanged():
            absence_id = await apply_calendar.save_absence(change, file_change)
            if file_change.key is not None:
                effects.absences[file_change.key] = (absence_id, file_change.sequence)
        case AbsenceEnded():
            await apply_calendar.withdraw_absence(change, file_change.absence_id)
        case PlanAdded():
            await apply_calendar.add_plan(change, file_change)
        case PlanChanged():
            claim = await apply_calendar.change_plan(change, file_change)
        case PlanLinked():
            claim = await apply_calendar.claim_plan(change, file_change)
        case PlanEnded():
            await apply_calendar.end_plan(change, file_change)
        case _:
            await apply_calendar.change_date(change, file_change)
    if claim is not None:
        effects.claims.append(claim)


async def _save_sequences(tx: Tx, view: FileView, run: DryRun) -> list[Claim]:
    """Save the calendar's version number of plans of which only single dates have changed.

    Returns:
        Those plans with their version number before.
    """
    calendar = view.calendar
    events = () if calendar is None else calendar.events
    sequences = {event.key: event.sequence for event in events if event.series}
    changed = {one.plan_id for one in run.changes if isinstance(one, PlanChanged | PlanEnded)}
    claims = []
    for plan in view.current_state.plans:
        sequence = sequences.get(plan.key or "", 0)
        if sequence > (plan.sequence or 0) and plan.id not in changed:
            await imports.set_plan_source(tx, plan_id=plan.id, key=plan.key, sequence=sequence)
            claims.append(Claim(plan.id, plan.key, plan.sequence))
    return claims


async def _save_events(
    tx: Tx, view: FileView, run: DryRun, absences: Mapping[str, tuple[str, int]]
) -> list[tuple[str, EventRow | None]]:
    """Save the calendar's events that a coordinator has assigned, or that are a plan or absence.

    A later file of the same calendar is then found to lack them.

    Returns:
        Key and earlier row of each event that has changed.
    """
    calendar = view.calendar
    if calendar is None:
        return []
    stored = await imports.events(tx)
    plan_keys = {plan.key for plan in view.current_state.plans} | {
        one.key for one in run.changes if isinstance(one, PlanAdded | PlanLinked | PlanChanged)
    }
    changed: list[tuple[str, EventRow | None]] = []
    for event in calendar.events:
        before = stored.get(event.key)
        row: EventRow = {
            **(before or {"key": event.key, "is_foreign": 0}),
            "calendar": calendar.key,
        }
        is_ours = before is not None or event.key in plan_keys
        if event.key in view.file.chosen:
            row |= await _owner_columns(tx, view.file.chosen[event.key])
            is_ours = True
        if event.key in absences:
            row["absence_id"], row["sequence"] = absences[event.key]
            is_ours = True
        if event.key and row != before and is_ours:
            changed.append((event.key, before))
            await imports.save_event(tx, row)
    return changed


async def _owner_columns(tx: Tx, code: str) -> EventRow:
    """Return the columns that say whose an event is."""
    is_foreign = code == NOT_OURS
    person = None if is_foreign else await people.by_code(tx, code)
    group = None if is_foreign or person is not None else await groups.by_code(tx, code)
    return {
        "person_id": None if person is None else person.id,
        "group_id": None if group is None else group.id,
        "is_foreign": int(is_foreign),
    }


async def pending_invitees(tx: Tx, back: Mapping[str, Any]) -> Sequence[Person]:
    """Return who was invited by a file and has not joined yet."""
    invited = [await people.by_id_or_none(tx, person_id) for person_id in back["invited"]]
    return [
        person for person in invited if person is not None and person.state == PersonState.INVITED
    ]
