"""Compare what a file asks for with the current state, and return the changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.files.changes import (
    AbsenceAdded,
    AbsenceChanged,
    AbsenceEnded,
    CareChanged,
    ChangeCollector,
    FileChange,
    GroupAdded,
    GroupJoined,
    GroupLeft,
    PersonAdded,
    PlanEnded,
)
from alliance.files.current_state import CurrentAbsence, CurrentGroup, CurrentState
from alliance.files.dates import PlanContext
from alliance.files.findings import Finding
from alliance.files.parsed_calendar import MembershipDates
from alliance.files.plan_changes import compare_calendar_plan, compare_table_plans, is_over
from alliance.files.requests import (
    AbsenceRequest,
    FileRequests,
    MembershipRequest,
    PersonRequest,
    PlanRequest,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes that a file makes.

    Attributes:
        changes: In the order in which to make them.
        errors: Problems; if there are any, nothing is applied.
        notes: What the sender should know.
    """

    changes: tuple[FileChange, ...]
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def compare(
    wanted: FileRequests, present: CurrentState, *, now: datetime, default_minutes: int
) -> Comparison:
    """Return what would change.

    Args:
        wanted: What the file asks for.
        present: The current state.
        now: Aware; what is over stays unchanged.
        default_minutes: Default length of a session in minutes.
    """
    collector = ChangeCollector()
    people = _PeopleComparison(present, collector)
    people.add_people(wanted.people)
    for group in wanted.groups:
        people.add_group(group.line, group.code)
    people.change_care(wanted.people)
    for membership in sorted(wanted.memberships, key=lambda request: request.stay.to_at is None):
        people.change_membership(membership, now)
    for absence in wanted.absences:
        people.change_absence(absence, now)
    _end_former_kind(collector, wanted, present, now)
    context = PlanContext(present.plans, now, default_minutes)
    table_plans: dict[str, list[PlanRequest]] = {}
    for plan in wanted.plans:
        if not people.can_have_sessions(plan.line, plan.owner):
            continue
        if plan.key is None:
            table_plans.setdefault(plan.owner, []).append(plan)
        else:
            compare_calendar_plan(collector, plan, plan.key, context)
    for owner, plans in table_plans.items():
        compare_table_plans(collector, owner, plans, context)
    return Comparison(tuple(collector.changes), tuple(collector.errors), tuple(collector.notes))


def _end_former_kind(
    collector: ChangeCollector, wanted: FileRequests, present: CurrentState, now: datetime
) -> None:
    """End the plans of events that are whole days now, and the absences of those that are not."""
    plans = {plan.key: plan for plan in present.plans if plan.key is not None}
    absences = {one.key: one for one in present.absences if one.key is not None}
    for request in wanted.absences:
        plan = plans.get(request.key or "")
        if plan is None or request.sequence < (plan.sequence or 0) or is_over(plan.series, now):
            continue
        collector.changes.append(PlanEnded(request.line, plan.owner, plan.id, plan.series))
    for wanted_plan in wanted.plans:
        absence = absences.get(wanted_plan.key or "")
        if absence is None or wanted_plan.sequence < (absence.sequence or 0):
            continue
        collector.changes.append(
            AbsenceEnded(wanted_plan.line, absence.code, absence.id, absence.away)
        )


class _PeopleComparison:
    """Compares people, groups and absences, and collects the changes."""

    def __init__(self, present: CurrentState, collector: ChangeCollector) -> None:
        self._present = present
        self._roles = present.roles()
        self._collector = collector

    def add_people(self, requests: Sequence[PersonRequest]) -> None:
        """Add new people; a code of another role or of somebody who has left is an error."""
        for request in requests:
            role = self._roles.get(request.code)
            if role is None:
                self._collector.changes.append(
                    PersonAdded(request.line, request.code, request.role, request.zone)
                )
                self._roles[request.code] = request.role
            elif role != request.role:
                self._add_role_error(request.line, request.code, role)

    def add_group(self, line: int, code: str) -> None:
        """Add a new group."""
        role = self._roles.get(code)
        if role is None:
            self._collector.changes.append(GroupAdded(line, code))
            self._roles[code] = "group"
        elif role != "group":
            self._add_role_error(line, code, role)

    def change_care(self, requests: Sequence[PersonRequest]) -> None:
        """Set the therapists of patients whose rows name any."""
        for request in requests:
            if request.therapists is None or self._roles.get(request.code) != "patient":
                continue
            known = [self._has_role(request.line, code, "therapist") for code in request.therapists]
            person = self._present.people.get(request.code)
            before = () if person is None else person.therapists
            if all(known) and set(before) != set(request.therapists):
                self._collector.changes.append(
                    CareChanged(request.line, request.code, before, request.therapists)
                )

    def change_membership(self, request: MembershipRequest, now: datetime) -> None:
        """Let somebody join or leave a group, now or on a future day."""
        role = "therapist" if request.leads else "patient"
        if not self._has_role(request.line, request.code, role):
            return
        if not self._has_role(request.line, request.group, "group"):
            return
        group = self._present.groups.get(request.group) or CurrentGroup(request.group)
        current = group.leaders if request.leads else group.members
        begins, ends = request.stay.from_at, request.stay.to_at
        first = request.stay.first_day if begins is not None and begins > now else None
        last = request.stay.last_day if ends is not None and ends > now else None
        stay = MembershipDates(first, last, request.stay.zone)
        if request.code not in current:
            if ends is None or last is not None:
                self._collector.changes.append(
                    GroupJoined(request.line, request.code, request.group, request.leads, stay)
                )
        elif current[request.code] is None:
            if ends is not None:
                self._collector.changes.append(
                    GroupLeft(request.line, request.code, request.group, request.leads, stay)
                )
        elif current[request.code] != ends:
            self._collector.errors.append(Finding(request.line, "table.leaves_already"))

    def change_absence(self, request: AbsenceRequest, now: datetime) -> None:
        """Add, change or remove an absence; a past one stays unchanged."""
        role = self._roles.get(request.code)
        if role not in {"patient", "therapist"}:
            self._add_missing_error(request.line, request.code, "person")
            return
        if request.cover is not None and not self._can_cover(request, role):
            return
        stored = next(
            (one for one in self._present.absences if _is_same_absence(one, request)), None
        )
        if stored is None:
            if not request.is_cancelled and request.away.last_day >= now.date():
                self._add_absence(request)
        elif request.sequence < (stored.sequence or 0):
            self._collector.notes.append(
                Finding(request.line, "calendar.older", {"code": request.code})
            )
        elif request.is_cancelled or stored.code != request.code:
            self._collector.changes.append(
                AbsenceEnded(request.line, stored.code, stored.id, stored.away)
            )
            if not request.is_cancelled:
                self._add_absence(request)
        else:
            self._compare_absence(request, stored)

    def _add_absence(self, request: AbsenceRequest) -> None:
        self._collector.changes.append(
            AbsenceAdded(
                request.line,
                request.code,
                request.away,
                request.cover,
                request.key,
                request.sequence,
            )
        )

    def _compare_absence(self, request: AbsenceRequest, stored: CurrentAbsence) -> None:
        # A calendar cannot say who covers, so what a coordinator entered stays.
        cover = stored.cover if request.key is not None else request.cover
        if (stored.away, stored.cover) != (request.away, cover):
            self._collector.changes.append(
                AbsenceChanged(
                    request.line,
                    request.code,
                    stored.id,
                    stored.away,
                    request.away,
                    cover,
                    request.key,
                    request.sequence,
                )
            )

    def _can_cover(self, request: AbsenceRequest, role: str) -> bool:
        """Whether the named person can cover: only therapists can, for another therapist."""
        if role != "therapist" or request.cover == request.code:
            self._collector.errors.append(Finding(request.line, "table.no_cover"))
            return False
        return self._has_role(request.line, request.cover or "", "therapist")

    def can_have_sessions(self, line: int, code: str) -> bool:
        """Whether a code belongs to a patient or a group; only they have sessions."""
        if self._roles.get(code) in {"patient", "group"}:
            return True
        self._add_missing_error(line, code, "patient_or_group")
        return False

    def _has_role(self, line: int, code: str, role: str) -> bool:
        if self._roles.get(code) == role:
            return True
        self._add_missing_error(line, code, role)
        return False

    def _add_missing_error(self, line: int, code: str, wanted: str) -> None:
        if self._roles.get(code) == "ended":
            self._collector.errors.append(Finding(line, "table.has_ended", {"code": code}))
        else:
            self._collector.errors.append(Finding(line, f"table.no_{wanted}", {"code": code}))

    def _add_role_error(self, line: int, code: str, role: str) -> None:
        key = "table.has_ended" if role == "ended" else f"table.is_{role}"
        self._collector.errors.append(Finding(line, key, {"code": code}))


def _is_same_absence(stored: CurrentAbsence, request: AbsenceRequest) -> bool:
    """Whether a stored absence is the one in the file.

    A calendar identifies it by its key, or by its days if it was entered by hand. A table
    identifies it by the person and the first day.
    """
    if request.key is not None and stored.key is not None:
        return stored.key == request.key
    if stored.code != request.code:
        return False
    if request.key is not None:
        return stored.away == request.away
    return stored.away.first_day == request.away.first_day
