"""A small practice on a real database file, and a clock that is moved by hand: no Telegram."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Defaults, Timetable
from alliance.checkins.instruments import Instrument
from alliance.privacy.retention import Retention
from alliance.rupture import Detector, detector
from schedules.planning import adopt_defaults
from schedules.tick import tick
from storage.calendar import edit_plans
from storage.calendar.preview import Coming, preview
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Store
from storage.groups import groups
from storage.groups.groups import Group
from storage.messages import next_event, outbox
from storage.people import care, people
from storage.people.people import Person
from tests.databases import a_store

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday morning."""

MONDAY = date(2026, 3, 2)
TUESDAYS = Rule("week", 1, (1,))


KEEPING_ALL = Retention(letters_days=3650)
"""A year later it is still to be read what was sent."""


def tuesdays(**differs: object) -> Timetable:
    """Return the usual plan, Tuesdays at two in Berlin, or what differs from it."""
    usual = Timetable(TUESDAYS, MONDAY, time(14), "Europe/Berlin")
    return replace(usual, **differs)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """Return the instant that UTC clocks show, e.g. ``03-03 15:10`` in 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def usual(asked: Instrument) -> Detector:
    """Return the detector as shipped."""
    return detector(instrument=asked)


@dataclass
class Surgery:
    """The database, the time, and what the site has for all plans."""

    store: Store
    now: datetime = T0
    defaults: Defaults = field(default_factory=Defaults)
    letters: int = 0

    async def tick(self, now: datetime | None = None) -> None:
        """Let the clock knock, at that moment if one is given."""
        self.now = now or self.now
        await tick(self.store, self.now, usual, self.defaults, retention=KEEPING_ALL)

    async def adopt(self, defaults: Defaults) -> None:
        """Let the site have other defaults, as a start with other settings does."""
        self.defaults = defaults
        await adopt_defaults(self.store, self.now, defaults)

    async def deliver(self) -> None:
        """Let Telegram take every letter that may leave, as the courier brings them."""
        async with self.store.transaction() as tx:
            while letter := await outbox.claim(tx, now=self.now, resting=()):
                self.letters += 1
                await outbox.sent(tx, letter, message_id=self.letters, at=self.now)
                if letter.kind in ("prompt", "reminder"):
                    await checkins.sent(
                        tx, checkin_id=letter.subject_id, message_id=self.letters, at=self.now
                    )

    async def run_until(self, end: datetime) -> None:
        """Let time pass; the clock knocks at once, whenever something is due, and at the end."""
        await self.tick()
        while True:
            async with self.store.reading() as tx:
                following = await next_event.next_event(tx, now=self.now)
            await self.tick(end if following is None else min(following, end))
            await self.deliver()
            if self.now == end:
                return

    async def add(self, role: str, code: str, zone: str = "Europe/Berlin") -> Person:
        """Add somebody who has come in; a patient has agreed, too."""
        async with self.store.transaction() as tx:
            one = await people.add(tx, code=code, role=role, language="en", zone=zone, at=self.now)
            await people.set_state(tx, person_id=one.id, state="active")
            await consents.record(
                tx, person_id=one.id, decision="agreed", version="1", language="en", at=self.now
            )
        return one

    async def patient(
        self, code: str, therapist: Person | None = None, zone: str = "Europe/Berlin"
    ) -> Person:
        """Add a patient, in a therapist's care if one is named."""
        one = await self.add("patient", code, zone)
        if therapist is not None:
            async with self.store.transaction() as tx:
                await care.assign(tx, patient_id=one.id, therapist_id=therapist.id, at=self.now)
        return one

    async def plan(self, patient: Person, timetable: Timetable) -> str:
        """Give a patient a plan; return its id."""
        async with self.store.transaction() as tx:
            made = await edit_plans.set_plan(
                tx, patient_id=patient.id, timetable=timetable, at=self.now
            )
        return made.plan.id

    async def group(self, code: str, timetable: Timetable, *members: Person) -> Group:
        """Make a group with members and a plan."""
        async with self.store.transaction() as tx:
            group = await groups.add(tx, code=code, at=self.now)
            for member in members:
                await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=self.now)
            await edit_plans.set_plan(tx, group_id=group.id, timetable=timetable, at=self.now)
        return group

    async def preview(self, until: datetime) -> list[Coming]:
        """Return what will be asked from now until then, of everybody."""
        async with self.store.reading() as tx:
            return await preview(tx, now=self.now, until=until, defaults=self.defaults)

    async def asked(self) -> list[tuple[str, datetime]]:
        """Return to whom questions were posted, and when, oldest first."""
        async with self.store.reading() as tx:
            rows = await tx.all(
                "SELECT p.code, o.created_at FROM outbox o JOIN people p ON p.id = o.person_id"
                " WHERE o.kind = 'prompt' ORDER BY o.created_at, p.code"
            )
        return [(row["code"], datetime.fromisoformat(row["created_at"])) for row in rows]

    async def sessions(self) -> list[tuple[datetime, str, str | None]]:
        """Return when every session in the table begins, its state and the reason."""
        async with self.store.reading() as tx:
            rows = await tx.all("SELECT starts_at, state, reason FROM sessions ORDER BY starts_at")
        return [
            (datetime.fromisoformat(row["starts_at"]), row["state"], row["reason"]) for row in rows
        ]

    async def checkins(self, code: str) -> list[tuple[datetime, str, str]]:
        """Return a patient's check-ins: when due, in which state, and the latest reason."""
        async with self.store.reading() as tx:
            rows = await tx.all(
                "SELECT k.due_at, k.state, (SELECT e.reason FROM checkin_events e"
                " WHERE e.checkin_id = k.id AND e.state = k.state LIMIT 1) AS reason"
                " FROM checkins k JOIN people p ON p.id = k.patient_id"
                " WHERE p.code = ? ORDER BY k.due_at, k.id",
                code,
            )
        return [
            (datetime.fromisoformat(row["due_at"]), row["state"], row["reason"]) for row in rows
        ]


@asynccontextmanager
async def a_surgery(folder: Path, defaults: Defaults | None = None) -> AsyncIterator[Surgery]:
    """Open a practice without people."""
    async with a_store(folder, at=T0) as store:
        yield Surgery(store, defaults=defaults or Defaults())


HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
