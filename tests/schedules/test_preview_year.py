"""What is sent equals the preview: a year with time changes, holidays and many edits."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import Timetable
from storage.calendar import absences, edit_plans, plans, session_changes
from storage.calendar.preview import PreviewEntry, sessions_ahead
from storage.calendar.sessions import Session
from storage.consent import consents
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import care, people
from storage.people.people import Person
from tests.databases import current_engine
from tests.schedules.scheduler_clinic import MONDAY, T0, WEEK, SchedulerClinic, tuesday_plan

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
EDITS_A_WEEK = 3
SEED = 1
Edit = Callable[[Tx], Awaitable[object]]


class Year:
    """A clinic in two cities, and a coordinator who makes changes at random."""

    def __init__(self, clinic: SchedulerClinic, rng: random.Random) -> None:
        self.clinic = clinic
        self.rng = rng
        self.therapists: list[Person] = []
        self.patients: list[Person] = []
        self.group: Group

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.clinic.now

    async def open(self) -> None:
        """Add people, plans and a group."""
        clinic = self.clinic
        clinic.defaults = replace(clinic.defaults, holidays="DE-BY", reminders=2)
        self.therapists = [await clinic.add("therapist", f"T-{n}") for n in range(3)]
        for number, zone in enumerate((BERLIN, NEW_YORK, BERLIN, NEW_YORK, BERLIN, BERLIN)):
            therapist = self.therapists[number % 2]
            self.patients.append(await clinic.add_patient(f"P-{number}", therapist, zone))
        for patient in self.patients[:4]:
            await clinic.add_plan(patient, self.timetable())
        self.group = await clinic.add_group(
            "G-1", tuesday_plan(wall_time=time(17)), *self.patients[2:]
        )
        async with clinic.store.transaction() as tx:
            await groups.add_leader(
                tx, group_id=self.group.id, therapist_id=self.therapists[2].id, at=self.now
            )

    def timetable(self) -> Timetable:
        """Return a random plan that begins today."""
        rng = self.rng
        weekdays = tuple(sorted(rng.sample(range(7), rng.choice((1, 1, 2)))))
        rule = rng.choice(
            (
                RecurrenceRule("week", 1, weekdays),
                RecurrenceRule("week", 2, weekdays),
                RecurrenceRule("week", 1, weekdays, count=20),
                RecurrenceRule("month", 1, weekdays[:1], nth=rng.choice((1, 3, -1))),
            )
        )
        return Timetable(
            rule,
            self.now.date(),
            time(rng.randrange(7, 23), rng.choice((0, 30))),
            rng.choice((BERLIN, NEW_YORK)),
            delay=rng.choice((None, timedelta(), timedelta(minutes=90))),
            reminders=rng.choice((None, 0, 1)),
            holidays=rng.choice((None, "US-NY", "")),
        )

    async def choose_session(self, tx: Tx) -> Session | None:
        """Return a session of the next two weeks; None if there is none."""
        ahead = await sessions_ahead(
            tx,
            now=self.now,
            since=self.now,
            until=self.now + 2 * WEEK,
            defaults=self.clinic.defaults,
        )
        return self.rng.choice(ahead) if ahead else None

    async def move(self, tx: Tx) -> object:
        """Move a session."""
        session = await self.choose_session(tx)
        if session is None:
            return None
        return await session_changes.move(
            tx,
            plan_id=str(session.plan_id),
            planned_for=session.planned_for or session.starts_at,
            starts_at=session.starts_at + timedelta(minutes=self.rng.randrange(-9000, 9000, 15)),
            at=self.now,
        )

    async def cancel(self, tx: Tx) -> object:
        """Cancel or restore a session."""
        session = await self.choose_session(tx)
        if session is None:
            return None
        change = self.rng.choice((session_changes.cancel, session_changes.restore))
        return await change(
            tx,
            plan_id=str(session.plan_id),
            planned_for=session.planned_for or session.starts_at,
            at=self.now,
        )

    async def absence(self, tx: Tx) -> object:
        """Add an absence of some days with or without cover, or withdraw one."""
        known = await absences.all_from(tx, from_day=self.now.date())
        if known and self.rng.random() < 0.3:
            return await absences.withdraw(tx, absence_id=self.rng.choice(known).id, at=self.now)
        person = self.rng.choice((*self.therapists, *self.patients))
        cover = self.rng.choice([None, *self.therapists])
        first = self.now.date() + timedelta(days=self.rng.randrange(0, 9))
        return await absences.add(
            tx,
            person_id=person.id,
            first_day=first,
            last_day=first + timedelta(days=self.rng.randrange(0, 9)),
            cover_id=None if cover is None or cover.id == person.id else cover.id,
            at=self.now,
        )

    async def plan(self, tx: Tx) -> object:
        """Change a patient's plan, add an extra session, or end the plan and perhaps resume it."""
        patient = self.rng.choice(self.patients)
        current = await plans.current(tx, patient_id=patient.id)
        chance = self.rng.random()
        if chance < 0.3:
            return await edit_plans.add_extra_session(
                tx,
                patient_id=patient.id,
                day=self.now.date() + timedelta(days=self.rng.randrange(2, 12)),
                wall_time=time(self.rng.randrange(8, 20)),
                zone=BERLIN,
                at=self.now,
            )
        if current is not None and chance < 0.4:
            await edit_plans.end_plan(tx, plan_id=current.id, at=self.now)
            return self.rng.random() < 0.5 and await edit_plans.resume_plan(
                tx, plan_id=current.id, at=self.now
            )
        if current is not None and chance < 0.7:
            delay = timedelta(minutes=self.rng.randrange(0, 120, 10))
            changed = replace(current.timetable, delay=delay, first_day=self.now.date())
            return await edit_plans.set_plan(
                tx, patient_id=patient.id, timetable=changed, at=self.now
            )
        return await edit_plans.set_plan(
            tx, patient_id=patient.id, timetable=self.timetable(), at=self.now
        )

    async def people(self, tx: Tx) -> object:
        """Change a pause, consent, care or membership."""
        patient, therapist = self.rng.choice(self.patients), self.rng.choice(self.therapists)
        chance = self.rng.random()
        if chance < 0.35:
            until = self.now + timedelta(hours=self.rng.randrange(1, 400))
            await people.pause(tx, person_id=patient.id, until=until)
            return until
        if chance < 0.5:
            return await people.set_state(tx, person_id=patient.id, state="active")
        if chance < 0.65:
            decision = self.rng.choice(("agreed", "agreed", "withdrawn"))
            await consents.record(
                tx,
                person_id=patient.id,
                decision=decision,
                version="1",
                language="en",
                at=self.now,
            )
            return decision
        if chance < 0.85:
            return await care.assign(
                tx, patient_id=patient.id, therapist_id=therapist.id, at=self.now
            )
        if await groups.remove_member(
            tx, group_id=self.group.id, patient_id=patient.id, at=self.now
        ):
            return None
        return await groups.add_member(
            tx, group_id=self.group.id, patient_id=patient.id, at=self.now
        )

    async def edit(self) -> None:
        """Make a random change now."""
        change: Edit = self.rng.choice(
            (self.move, self.move, self.cancel, self.absence, self.absence, self.plan, self.people)
        )
        async with self.clinic.store.transaction() as tx:
            await change(tx)

    def moments(self, begin: datetime) -> list[datetime]:
        """Return the times of the edits in a week, and its end."""
        minutes = sorted(self.rng.sample(range(1, 7 * 24 * 60), self.rng.randrange(EDITS_A_WEEK)))
        return [*(begin + timedelta(minutes=minute) for minute in minutes), begin + WEEK]


def planned_prompts(entries: Sequence[PreviewEntry]) -> list[tuple[str, datetime]]:
    """Return the patient and the time of each prompt in a preview."""
    return sorted(
        (one.patient_code, one.due_at)
        for one in entries
        if one.why_not is None and one.due_at is not None
    )


@pytest.mark.slow
async def test_the_outbox_equals_the_preview(clinic: SchedulerClinic) -> None:
    """Person and time of each prompt, between any two edits and week after week."""
    year = Year(clinic, random.Random(SEED))
    await year.open()
    sent_before, reasons = 0, set()
    weeks = 53 if current_engine() == "sqlite" else 12  # a server is several times slower
    for week in range(weeks):
        for end in year.moments(datetime.combine(MONDAY, time(), clinic.now.tzinfo) + week * WEEK):
            if end <= clinic.now:
                continue
            entries = await clinic.preview(end)
            reasons |= {one.why_not for one in entries}
            expected = planned_prompts(entries)
            await clinic.tick()
            again = planned_prompts(await clinic.preview(end))
            assert again == expected, "a tick changed the preview"
            await clinic.run_until(end)
            prompts = await clinic.sent_prompts()
            assert sorted(prompts[sent_before:]) == expected
            sent_before = len(prompts)
            await year.edit()
    assert clinic.now >= T0 + (weeks - 1) * WEEK
    assert sent_before > 3 * weeks
    assert len(reasons) > 5, reasons
