"""A clinic without a chat: people, sessions and answers, saved as the handlers save them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance.alerts.alert_settings import AlertSettings
from alliance.calendar.timetable import SiteDefaults, site_default_settings
from alliance.calendar.timing import NO_QUIET_HOURS
from alliance.checkins.instruments import instrument
from alliance.checkins.review import ANSWERABLE, CheckinState, GivenAnswers
from alliance.checkins.scoring import score
from alliance.rupture import Detector, detector
from storage.alerts import evaluate
from storage.calendar import plan_checkins, sessions
from storage.checkins import answers, checkins
from storage.consent import consents
from storage.database.tx import Store, Tx
from storage.people import care, people
from storage.people.people import Person
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
WEEK = timedelta(days=7)
SETTINGS = replace(site_default_settings(SiteDefaults()), delay=timedelta(), quiet=NO_QUIET_HOURS)
INSTRUMENT_ID = "check_in_4"
ITEMS = tuple(item.id for item in instrument(INSTRUMENT_ID).items)
STEADY_SCORES = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))
LOW_SCORES = (3, 4, 2, 3)
RECOVERED_SCORES = (9, 9, 9, 9)


class DatabaseClinic:
    """A database, and the current time; each method is one transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = T0
        self.detector: Detector = detector(instrument=instrument(INSTRUMENT_ID))
        self.alert_settings = AlertSettings()

    async def add_person(self, code: str, role: str, zone: str = "UTC") -> Person:
        """Add a person who has joined; a patient has consented."""
        async with self.store.transaction() as tx:
            person = await people.add(
                tx, code=code, role=role, language="en", zone=zone, at=self.now
            )
            await people.set_state(tx, person_id=person.id, state="active")
            if role == "patient":
                await consents.record(
                    tx,
                    person_id=person.id,
                    decision="agreed",
                    version="1",
                    language="en",
                    at=self.now,
                )
        return person

    async def assign(self, patient: Person, therapist: Person) -> None:
        """Assign a patient to a therapist."""
        async with self.store.transaction() as tx:
            await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=self.now)

    async def end_session(self, patient: Person) -> str:
        """Let a session end now and send its check-in; return the check-in's id."""
        async with self.store.transaction() as tx:
            session = await sessions.record_ended_session(
                tx,
                patient_id=patient.id,
                zone="UTC",
                settings=SETTINGS,
                at=self.now,
            )
            [checkin_id] = await plan_checkins.plan_checkins(tx, [session], at=self.now)
            await self._move(tx, checkin_id, CheckinState.SENT)
        return checkin_id

    async def answer(
        self, checkin_id: str, scores: Sequence[float], direct: str = "no", after: str | None = None
    ) -> None:
        """Complete a check-in, or change its answers."""
        rated = dict(zip(ITEMS, scores, strict=True))
        async with self.store.transaction() as tx:
            for item, value in rated.items():
                await answers.save_answer(
                    tx, checkin_id=checkin_id, item=item, value=value, at=self.now
                )
            given = GivenAnswers(dict(rated), direct, after)
            await answers.save_direct(tx, checkin_id=checkin_id, given=given)
            await answers.mark_opened(tx, checkin_id=checkin_id, at=self.now)
            await answers.complete(
                tx,
                checkin_id=checkin_id,
                score=score(instrument(INSTRUMENT_ID), dict(rated)).total,
                missing=0,
                locks_at=self.now + timedelta(minutes=10),
                at=self.now,
            )
            await self._evaluate(tx, checkin_id)

    async def close_checkin(
        self, checkin_id: str, state: CheckinState = CheckinState.EXPIRED
    ) -> None:
        """Close a check-in without an answer."""
        async with self.store.transaction() as tx:
            await self._move(tx, checkin_id, state)
            if state is CheckinState.EXPIRED:
                await self._evaluate(tx, checkin_id)

    async def run_week(
        self, patient: Person, scores: Sequence[float] | None, direct: str = "no"
    ) -> str:
        """Let a week with one session pass, answered or not; return the check-in's id."""
        self.now += WEEK
        checkin_id = await self.end_session(patient)
        self.now += timedelta(hours=1)
        if scores is None:
            await self.close_checkin(checkin_id)
        else:
            await self.answer(checkin_id, scores, direct)
        return checkin_id

    async def _evaluate(self, tx: Tx, checkin_id: str) -> None:
        await evaluate.evaluate_checkin(
            tx,
            checkin_id=checkin_id,
            detector=self.detector,
            alert_settings=self.alert_settings,
            at=self.now,
        )

    async def _move(self, tx: Tx, checkin_id: str, to: CheckinState) -> None:
        await checkins.change_state(
            tx,
            checkin_id=checkin_id,
            to=to,
            reason="test",
            at=self.now,
            only_from=ANSWERABLE | {CheckinState.PLANNED},
        )


@asynccontextmanager
async def open_database_clinic() -> AsyncIterator[DatabaseClinic]:
    """Open a clinic without people in a temporary database."""
    with TemporaryDirectory() as folder:
        async with open_fresh_store(Path(folder), at=T0) as store:
            yield DatabaseClinic(store)
