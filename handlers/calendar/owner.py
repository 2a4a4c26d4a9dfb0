"""Whose sessions are meant, a patient's or a group's, and which session."""

from dataclasses import dataclass, replace
from datetime import datetime

from alliance.calendar.timetable import PlanSettings, site_default_settings
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole
from handlers.app.screen import code_of
from handlers.app.site import Site
from storage.calendar import plans
from storage.calendar.plans import Plan
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import people
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class PlanOwner:
    """A patient or a group.

    Attributes:
        label: The code as it is shown; a test patient's is marked.
        zone: The patient's time zone; None for a group, which has none of its own.
    """

    code: str
    label: str
    zone: str | None
    patient_id: str | None = None
    group_id: str | None = None

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return self.group_id is not None

    async def plan(self, tx: Tx) -> Plan | None:
        """Return the repeating plan, the newest if there are several."""
        return await plans.current(tx, patient_id=self.patient_id, group_id=self.group_id)

    async def session_settings(self, tx: Tx, site: Site) -> tuple[PlanSettings, str]:
        """Return the settings and time zone of the plan, or else the site's and theirs."""
        plan = await self.plan(tx)
        if plan is None:
            settings = site_default_settings(site.defaults, group=self.is_group)
            return replace(settings, delay=site.session_delay), self.zone or site.zone.key
        settings = plan.timetable.resolve_settings(site.defaults, group=self.is_group)
        return settings, plan.timetable.zone


@dataclass(frozen=True, slots=True)
class SessionRef:
    """One session: whose it is, its plan, and the instant that the plan's rule gives."""

    owner: PlanOwner
    plan: Plan
    planned_for: datetime


async def owner_of_plan(tx: Tx, plan: Plan, language: str) -> PlanOwner:
    """Return the owner of a plan, with a label in that language."""
    if plan.patient_id is not None:
        return patient_owner(await people.by_id(tx, plan.patient_id), language)
    group = await groups.by_id(tx, str(plan.group_id))
    if group is None:
        raise LookupError("a plan without its group")
    return group_owner(group)


async def owner_by_code(tx: Tx, code: str, language: str) -> PlanOwner:
    """Return the patient or group with that code, with a label in that language.

    Raises:
        Refusal: No patient and no current group has that code.
    """
    person = await people.by_code(tx, code)
    if person is not None and person.role == PersonRole.PATIENT:
        return patient_owner(person, language)
    group = await groups.by_code(tx, code.strip().upper())
    if group is None or group.ended_at is not None:
        raise Refusal("party.unknown", code=code.strip().upper())
    return group_owner(group)


def patient_owner(person: Person, language: str) -> PlanOwner:
    """Return a patient as the owner of plans."""
    return PlanOwner(person.code, code_of(person, language), person.zone, patient_id=person.id)


def group_owner(group: Group) -> PlanOwner:
    """Return a group as the owner of plans."""
    return PlanOwner(group.code, group.code, None, group_id=group.id)
