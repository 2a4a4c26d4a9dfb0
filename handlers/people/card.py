"""The card of one person: what is so now, and what a coordinator wishes to do with them."""

from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.timing import zone_named
from handlers.app.screen import Screen, code_of
from handlers.app.services import Context, Page
from handlers.app.site import Site
from handlers.audit.undo import with_undo
from handlers.calendar.plan_screens import in_words
from handlers.people import screens
from handlers.people.changes import Act
from handlers.people.screens import Profile
from handlers.texts import say
from storage.audit import undo
from storage.calendar import plans, sessions
from storage.calendar.plans import Plan
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import accounts, care, invitations, people
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class Wish:
    """What a coordinator wants done with somebody; ``value`` says with whom or until when."""

    context: Context
    page: Page
    coordinator: Person
    person: Person
    value: str
    now: datetime

    @property
    def act(self) -> Act:
        """The change, as the log will name it."""
        return Act(self.page.tx, self.coordinator.id, self.now)

    @property
    def language(self) -> str:
        """What the coordinator reads."""
        return self.coordinator.language

    def say(self, key: str, **values: str) -> str:
        """Return words about this person."""
        return say(self.language, key, code=code_of(self.person, self.language), **values)

    async def done(self, words: str) -> Screen:
        """Return the card as it is now, with what was done above it and a way back below it."""
        tx = self.page.tx
        person = await people.by_id(tx, self.person.id)
        site = self.context.desk.site
        screen = await card_of(tx, self.coordinator, person, site=site, now=self.now, said=words)
        step = await undo.last_step(tx, actor_id=self.coordinator.id, now=self.now)
        if step is None or step.head.at != self.now:
            return screen  # it was so already
        return with_undo(screen, self.language, step)


async def card_of(
    tx: Tx,
    coordinator: Person,
    person: Person,
    *,
    site: Site,
    now: datetime,
    said: str | None = None,
) -> Screen:
    """Return somebody's card as it is now."""
    coming = await sessions.upcoming(tx, patient_id=person.id, after=now, limit=1)
    plan = await plans.current(tx, person.id)
    link = await invitations.unused(tx, person.id)
    profile = Profile(
        person,
        carers=await care.therapists_of(tx, person.id),
        plan=None if plan is None else _in_words(plan, coordinator, site, now),
        next_session=coming[0].starts_at if coming else None,
        link=link if link is not None and link.expires_at > now else None,
        has_come=await accounts.of_person(tx, person.id) is not None,
        has_page=site.page is not None,
        caseload=await care.caseload_size(tx, person.id),
        groups=[one.code for one in await _groups(tx, person)],
    )
    return screens.card(coordinator.language, coordinator.zone, profile, said)


async def _groups(tx: Tx, person: Person) -> list[Group]:
    """Return the groups that a patient belongs to, or that a therapist leads."""
    if person.role == "therapist":
        return await groups.led_by(tx, person.id)
    return await groups.groups_of(tx, person.id)


def _in_words(plan: Plan, coordinator: Person, site: Site, now: datetime) -> str:
    today = now.astimezone(zone_named(plan.timetable.zone)).date()
    return in_words(coordinator.language, plan.timetable, site.defaults, today=today)
