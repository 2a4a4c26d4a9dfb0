"""What a file asks for beside what is so: the changes it makes, none where it is so already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.files.changes import (
    AwayAdded,
    AwayChanged,
    AwayEnded,
    CareSet,
    Change,
    GroupAdded,
    Joined,
    Ledger,
    Left,
    PersonAdded,
)
from alliance.files.current_state import AwayNow, GroupNow, Present
from alliance.files.dates import Ground
from alliance.files.findings import Finding
from alliance.files.parsed_calendar import Stay
from alliance.files.plan_changes import calendar_plan, table_plans
from alliance.files.requests import AwayAsk, BelongingAsk, PersonAsk, PlanAsk, Wanted


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes that a file makes.

    Attributes:
        changes: In the order in which they are to be made.
        errors: What cannot be done; with one of them nothing is.
        notes: What its sender should know.
    """

    changes: tuple[Change, ...]
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def compare(wanted: Wanted, present: Present, *, now: datetime, usual: int) -> Comparison:
    """Return what would change.

    Args:
        wanted: What a file asks for.
        present: What is so.
        now: Aware; what is over is left as it was.
        usual: Minutes that a session has where nothing says otherwise.
    """
    ledger = Ledger()
    people = _People(present, ledger)
    people.come(wanted.people)
    for group in wanted.groups:
        people.group(group.line, group.code)
    people.care(wanted.people)
    for belonging in sorted(wanted.belongings, key=lambda ask: ask.stay.to_at is None):
        people.belonging(belonging, now)
    for ask in wanted.absences:
        people.absence(ask, now)
    ground = Ground(present.plans, now, usual)
    tables: dict[str, list[PlanAsk]] = {}
    for plan in wanted.plans:
        if not people.may_meet(plan.line, plan.owner):
            continue
        if plan.key is None:
            tables.setdefault(plan.owner, []).append(plan)
        else:
            calendar_plan(ledger, plan, plan.key, ground)
    for owner, rows in tables.items():
        table_plans(ledger, owner, rows, ground)
    return Comparison(tuple(ledger.changes), tuple(ledger.errors), tuple(ledger.notes))


class _People:
    """Notes what a file changes about people, groups and absences."""

    def __init__(self, present: Present, ledger: Ledger) -> None:
        self._present = present
        self._roles = present.roles()
        self._ledger = ledger

    def come(self, asks: Sequence[PersonAsk]) -> None:
        """Add who is new; a code of another role, or of somebody who has left, is an error."""
        for ask in asks:
            role = self._roles.get(ask.code)
            if role is None:
                self._ledger.changes.append(PersonAdded(ask.line, ask.code, ask.role, ask.zone))
                self._roles[ask.code] = ask.role
            elif role != ask.role:
                self._is_other(ask.line, ask.code, role)

    def group(self, line: int, code: str) -> None:
        """Add a group that is new."""
        role = self._roles.get(code)
        if role is None:
            self._ledger.changes.append(GroupAdded(line, code))
            self._roles[code] = "group"
        elif role != "group":
            self._is_other(line, code, role)

    def care(self, asks: Sequence[PersonAsk]) -> None:
        """Set who looks after whom, where a row names therapists."""
        for ask in asks:
            if ask.therapists is None or self._roles.get(ask.code) != "patient":
                continue
            known = [self._has_role(ask.line, code, "therapist") for code in ask.therapists]
            now = self._present.people.get(ask.code)
            before = () if now is None else now.therapists
            if all(known) and set(before) != set(ask.therapists):
                self._ledger.changes.append(CareSet(ask.line, ask.code, before, ask.therapists))

    def belonging(self, ask: BelongingAsk, now: datetime) -> None:
        """Let somebody join or leave a group, now or on a day to come."""
        role = "therapist" if ask.leads else "patient"
        if not self._has_role(ask.line, ask.code, role):
            return
        if not self._has_role(ask.line, ask.group, "group"):
            return
        group = self._present.groups.get(ask.group) or GroupNow(ask.group)
        inside = group.leaders if ask.leads else group.members
        begins, ends = ask.stay.from_at, ask.stay.to_at
        first = ask.stay.first_day if begins is not None and begins > now else None
        last = ask.stay.last_day if ends is not None and ends > now else None
        stay = Stay(first, last, ask.stay.zone)
        if ask.code not in inside:
            if ends is None or last is not None:
                self._ledger.changes.append(Joined(ask.line, ask.code, ask.group, ask.leads, stay))
        elif inside[ask.code] is None:
            if ends is not None:
                self._ledger.changes.append(Left(ask.line, ask.code, ask.group, ask.leads, stay))
        elif inside[ask.code] != ends:
            self._ledger.errors.append(Finding(ask.line, "table.leaves_already"))

    def absence(self, ask: AwayAsk, now: datetime) -> None:
        """Add, change or take back an absence; one that is over stays as it was."""
        role = self._roles.get(ask.code)
        if role not in {"patient", "therapist"}:
            self._is_no(ask.line, ask.code, "person")
            return
        if ask.cover is not None and not self._covers(ask, role):
            return
        kept = next((one for one in self._present.absences if _is_meant(one, ask)), None)
        if kept is None:
            if not ask.is_cancelled and ask.away.last_day >= now.date():
                self._ledger.changes.append(
                    AwayAdded(ask.line, ask.code, ask.away, ask.cover, ask.key, ask.sequence)
                )
        elif ask.sequence < (kept.sequence or 0):
            self._ledger.notes.append(Finding(ask.line, "calendar.older", {"code": ask.code}))
        elif ask.is_cancelled or kept.code != ask.code:
            self._ledger.changes.append(AwayEnded(ask.line, kept.code, kept.id, kept.away))
            if not ask.is_cancelled:
                self._ledger.changes.append(
                    AwayAdded(ask.line, ask.code, ask.away, ask.cover, ask.key, ask.sequence)
                )
        else:
            self._absence_changed(ask, kept)

    def _absence_changed(self, ask: AwayAsk, kept: AwayNow) -> None:
        # A calendar cannot say who stands in: what a coordinator set there stays.
        cover = kept.cover if ask.key is not None else ask.cover
        if (kept.away, kept.cover) != (ask.away, cover):
            self._ledger.changes.append(
                AwayChanged(
                    ask.line, ask.code, kept.id, kept.away, ask.away, cover, ask.key, ask.sequence
                )
            )

    def _covers(self, ask: AwayAsk, role: str) -> bool:
        """Say whether somebody can stand in: a therapist, for another one."""
        if role != "therapist" or ask.cover == ask.code:
            self._ledger.errors.append(Finding(ask.line, "table.no_cover"))
            return False
        return self._has_role(ask.line, ask.cover or "", "therapist")

    def may_meet(self, line: int, code: str) -> bool:
        """Say whether a code is a patient's or a group's, who alone have sessions."""
        if self._roles.get(code) in {"patient", "group"}:
            return True
        self._is_no(line, code, "patient_or_group")
        return False

    def _has_role(self, line: int, code: str, role: str) -> bool:
        if self._roles.get(code) == role:
            return True
        self._is_no(line, code, role)
        return False

    def _is_no(self, line: int, code: str, wanted: str) -> None:
        if self._roles.get(code) == "ended":
            self._ledger.errors.append(Finding(line, "table.has_ended", {"code": code}))
        else:
            self._ledger.errors.append(Finding(line, f"table.no_{wanted}", {"code": code}))

    def _is_other(self, line: int, code: str, role: str) -> None:
        key = "table.has_ended" if role == "ended" else f"table.is_{role}"
        self._ledger.errors.append(Finding(line, key, {"code": code}))


def _is_meant(kept: AwayNow, ask: AwayAsk) -> bool:
    """Say whether an absence is the one that a file speaks of.

    A calendar knows it by its identity, and one made by hand by being the same. A table knows
    it by whose it is and its first day.
    """
    if ask.key is not None and kept.key is not None:
        return kept.key == ask.key
    if kept.code != ask.code:
        return False
    if ask.key is not None:
        return kept.away == ask.away
    return kept.away.first_day == ask.away.first_day
