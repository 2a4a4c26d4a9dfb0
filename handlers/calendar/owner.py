"""Whose sessions are meant: a patient's or a group's, named by one code; and which."""

from dataclasses import dataclass
from datetime import datetime

from alliance.errors import Refusal
from handlers.app.coordinator_request import Caller
from handlers.app.screen import code_of
from storage.calendar import plans
from storage.calendar.plans import Plan
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import people
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class Party:
    """A patient, or a group.

    Attributes:
        label: The code as it is shown; a test patient's is marked.
        zone: Where their clocks are taken to be; None for a group, which has none of its own.
    """

    code: str
    label: str
    zone: str | None
    patient_id: str | None = None
    group_id: str | None = None

    @property
    def id(self) -> str:
        """The person's or the group's id."""
        return self.patient_id or self.group_id or ""

    async def plan(self, tx: Tx) -> Plan | None:
        """Return the repeating plan, the newest if there are several."""
        if self.patient_id is not None:
            return await plans.current(tx, self.patient_id)
        running = await plans.of_group(tx, self.id)
        return next((plan for plan in reversed(running) if not plan.extra), None)


@dataclass(frozen=True, slots=True)
class Meant:
    """One session that is meant: of whom, of which plan, and the instant that its rule gives."""

    party: Party
    plan: Plan
    planned_for: datetime


async def party_of(caller: Caller, plan: Plan) -> Party:
    """Return whose plan it is."""
    if plan.patient_id is not None:
        return _patient(caller, await people.by_id(caller.tx, plan.patient_id))
    group = await groups.by_id(caller.tx, str(plan.group_id))
    if group is None:
        raise LookupError("a plan without its group")
    return _group(group)


async def party_named(caller: Caller, code: str) -> Party:
    """Return whose code it is.

    Raises:
        Refusal: There is no patient and no group of that code.
    """
    person = await people.by_code(caller.tx, code)
    if person is not None and person.role == "patient":
        return _patient(caller, person)
    group = await groups.by_code(caller.tx, code.strip().upper())
    if group is None or group.ended_at is not None:
        raise Refusal("party.unknown", code=code.strip().upper())
    return _group(group)


def _patient(caller: Caller, person: Person) -> Party:
    label = code_of(person, caller.language)
    return Party(person.code, label, person.zone, patient_id=person.id)


def _group(group: Group) -> Party:
    return Party(group.code, group.code, None, group_id=group.id)
