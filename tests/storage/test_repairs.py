"""Repair tracking: whatever happens, what is kept is what the history says."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from alliance.alerts.alert_settings import Patience
from alliance.alerts.episodes import Episode, Event, Happening, Word, trace
from alliance.alerts.responses import Response
from alliance.calendar.session_outcomes import Outcome
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.rupture import Observation, Verdict, detector, replayed
from storage.alerts import derive_episodes, episodes, responses
from storage.audit import audit_log
from storage.calendar import session_outcomes
from storage.caseload import courses
from storage.people import end_of_treatment
from storage.people.people import Person
from tests.databases import on_both
from tests.laws import hold
from tests.storage.practice import ASKED, BACK, LOW, STEADY, WEEK, Practice, a_practice

SAID = {
    Response.TALKED: Word.ADDRESSED,
    Response.NOT_RUPTURE: Word.NOT_A_RUPTURE,
    Response.SEEN: None,
}


class Witness:
    """Sees everything as it happens and follows it step by step, as the slow and obvious way."""

    def __init__(self, practice: Practice, patient: Person, therapists: list[Person]) -> None:
        self.practice = practice
        self.patient = patient
        self.therapists = therapists
        self.happened: list[Happening] = []
        self.alerts: list[str] = []
        self.changed = False

    async def verdicts(self) -> list[Verdict | None]:
        """Replay the whole course with the detector."""
        async with self.practice.store.reading() as tx:
            course = await courses.course_of(tx, patient_id=self.patient.id, instrument=ASKED)
        observations: list[Observation] = [step.observation for step in course]
        return list(replayed(self.practice.detector, observations)[1])

    async def session(self, scores: tuple[int, ...] | None, *, changed: bool = False) -> None:
        """One more week; perhaps the answers are changed at once."""
        checkin_id = await self.practice.week(self.patient, scores)
        if changed and scores is not None:
            await self.practice.answer(checkin_id, BACK)
        await self._saw(checkin_id)

    async def left_out(self, state: CheckinState) -> None:
        """A session whose patient was not asked, or said that there was none."""
        self.practice.now += WEEK
        checkin_id = await self.practice.session(self.patient)
        await self.practice.close(checkin_id, state)
        if state is not CheckinState.NO_SESSION:
            await self._saw(checkin_id)

    async def _saw(self, checkin_id: str) -> None:
        if self.changed:
            self.happened.append(Happening(Word.NEW_THERAPIST))
            self.changed = False
        verdict = (await self.verdicts())[-1]
        async with self.practice.store.reading() as tx:
            row = await tx.one("SELECT id FROM alerts WHERE checkin_id = ?", checkin_id)
        alert_id = None if row is None else str(row["id"])
        if alert_id is not None:
            self.alerts.append(alert_id)
        event: Event = None if verdict is None else Seen(verdict, alert_id is not None)
        if verdict is None and alert_id is not None:
            event = Seen(None, True)
        self.happened.append(Happening(event, alert_id))

    async def say(self, which: int, response: Response) -> None:
        """A therapist says something of an alert; an earlier word about it is taken back."""
        if not self.alerts:
            return
        alert_id = self.alerts[which % len(self.alerts)]
        self.practice.now += timedelta(hours=1)
        async with self.practice.store.transaction() as tx:
            await responses.add(
                tx,
                alert_id=alert_id,
                therapist_id=self.therapists[0].id,
                response=response,
                at=self.practice.now,
            )
            await derive_episodes.heard(tx, alert_id=alert_id)
        told = [one for one in self.happened if one.alert == alert_id]
        for one in told:
            if one.event in (Word.ADDRESSED, Word.NOT_A_RUPTURE):
                self.happened.remove(one)
        word = SAID[response]
        if word is not None:
            self.happened.append(Happening(word, alert_id))

    async def still_working(self, which: int) -> None:
        """A therapist answers that the work goes on."""
        async with self.practice.store.reading() as tx:
            kept = await episodes.of_patient(tx, self.patient.id)
        if not kept:
            return
        self.practice.now += timedelta(hours=1)
        episode_id = kept[which % len(kept)].id
        async with self.practice.store.transaction() as tx:
            await derive_episodes.say_still_working(
                tx,
                episode_id=episode_id,
                therapist_id=self.therapists[0].id,
                at=self.practice.now,
            )
        self.happened.append(Happening(Word.STILL_WORKING, episode_id))

    async def reassign(self, which: int) -> None:
        """Another therapist takes over."""
        self.practice.now += timedelta(hours=1)
        before = await self._carer()
        await self.practice.assign(self.patient, self.therapists[which])
        self.changed ^= before != await self._carer()

    async def _carer(self) -> str:
        async with self.practice.store.reading() as tx:
            row = await tx.one(
                "SELECT therapist_id FROM care WHERE patient_id = ? AND to_at IS NULL",
                self.patient.id,
            )
        assert row is not None
        return str(row["therapist_id"])

    def expected(self) -> list[tuple[Episode, tuple[str, ...]]]:
        """Return all episodes and their alerts, as this witness saw them."""
        limit = self.practice.patience.unrepaired_after
        found = trace(self.happened, unrepaired_after=lambda _: limit)
        return [(one.episode, one.alerts) for one in found]


class Seen:
    """A verdict, and whether an alert came of it."""

    def __init__(self, verdict: Verdict | None, alert: bool) -> None:
        self.raised = verdict is None or verdict.raised
        self.alert = alert
        self.mean = None if verdict is None else verdict.mean
        self.usual_low = None if verdict is None else verdict.usual_low


scores = st.sampled_from((BACK, LOW, (9, 8, 9, 9), (7, 7, 6, 7), (10, 10, 10, 10)))
steps = st.one_of(
    st.tuples(st.just("session"), scores),
    st.tuples(st.just("session"), scores),
    st.tuples(st.just("changed"), scores),
    st.tuples(st.just("silent"), st.none()),
    st.tuples(
        st.just("left out"), st.sampled_from((CheckinState.CANCELLED, CheckinState.NO_SESSION))
    ),
    st.tuples(st.just("said"), st.tuples(st.integers(0, 3), st.sampled_from(Response))),
    st.tuples(st.just("still working"), st.integers(0, 3)),
    st.tuples(st.just("reassigned"), st.integers(0, 1)),
)


async def happen(witness: Witness, what: str, value: Any) -> None:
    """Let one thing happen."""
    match what:
        case "session":
            await witness.session(value)
        case "changed":
            await witness.session(value, changed=True)
        case "silent":
            await witness.session(None)
        case "left out":
            await witness.left_out(value)
        case "said":
            await witness.say(*value)
        case "still working":
            await witness.still_working(value)
        case "reassigned":
            await witness.reassign(value)


@on_both
def test_what_is_kept_is_what_a_witness_saw() -> None:
    """Sessions, silence, changed answers, words, corrections, reassigning: kept = followed."""
    hold(_happens, st.lists(steps, min_size=4, max_size=24), on_a_file=60, on_a_server=6)


async def _happens(course: list[tuple[str, Any]]) -> None:
    async with a_practice() as practice:
        therapists = [await practice.person(f"T-{n}", "therapist") for n in (1, 2)]
        patient = await practice.person("P-1", "patient")
        await practice.assign(patient, therapists[0])
        practice.patience = Patience(unrepaired_after=3)
        witness = Witness(practice, patient, therapists)
        for usual in (*STEADY, LOW):
            await witness.session(usual)
        for what, value in course:
            await happen(witness, what, value)
        await witness.session(BACK)
        async with practice.store.reading() as tx:
            kept = await episodes.of_patient(tx, patient.id)
        assert [(one.episode, one.alert_ids) for one in kept] == witness.expected()


async def stages(practice: Practice, patient: Person) -> list[str]:
    """Return where a patient's episodes stand, oldest first."""
    async with practice.store.reading() as tx:
        return [one.episode.stage for one in await episodes.of_patient(tx, patient.id)]


@on_both
async def test_the_end_of_treatment_ends_it_and_can_be_taken_back() -> None:
    """What was going on is followed no longer; after an undo it goes on as if nothing was."""
    async with a_practice() as practice:
        therapist = await practice.person("T-1", "therapist")
        patient = await practice.person("P-1", "patient")
        await practice.assign(patient, therapist)
        for usual in (*STEADY, LOW):
            await practice.week(patient, usual)
        assert await stages(practice, patient) == ["open"]
        async with practice.store.transaction() as tx:
            number = await audit_log.record(
                tx,
                actor_id=therapist.id,
                action="person.ended",
                subject_id=patient.id,
                before={"state": "active", "until": None},
                after=await end_of_treatment.end(tx, person=patient, at=practice.now),
                at=practice.now,
            )
        assert await stages(practice, patient) == ["ended"]
        async with practice.store.transaction() as tx:
            entry = await audit_log.by_number(tx, number)
            assert entry is not None
            assert await end_of_treatment.undo_end(tx, entry, practice.now)
        assert await stages(practice, patient) == ["open"]
        for _ in range(2):
            await practice.week(patient, BACK)
        assert await stages(practice, patient) == ["recovered"]


async def said_so_far(practice: Practice) -> list[tuple[str, float | None, str]]:
    """Return what was said of each check-in, and by which detector, oldest first."""
    async with practice.store.reading() as tx:
        rows = await tx.all("SELECT * FROM verdicts ORDER BY checkin_id")
    return [(row["checkin_id"], row["probability"], row["detector"]) for row in rows]


@on_both
async def test_what_was_once_said_is_not_said_otherwise_later() -> None:
    """Another detector from today on: what yesterday's said of earlier sessions stays."""
    async with a_practice() as practice:
        therapist = await practice.person("T-1", "therapist")
        patient = await practice.person("P-1", "patient")
        await practice.assign(patient, therapist)
        for usual in (*STEADY, LOW, BACK, BACK):
            await practice.week(patient, usual)
        before = await said_so_far(practice)
        assert await stages(practice, patient) == ["recovered"]
        practice.detector = detector("hunhu", instrument=instrument(ASKED))
        await practice.week(patient, BACK)
        after = await said_so_far(practice)
        assert after[:-1] == before
        assert after[-1][2] == "hunhu 1"
        assert await stages(practice, patient) == ["recovered"]


@on_both
async def test_a_session_that_did_not_take_place_is_no_part_of_it() -> None:
    """Silence after a session that nobody came to is none: said later, it is taken out again."""
    async with a_practice() as practice:
        therapist = await practice.person("T-1", "therapist")
        patient = await practice.person("P-1", "patient")
        await practice.assign(patient, therapist)
        for usual in (*STEADY, LOW):
            await practice.week(patient, usual)
        await practice.week(patient, None)
        async with practice.store.transaction() as tx:
            [kept] = await episodes.of_patient(tx, patient.id)
            assert kept.episode.sessions == 1
            around = await session_outcomes.around(tx, patient_id=patient.id, at=practice.now)
            assert await session_outcomes.did_not_take_place(
                tx, session=around[-1], outcome=Outcome.NO_SHOW, at=practice.now
            )
            [kept] = await episodes.of_patient(tx, patient.id)
        assert kept.episode.sessions == 0
