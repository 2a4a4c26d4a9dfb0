"""What the preview said is what was sent: a year with clock changes, holidays and many edits."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Timetable
from storage.calendar import absences, edit_plans, plans, session_changes
from storage.calendar.preview import sessions_ahead
from storage.calendar.sessions import Session
from storage.consent import consents
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import care, people
from storage.people.people import Person
from tests.databases import chosen
from tests.schedules.surgery import MONDAY, T0, WEEK, Surgery, tuesdays

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
"""A year; on a server, where each step takes its time, some months."""

EDITS_A_WEEK = 3
SEED = 1
Edit = Callable[[Tx], Awaitable[object]]


class Year:
    """A practice in two cities, and a coordinator who changes her mind."""

    def __init__(self, surgery: Surgery, dice: random.Random) -> None:
        self.surgery = surgery
        self.dice = dice
        self.therapists: list[Person] = []
        self.patients: list[Person] = []
        self.group: Group

    @property
    def now(self) -> datetime:
        """The time."""
        return self.surgery.now

    async def open(self) -> None:
        """Fill the practice."""
        surgery = self.surgery
        surgery.defaults = replace(surgery.defaults, holidays="DE-BY", reminders=2)
        self.therapists = [await surgery.add("therapist", f"T-{n}") for n in range(3)]
        for number, zone in enumerate((BERLIN, NEW_YORK, BERLIN, NEW_YORK, BERLIN, BERLIN)):
            carer = self.therapists[number % 2]
            self.patients.append(await surgery.patient(f"P-{number}", carer, zone))
        for patient in self.patients[:4]:
            await surgery.plan(patient, self.timetable())
        self.group = await surgery.group("G-1", tuesdays(wall_time=time(17)), *self.patients[2:])
        async with surgery.store.transaction() as tx:
            await groups.add_leader(
                tx, group_id=self.group.id, therapist_id=self.therapists[2].id, at=self.now
            )

    def timetable(self) -> Timetable:
        """Return some plan that begins today."""
        dice = self.dice
        weekdays = tuple(sorted(dice.sample(range(7), dice.choice((1, 1, 2)))))
        rule = dice.choice(
            (
                Rule("week", 1, weekdays),
                Rule("week", 2, weekdays),
                Rule("week", 1, weekdays, count=20),
                Rule("month", 1, weekdays[:1], nth=dice.choice((1, 3, -1))),
            )
        )
        return Timetable(
            rule,
            self.now.date(),
            time(dice.randrange(7, 23), dice.choice((0, 30))),
            dice.choice((BERLIN, NEW_YORK)),
            delay=dice.choice((None, timedelta(), timedelta(minutes=90))),
            reminders=dice.choice((None, 0, 1)),
            holidays=dice.choice((None, "US-NY", "")),
        )

    async def some_session(self, tx: Tx) -> Session | None:
        """Return one of the sessions of the coming two weeks."""
        ahead = await sessions_ahead(
            tx,
            now=self.now,
            since=self.now,
            until=self.now + 2 * WEEK,
            defaults=self.surgery.defaults,
        )
        return self.dice.choice(ahead) if ahead else None

    async def move(self, tx: Tx) -> object:
        """Put a session at another time."""
        session = await self.some_session(tx)
        if session is None:
            return None
        return await session_changes.move(
            tx,
            plan_id=str(session.plan_id),
            planned_for=session.planned_for or session.starts_at,
            starts_at=session.starts_at + timedelta(minutes=self.dice.randrange(-9000, 9000, 15)),
            at=self.now,
        )

    async def cancel(self, tx: Tx) -> object:
        """Cancel a session, or put it back."""
        session = await self.some_session(tx)
        if session is None:
            return None
        change = self.dice.choice((session_changes.cancel, session_changes.restore))
        return await change(
            tx,
            plan_id=str(session.plan_id),
            planned_for=session.planned_for or session.starts_at,
            at=self.now,
        )

    async def absence(self, tx: Tx) -> object:
        """Somebody is away for some days, covered or not; or an absence is taken back."""
        known = await absences.all_from(tx, from_day=self.now.date())
        if known and self.dice.random() < 0.3:
            return await absences.withdraw(tx, absence_id=self.dice.choice(known).id, at=self.now)
        person = self.dice.choice((*self.therapists, *self.patients))
        cover = self.dice.choice([None, *self.therapists])
        first = self.now.date() + timedelta(days=self.dice.randrange(0, 9))
        return await absences.add(
            tx,
            person_id=person.id,
            first_day=first,
            last_day=first + timedelta(days=self.dice.randrange(0, 9)),
            cover_id=None if cover is None or cover.id == person.id else cover.id,
            at=self.now,
        )

    async def plan(self, tx: Tx) -> object:
        """Another plan for a patient, one more session, or the end of a plan and back."""
        patient = self.dice.choice(self.patients)
        current = await plans.current(tx, patient.id)
        chance = self.dice.random()
        if chance < 0.3:
            return await edit_plans.extra_session(
                tx,
                patient_id=patient.id,
                day=self.now.date() + timedelta(days=self.dice.randrange(2, 12)),
                wall_time=time(self.dice.randrange(8, 20)),
                zone=BERLIN,
                at=self.now,
            )
        if current is not None and chance < 0.4:
            await edit_plans.end_plan(tx, plan_id=current.id, at=self.now)
            return self.dice.random() < 0.5 and await edit_plans.bring_back(
                tx, plan_id=current.id, at=self.now
            )
        if current is not None and chance < 0.7:
            delay = timedelta(minutes=self.dice.randrange(0, 120, 10))
            changed = replace(current.timetable, delay=delay, first_day=self.now.date())
            return await edit_plans.set_plan(
                tx, patient_id=patient.id, timetable=changed, at=self.now
            )
        return await edit_plans.set_plan(
            tx, patient_id=patient.id, timetable=self.timetable(), at=self.now
        )

    async def people(self, tx: Tx) -> object:
        """Pauses, consent, care and membership."""
        patient, therapist = self.dice.choice(self.patients), self.dice.choice(self.therapists)
        chance = self.dice.random()
        if chance < 0.35:
            until = self.now + timedelta(hours=self.dice.randrange(1, 400))
            await people.pause(tx, person_id=patient.id, until=until)
            return until
        if chance < 0.5:
            return await people.set_state(tx, person_id=patient.id, state="active")
        if chance < 0.65:
            decision = self.dice.choice(("agreed", "agreed", "withdrawn"))
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
        """Change something, at this very moment."""
        change: Edit = self.dice.choice(
            (self.move, self.move, self.cancel, self.absence, self.absence, self.plan, self.people)
        )
        async with self.surgery.store.transaction() as tx:
            await change(tx)

    def moments(self, begin: datetime) -> list[datetime]:
        """Return the ends of the stretches of a week: at each an edit, then the week's end."""
        minutes = sorted(self.dice.sample(range(1, 7 * 24 * 60), self.dice.randrange(EDITS_A_WEEK)))
        return [*(begin + timedelta(minutes=minute) for minute in minutes), begin + WEEK]


async def said(surgery: Surgery, until: datetime) -> list[tuple[str, datetime]]:
    """Return to whom the preview says a question will go, and when."""
    coming = await surgery.preview(until)
    return sorted(
        (one.patient_code, one.due_at)
        for one in coming
        if one.why_not is None and one.due_at is not None
    )


async def test_what_the_preview_said_is_what_was_sent(surgery: Surgery) -> None:
    """Person and instant, week after week, and between edits: the outbox equals the preview."""
    year = Year(surgery, random.Random(SEED))
    await year.open()
    sent_before, reasons = 0, set()
    weeks = 53 if chosen() == "sqlite" else 12  # on a server each look costs ten times as much
    for week in range(weeks):
        for end in year.moments(datetime.combine(MONDAY, time(), surgery.now.tzinfo) + week * WEEK):
            if end <= surgery.now:
                continue
            expected = await said(surgery, end)
            reasons |= {one.why_not for one in await surgery.preview(end)}
            await surgery.tick()
            assert await said(surgery, end) == expected, "a tick changed what is to come"
            await surgery.run_until(end)
            asked = await surgery.asked()
            assert sorted(asked[sent_before:]) == expected
            sent_before = len(asked)
            await year.edit()
    assert surgery.now >= T0 + (weeks - 1) * WEEK
    assert sent_before > 3 * weeks
    assert len(reasons) > 5, reasons
