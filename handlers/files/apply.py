"""Applying a file: everything in one transaction, or nothing; taken back by /undo as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alliance.files.changes import (
    AwayAdded,
    AwayChanged,
    AwayEnded,
    CalendarChange,
    CareSet,
    Change,
    GroupAdded,
    Joined,
    Left,
    PersonAdded,
    PlanAdded,
    PlanChanged,
    PlanClaimed,
    PlanEnded,
    counted,
)
from alliance.files.drafts import DryRun
from alliance.files.match_owners import NOT_OURS
from handlers.files import apply_calendar, apply_people
from handlers.files.apply_calendar import Claim
from handlers.files.view import FileView
from handlers.people.changes import Act
from handlers.people.invite import Invited, SitePlace, renew
from storage.audit import audit_log
from storage.database.tx import Tx, Value
from storage.files import imports
from storage.groups import groups
from storage.people import people
from storage.people.people import Person

Kept = dict[str, Value]


@dataclass(slots=True)
class _Deed:
    """A file under way.

    Attributes:
        invited: Who is new, with their links.
        claims: Plans that have another name now.
        absences: Key of an event to the absence that it is now, and its sequence.
    """

    act: Act
    place: SitePlace
    invited: list[Invited] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    absences: dict[str, tuple[str, int]] = field(default_factory=dict)


async def apply(act: Act, view: FileView, run: DryRun, *, place: SitePlace) -> list[Invited]:
    """Do what a file asks for; return who was invited, with their links.

    Args:
        act: The change; its transaction is the file's.
        view: The file.
        run: What it would do, as the coordinator has seen it.
        place: What somebody new is taken to have.

    Raises:
        Refusal: Something has begun or changed meanwhile; the transaction must end with it.
    """
    counts = counted(run.changes)
    first = await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action="import.applied",
        after={"import": view.file.id, **counts},
        at=act.at,
    )
    deed = _Deed(replace(act, part_of=first), place)
    for change in run.changes:
        await _make(deed, change)
    await _keep_sequences(deed, view, run)
    back = {
        "counts": counts,
        "invited": [one.person.id for one in deed.invited],
        "claims": [[one.plan_id, one.key, one.sequence] for one in deed.claims],
        "events": await _keep_events(deed, view, run),
    }
    await imports.applied(act.tx, view.file, back)
    return deed.invited


async def _make(deed: _Deed, change: Change) -> None:
    """Make one change."""
    act = deed.act
    match change:
        case PersonAdded():
            deed.invited.append(await apply_people.come(act, change, deed.place))
        case GroupAdded():
            await apply_people.make_group(act, change)
        case CareSet():
            await apply_people.set_care(act, change)
        case Joined():
            await apply_people.join(act, change)
        case Left():
            await apply_people.leave(act, change)
        case _:
            await _make_in_calendar(deed, change)


async def _make_in_calendar(deed: _Deed, change: CalendarChange) -> None:
    act = deed.act
    match change:
        case AwayAdded() | AwayChanged():
            absence_id = await apply_calendar.be_away(act, change)
            if change.key is not None:
                deed.absences[change.key] = (absence_id, change.sequence)
        case AwayEnded():
            await apply_calendar.be_there(act, change)
        case PlanAdded():
            await apply_calendar.add_plan(act, change)
        case PlanChanged():
            deed.claims += _some(await apply_calendar.change_plan(act, change))
        case PlanClaimed():
            deed.claims += _some(await apply_calendar.claim_plan(act, change))
        case PlanEnded():
            await apply_calendar.end_plan(act, change)
        case _:
            await apply_calendar.change_date(act, change)


def _some(claim: Claim | None) -> list[Claim]:
    return [] if claim is None else [claim]


async def _keep_sequences(deed: _Deed, view: FileView, run: DryRun) -> None:
    """Keep the calendar's number of this version where only dates of a plan have changed."""
    calendar = view.file.draft.calendar
    said = (
        {event.key: event.sequence for event in calendar.events if event.series} if calendar else {}
    )
    others = {
        change.plan_id for change in run.changes if isinstance(change, PlanChanged | PlanEnded)
    }
    for plan in view.present.plans:
        sequence = said.get(plan.key or "", 0)
        if sequence > (plan.sequence or 0) and plan.id not in others:
            await imports.claim(deed.act.tx, plan_id=plan.id, key=plan.key, sequence=sequence)
            deed.claims.append(Claim(plan.id, plan.key, plan.sequence))


async def _keep_events(deed: _Deed, view: FileView, run: DryRun) -> list[tuple[str, Kept | None]]:
    """Keep what is known of the calendar's events; return what was kept of them before.

    Those are the ones whose owner a coordinator has named, and those of which a plan or an
    absence is kept: so that they are missed once they are no longer in their calendar.
    """
    calendar = view.file.draft.calendar
    if calendar is None:
        return []
    kept = await imports.events(deed.act.tx)
    ours = {plan.key for plan in view.present.plans} | {
        change.key
        for change in run.changes
        if isinstance(change, PlanAdded | PlanClaimed | PlanChanged)
    }
    before: list[tuple[str, Kept | None]] = []
    for event in calendar.events:
        was = kept.get(event.key)
        row: Kept = {**(was or {"key": event.key, "is_foreign": 0}), "calendar": calendar.key}
        if event.key in view.file.chosen:
            row |= await _owner(deed.act.tx, view.file.chosen[event.key])
        if event.key in deed.absences:
            row["absence_id"], row["sequence"] = deed.absences[event.key]
        known = was is not None or event.key in ours
        if event.key and row != was and (known or len(row) > 3):
            before.append((event.key, was))
            await imports.keep_event(deed.act.tx, row)
    return before


async def _owner(tx: Tx, code: str) -> Kept:
    """Return in columns whose an event is."""
    person = None if code == NOT_OURS else await people.by_code(tx, code)
    group = None if code == NOT_OURS or person is not None else await groups.by_code(tx, code)
    return {
        "person_id": None if person is None else person.id,
        "group_id": None if group is None else group.id,
        "is_foreign": int(code == NOT_OURS),
    }


async def invited_of(tx: Tx, back: Mapping[str, Any]) -> Sequence[Person]:
    """Return who was invited by a file and has not come yet."""
    found = [await people.by_id_or_none(tx, person_id) for person_id in back["invited"]]
    return [one for one in found if one is not None and one.state == "invited"]


async def new_links(act: Act, back: Mapping[str, Any]) -> list[Invited]:
    """Give those whom a file invited, and who have not come, new links; the old ones are off."""
    waiting = await invited_of(act.tx, back)
    if not waiting:
        return []
    first = await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action="links.renewed",
        after={"count": len(waiting)},
        at=act.at,
    )
    part = replace(act, part_of=first)
    return [await renew(part, person) for person in waiting]
