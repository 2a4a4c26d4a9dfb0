"""A small clinic on a real database, with a clock that the test advances; no chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SiteDefaults, Timetable
from alliance.checkins.instruments import Instrument
from alliance.privacy.retention import Retention
from alliance.rupture import Detector, detector
from schedules.planning import adopt_defaults
from schedules.tick import tick
from storage.calendar import edit_plans
from storage.calendar.preview import PreviewEntry, preview
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Store, Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.messages import delivery, next_event, wait_for_quiet_hours
from storage.messages.delivery import OutboxMessage
from storage.people import care, people
from storage.people.people import Person
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday morning."""

MONDAY = date(2026, 3, 2)
WEEKLY_ON_TUESDAY = RecurrenceRule("week", 1, (1,))

KEEP_EVERYTHING = Retention(messages_days=3650)
"""Sent messages stay readable for the whole test."""


def tuesday_plan(**changes: object) -> Timetable:
    """Return the default plan, Tuesdays at two in Berlin, with changes."""
    default = Timetable(WEEKLY_ON_TUESDAY, MONDAY, time(14), "Europe/Berlin")
    return replace(default, **changes)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """Return an instant of 2026 in UTC, such as ``03-03 15:10``."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def default_detector(asked: Instrument) -> Detector:
    """Return the detector as shipped."""
    return detector(instrument=asked)


@dataclass
class SchedulerClinic:
    """The database, the time, and the site's defaults for plans."""

    store: Store
    now: datetime = T0
    defaults: SiteDefaults = field(default_factory=SiteDefaults)
    sent_count: int = 0

    async def tick(self, now: datetime | None = None) -> None:
        """Run one tick, now or at the given time."""
        self.now = now or self.now
        await tick(self.store, self.now, default_detector, self.defaults, retention=KEEP_EVERYTHING)

    async def adopt(self, defaults: SiteDefaults) -> None:
        """Change the site's defaults, as a start with other settings does."""
        self.defaults = defaults
        await adopt_defaults(self.store, self.now, defaults)

    async def deliver(self) -> list[OutboxMessage]:
        """Deliver every message that may leave now, as the sender does; return them."""
        delivered = []
        async with self.store.transaction() as tx:
            while message := await delivery.claim(tx, now=self.now, blocked_people=()):
                if await self._is_held_back(tx, message):
                    continue
                delivered.append(message)
                self.sent_count += 1
                await delivery.record_sent(tx, message, message_id=self.sent_count, at=self.now)
                if message.kind in ("prompt", "reminder"):
                    await checkins.record_sent(
                        tx, checkin_id=message.subject_id, message_id=self.sent_count, at=self.now
                    )
        return delivered

    async def _is_held_back(self, tx: Tx, message: OutboxMessage) -> bool:
        """Put a message back in its recipient's quiet hours; end one with nothing left to ask."""
        if message.kind in ("prompt", "reminder"):
            checkin = await checkins.by_id(tx, message.subject_id)
            if checkin is None or not checkin.is_open(self.now):
                return await delivery.end(tx, message, state="cancelled", reason="nothing to ask")
        until = await wait_for_quiet_hours.quiet_until(
            tx, message, site_quiet=self.defaults.quiet, now=self.now
        )
        return until is not None and await delivery.retry_later(
            tx,
            message,
            not_before=until,
            reason=wait_for_quiet_hours.WAITING_REASON,
            uncertain=False,
        )

    async def run_until(self, end: datetime) -> None:
        """Let time pass; tick now, at each event and at the end, and deliver messages."""
        await self.tick()
        await self.deliver()
        while True:
            await self.tick(min(await self.next_event() or end, end))
            await self.deliver()
            if self.now == end:
                return

    async def next_event(self) -> datetime | None:
        """Return when something is next due; None if nothing is."""
        async with self.store.read_transaction() as tx:
            return await next_event.next_event(tx, now=self.now)

    async def add(self, role: str, code: str, zone: str = "Europe/Berlin") -> Person:
        """Add a person who has joined and consented."""
        async with self.store.transaction() as tx:
            one = await people.add(tx, code=code, role=role, language="en", zone=zone, at=self.now)
            await people.set_state(tx, person_id=one.id, state="active")
            await consents.record(
                tx, person_id=one.id, decision="agreed", version="1", language="en", at=self.now
            )
        return one

    async def add_patient(
        self, code: str, therapist: Person | None = None, zone: str = "Europe/Berlin"
    ) -> Person:
        """Add a patient, in a therapist's care if one is named."""
        one = await self.add("patient", code, zone)
        if therapist is not None:
            async with self.store.transaction() as tx:
                await care.assign(tx, patient_id=one.id, therapist_id=therapist.id, at=self.now)
        return one

    async def add_plan(self, patient: Person, timetable: Timetable) -> str:
        """Give a patient a plan; return its id."""
        async with self.store.transaction() as tx:
            made = await edit_plans.set_plan(
                tx, patient_id=patient.id, timetable=timetable, at=self.now
            )
        return made.plan.id

    async def add_group(self, code: str, timetable: Timetable, *members: Person) -> Group:
        """Add a group with members and a plan."""
        async with self.store.transaction() as tx:
            group = await groups.add(tx, code=code, at=self.now)
            for member in members:
                await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=self.now)
            await edit_plans.set_plan(tx, group_id=group.id, timetable=timetable, at=self.now)
        return group

    async def preview(self, until: datetime) -> list[PreviewEntry]:
        """Return the check-ins of all patients that are planned until then."""
        async with self.store.read_transaction() as tx:
            return await preview(tx, now=self.now, until=until, defaults=self.defaults)

    async def sent_prompts(self) -> list[tuple[str, datetime]]:
        """Return the patient and the time of each prompt in the outbox, oldest first."""
        async with self.store.read_transaction() as tx:
            rows = await tx.all(
                "SELECT p.code, o.created_at FROM outbox o JOIN people p ON p.id = o.person_id"
                " WHERE o.kind = 'prompt' ORDER BY o.created_at, p.code"
            )
        return [(row["code"], datetime.fromisoformat(row["created_at"])) for row in rows]

    async def sessions(self) -> list[tuple[datetime, str, str | None]]:
        """Return start, state and reason of each session in the table."""
        async with self.store.read_transaction() as tx:
            rows = await tx.all("SELECT starts_at, state, reason FROM sessions ORDER BY starts_at")
        return [
            (datetime.fromisoformat(row["starts_at"]), row["state"], row["reason"]) for row in rows
        ]

    async def checkins(self, code: str) -> list[tuple[datetime, str, str]]:
        """Return due time, state and latest reason of each of a patient's check-ins."""
        async with self.store.read_transaction() as tx:
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
async def open_scheduler_clinic(
    folder: Path, defaults: SiteDefaults | None = None
) -> AsyncIterator[SchedulerClinic]:
    """Open a clinic without people."""
    async with open_fresh_store(folder, at=T0) as store:
        yield SchedulerClinic(store, defaults=defaults or SiteDefaults())


HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
