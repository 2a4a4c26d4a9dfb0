"""A practice without Telegram: people, sessions and answers, kept as the rooms keep them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance.alerts.alert_settings import Patience
from alliance.calendar.timing import NEVER_QUIET
from alliance.checkins.instruments import instrument
from alliance.checkins.review import ANSWERABLE, CheckinState, Given
from alliance.checkins.scoring import score
from alliance.rupture import Detector, detector
from storage.alerts import evaluate
from storage.calendar import plan_checkins, sessions
from storage.checkins import answers, checkins
from storage.consent import consents
from storage.database.tx import Store, Tx
from storage.people import care, people
from storage.people.people import Person
from tests.databases import a_store

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
WEEK = timedelta(days=7)
ASKED = "check_in_4"
ITEMS = tuple(item.id for item in instrument(ASKED).items)
STEADY = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))
LOW = (3, 4, 2, 3)
BACK = (9, 9, 9, 9)


class Practice:
    """A database with its people, and the time; each method is one transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = T0
        self.detector: Detector = detector(instrument=instrument(ASKED))
        self.patience = Patience()

    async def person(self, code: str, role: str, zone: str = "UTC") -> Person:
        """Return somebody new who has come in; a patient has agreed."""
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
        """Give a patient to a therapist."""
        async with self.store.transaction() as tx:
            await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=self.now)

    async def session(self, patient: Person) -> str:
        """Let a session end now and its question be sent; return the check-in."""
        async with self.store.transaction() as tx:
            session = await sessions.just_ended(
                tx,
                patient_id=patient.id,
                zone="UTC",
                delay=timedelta(),
                instrument=ASKED,
                quiet=NEVER_QUIET,
                duration=timedelta(minutes=50),
                at=self.now,
            )
            checkin_id = await plan_checkins.plan_checkin(tx, session=session, at=self.now)
            assert checkin_id is not None
            await self._move(tx, checkin_id, CheckinState.SENT)
        return checkin_id

    async def answer(
        self, checkin_id: str, scores: Sequence[float], direct: str = "no", after: str | None = None
    ) -> None:
        """Answer a check-in to the end, or change its answers."""
        rated = dict(zip(ITEMS, scores, strict=True))
        async with self.store.transaction() as tx:
            for item, value in rated.items():
                await answers.keep_answer(
                    tx, checkin_id=checkin_id, item=item, value=value, at=self.now
                )
            given = Given(dict(rated), direct, after)
            await answers.keep_direct(tx, checkin_id=checkin_id, given=given)
            await answers.opened(tx, checkin_id=checkin_id, at=self.now)
            await answers.complete(
                tx,
                checkin_id=checkin_id,
                score=score(instrument(ASKED), dict(rated)).total,
                missing=0,
                locks_at=self.now + timedelta(minutes=10),
                at=self.now,
            )
            await self._judge(tx, checkin_id)

    async def close(self, checkin_id: str, state: CheckinState = CheckinState.EXPIRED) -> None:
        """Let a check-in end without an answer."""
        async with self.store.transaction() as tx:
            await self._move(tx, checkin_id, state)
            if state is CheckinState.EXPIRED:
                await self._judge(tx, checkin_id)

    async def week(
        self, patient: Person, scores: Sequence[float] | None, direct: str = "no"
    ) -> str:
        """Let a week pass with one session, answered or not; return the check-in."""
        self.now += WEEK
        checkin_id = await self.session(patient)
        self.now += timedelta(hours=1)
        if scores is None:
            await self.close(checkin_id)
        else:
            await self.answer(checkin_id, scores, direct)
        return checkin_id

    async def _judge(self, tx: Tx, checkin_id: str) -> None:
        await evaluate.judge(
            tx,
            checkin_id=checkin_id,
            detector=self.detector,
            patience=self.patience,
            at=self.now,
        )

    async def _move(self, tx: Tx, checkin_id: str, to: CheckinState) -> None:
        await checkins.move(
            tx,
            checkin_id=checkin_id,
            to=to,
            reason="test",
            at=self.now,
            only_from=ANSWERABLE | {CheckinState.PLANNED},
        )


@asynccontextmanager
async def a_practice() -> AsyncIterator[Practice]:
    """Open an empty practice in a database that is gone afterwards."""
    with TemporaryDirectory() as folder:
        async with a_store(Path(folder), at=T0) as store:
            yield Practice(store)
