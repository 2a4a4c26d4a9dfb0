"""The card of one person: who they are now, with a button for everything that can be done."""

from alliance.calendar.timing import zone_named
from alliance.people.roles_and_states import PersonRole
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.audit.undo import with_undo
from handlers.calendar.plan_screens import describe_plan
from handlers.people import screens
from handlers.people.screens import Profile
from storage.audit import undo
from storage.audit.change import Change
from storage.calendar import plans, sessions
from storage.calendar.plans import Plan
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import accounts, care, invitations, people
from storage.people.people import Person


async def card_of(request: Request, person: Person, above: str | None = None) -> Screen:
    """Return somebody's card as it is now, perhaps with words above it."""
    tx, now, site = request.tx, request.now, request.services.site
    plan = await plans.current(tx, patient_id=person.id)
    link = await invitations.latest_unused(tx, person.id)
    profile = Profile(
        person,
        therapists=await care.therapists_of(tx, person.id),
        plan=None if plan is None else _describe(request, plan),
        next_session=await sessions.next_start_of(tx, patient_id=person.id, after=now),
        link=link if link is not None and link.expires_at > now else None,
        has_joined=await accounts.of_person(tx, person.id) is not None,
        has_page=site.page_url is not None,
        caseload=await care.caseload_size(tx, person.id),
        groups=[group.code for group in await _groups(tx, person)],
    )
    return screens.card(Reader.of(request.person), profile, above)


async def card_with_undo(request: Request, change: Change, person: Person, above: str) -> Screen:
    """Return somebody's card after a change, with an undo button if it changed anything."""
    person = await people.by_id(request.tx, person.id)
    screen = await card_of(request, person, above)
    step = await undo.last_step(request.tx, actor_id=request.person.id, now=change.at)
    if step is None or step.first_entry.at != change.at:
        return screen
    return with_undo(screen, request.language, step)


async def _groups(tx: Tx, person: Person) -> list[Group]:
    """Return the groups that a patient belongs to, or that a therapist leads."""
    if person.role == PersonRole.THERAPIST:
        return await groups.led_by(tx, person.id)
    return await groups.groups_of(tx, person.id)


def _describe(request: Request, plan: Plan) -> str:
    today = request.now.astimezone(zone_named(plan.timetable.zone)).date()
    defaults = request.services.site.defaults
    return describe_plan(request.language, plan.timetable, defaults, today=today)
