"""Repair tracking: the stored episodes always match a step-by-step trace of the events."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from alliance.alerts.alert_settings import AlertSettings
from alliance.alerts.episodes import (
    Episode,
    EpisodeEvent,
    HistoryEntry,
    StatementKind,
    trace_episodes,
)
from alliance.alerts.responses import Response
from alliance.calendar.session_outcomes import SessionOutcome
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.rupture import Verdict, detector, replay_observations
from storage.alerts import derive_episodes, episodes, responses
from storage.audit import audit_log
from storage.audit.change import Change
from storage.calendar import session_outcomes
from storage.caseload import courses
from storage.caseload.courses import CourseKey
from storage.people import end_of_treatment
from storage.people.people import Person
from tests.databases import on_both_engines
from tests.properties import check_property
from tests.storage.database_clinic import (
    INSTRUMENT_ID,
    LOW_SCORES,
    RECOVERED_SCORES,
    STEADY_SCORES,
    WEEK,
    DatabaseClinic,
    open_database_clinic,
)

STATEMENTS = {
    Response.TALKED: StatementKind.ADDRESSED,
    Response.NOT_RUPTURE: StatementKind.NOT_A_RUPTURE,
    Response.SEEN: None,
}


class Oracle:
    """Performs events and traces the episodes step by step: the slow, obvious implementation."""

    def __init__(self, clinic: DatabaseClinic, patient: Person, therapists: list[Person]) -> None:
        self.clinic = clinic
        self.patient = patient
        self.therapists = therapists
        self.history: list[HistoryEntry] = []
        self.alerts: list[str] = []
        self.has_new_therapist = False

    async def verdicts(self) -> list[Verdict | None]:
        """Replay the whole course with the detector."""
        async with self.clinic.store.read_transaction() as tx:
            course = await courses.steps_of(tx, CourseKey(self.patient.id, INSTRUMENT_ID))
        return list(replay_observations(self.clinic.detector, [s.observation for s in course])[1])

    async def session(self, scores: tuple[int, ...] | None, *, changed: bool = False) -> None:
        """Let a week with one session pass; perhaps the answers are changed afterwards."""
        checkin_id = await self.clinic.run_week(self.patient, scores)
        if changed and scores is not None:
            await self.clinic.answer(checkin_id, RECOVERED_SCORES)
        await self._trace(checkin_id)

    async def no_checkin(self, state: CheckinState) -> None:
        """Add a session without a check-in, or one that the patient says did not take place."""
        self.clinic.now += WEEK
        checkin_id = await self.clinic.end_session(self.patient)
        await self.clinic.close_checkin(checkin_id, state)
        if state is not CheckinState.NO_SESSION:
            await self._trace(checkin_id)

    async def _trace(self, checkin_id: str) -> None:
        if self.has_new_therapist:
            self.history.append(HistoryEntry(StatementKind.NEW_THERAPIST))
            self.has_new_therapist = False
        verdict = (await self.verdicts())[-1]
        async with self.clinic.store.read_transaction() as tx:
            row = await tx.one("SELECT id FROM alerts WHERE checkin_id = ?", checkin_id)
        alert_id = None if row is None else str(row["id"])
        if alert_id is not None:
            self.alerts.append(alert_id)
        event: EpisodeEvent = None
        if verdict is not None or alert_id is not None:
            event = TracedVerdict(verdict, alert_id is not None)
        self.history.append(HistoryEntry(event, alert_id))

    async def respond(self, index: int, response: Response) -> None:
        """Respond to an alert; an earlier response to it no longer counts."""
        if not self.alerts:
            return
        alert_id = self.alerts[index % len(self.alerts)]
        self.clinic.now += timedelta(hours=1)
        async with self.clinic.store.transaction() as tx:
            await responses.add(
                tx,
                alert_id=alert_id,
                therapist_id=self.therapists[0].id,
                response=response,
                at=self.clinic.now,
            )
            await derive_episodes.derive_for_alert(tx, alert_id=alert_id)
        for entry in [one for one in self.history if one.alert == alert_id]:
            if entry.event in (StatementKind.ADDRESSED, StatementKind.NOT_A_RUPTURE):
                self.history.remove(entry)
        statement = STATEMENTS[response]
        if statement is not None:
            self.history.append(HistoryEntry(statement, alert_id))

    async def still_working(self, index: int) -> None:
        """Answer that the work on an unrepaired rupture continues."""
        async with self.clinic.store.read_transaction() as tx:
            stored = await episodes.of_patient(tx, self.patient.id)
        if not stored:
            return
        self.clinic.now += timedelta(hours=1)
        episode_id = stored[index % len(stored)].id
        async with self.clinic.store.transaction() as tx:
            await derive_episodes.record_still_working(
                tx, episode_id=episode_id, therapist_id=self.therapists[0].id, at=self.clinic.now
            )
        self.history.append(HistoryEntry(StatementKind.STILL_WORKING, episode_id))

    async def reassign(self, index: int) -> None:
        """Assign one of the therapists."""
        self.clinic.now += timedelta(hours=1)
        before = await self._therapist_id()
        await self.clinic.assign(self.patient, self.therapists[index])
        self.has_new_therapist ^= before != await self._therapist_id()

    async def _therapist_id(self) -> str:
        async with self.clinic.store.read_transaction() as tx:
            row = await tx.one(
                "SELECT therapist_id FROM care WHERE patient_id = ? AND to_at IS NULL",
                self.patient.id,
            )
        assert row is not None
        return str(row["therapist_id"])

    def expected(self) -> list[tuple[Episode, tuple[str, ...]]]:
        """Return all episodes and their alerts."""
        limit = self.clinic.alert_settings.unrepaired_after
        traced = trace_episodes(self.history, unrepaired_after=lambda _: limit)
        return [(one.episode, one.alerts) for one in traced]


class TracedVerdict:
    """A verdict, and whether it raised an alert."""

    def __init__(self, verdict: Verdict | None, alert: bool) -> None:
        self.raised = verdict is None or verdict.raised
        self.alert = alert
        self.mean = None if verdict is None else verdict.mean
        self.usual_low = None if verdict is None else verdict.usual_low


SCORES = st.sampled_from(
    (RECOVERED_SCORES, LOW_SCORES, (9, 8, 9, 9), (7, 7, 6, 7), (10, 10, 10, 10))
)
EVENTS = st.one_of(
    st.tuples(st.just("session"), SCORES),
    st.tuples(st.just("session"), SCORES),
    st.tuples(st.just("changed"), SCORES),
    st.tuples(st.just("unanswered"), st.none()),
    st.tuples(
        st.just("no check-in"), st.sampled_from((CheckinState.CANCELLED, CheckinState.NO_SESSION))
    ),
    st.tuples(st.just("response"), st.tuples(st.integers(0, 3), st.sampled_from(Response))),
    st.tuples(st.just("still working"), st.integers(0, 3)),
    st.tuples(st.just("reassigned"), st.integers(0, 1)),
)


async def perform(oracle: Oracle, event: str, value: Any) -> None:
    """Perform one event."""
    match event:
        case "session":
            await oracle.session(value)
        case "changed":
            await oracle.session(value, changed=True)
        case "unanswered":
            await oracle.session(None)
        case "no check-in":
            await oracle.no_checkin(value)
        case "response":
            await oracle.respond(*value)
        case "still working":
            await oracle.still_working(value)
        case "reassigned":
            await oracle.reassign(value)


@on_both_engines
def test_stored_episodes_match_the_oracle() -> None:
    """After any sequence of sessions, silence, changed answers, responses and reassignments."""
    some = st.lists(EVENTS, min_size=4, max_size=24)
    check_property(_check_events, some, sqlite_examples=60, postgresql_examples=6)


async def _check_events(events: list[tuple[str, Any]]) -> None:
    async with open_database_clinic() as clinic:
        therapists = [await clinic.add_person(f"T-{n}", "therapist") for n in (1, 2)]
        patient = await clinic.add_person("P-1", "patient")
        await clinic.assign(patient, therapists[0])
        clinic.alert_settings = AlertSettings(unrepaired_after=3)
        oracle = Oracle(clinic, patient, therapists)
        for scores in (*STEADY_SCORES, LOW_SCORES):
            await oracle.session(scores)
        for event, value in events:
            await perform(oracle, event, value)
        await oracle.session(RECOVERED_SCORES)
        async with clinic.store.read_transaction() as tx:
            stored = await episodes.of_patient(tx, patient.id)
        assert [(one.episode, one.alert_ids) for one in stored] == oracle.expected()


async def open_episode(clinic: DatabaseClinic) -> tuple[Person, Person]:
    """Add a therapist and a patient whose last ratings raised an alert."""
    therapist = await clinic.add_person("T-1", "therapist")
    patient = await clinic.add_person("P-1", "patient")
    await clinic.assign(patient, therapist)
    for scores in (*STEADY_SCORES, LOW_SCORES):
        await clinic.run_week(patient, scores)
    return therapist, patient


async def stages(clinic: DatabaseClinic, patient: Person) -> list[str]:
    """Return the stages of a patient's episodes, oldest first."""
    async with clinic.store.read_transaction() as tx:
        return [one.episode.stage for one in await episodes.of_patient(tx, patient.id)]


@on_both_engines
async def test_the_end_of_treatment_ends_an_episode_and_can_be_undone() -> None:
    """After the undo the episode continues as before."""
    async with open_database_clinic() as clinic:
        therapist, patient = await open_episode(clinic)
        assert await stages(clinic, patient) == ["open"]
        async with clinic.store.transaction() as tx:
            await end_of_treatment.end(Change(tx, therapist.id, clinic.now), patient)
        assert await stages(clinic, patient) == ["ended"]
        async with clinic.store.transaction() as tx:
            entry = await audit_log.by_number(tx, 1)
            assert entry is not None
            assert entry.action == "person.ended"
            assert await end_of_treatment.undo_end(tx, entry, clinic.now)
        assert await stages(clinic, patient) == ["open"]
        for _ in range(2):
            await clinic.run_week(patient, RECOVERED_SCORES)
        assert await stages(clinic, patient) == ["recovered"]


async def stored_verdicts(clinic: DatabaseClinic) -> list[tuple[str, float | None, str]]:
    """Return the check-in, probability and detector of each verdict, oldest first."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT * FROM verdicts ORDER BY checkin_id")
    return [(row["checkin_id"], row["probability"], row["detector"]) for row in rows]


@on_both_engines
async def test_a_new_detector_does_not_change_earlier_verdicts() -> None:
    """It evaluates sessions from now on."""
    async with open_database_clinic() as clinic:
        _therapist, patient = await open_episode(clinic)
        for _ in range(2):
            await clinic.run_week(patient, RECOVERED_SCORES)
        before = await stored_verdicts(clinic)
        assert await stages(clinic, patient) == ["recovered"]
        clinic.detector = detector("hunhu", instrument=instrument(INSTRUMENT_ID))
        await clinic.run_week(patient, RECOVERED_SCORES)
        after = await stored_verdicts(clinic)
        assert after[:-1] == before
        assert after[-1][2] == "hunhu 1"
        assert await stages(clinic, patient) == ["recovered"]


@on_both_engines
async def test_a_no_show_does_not_count_as_a_session_of_an_episode() -> None:
    """An unanswered check-in counts until its session is reported as a no-show."""
    async with open_database_clinic() as clinic:
        _therapist, patient = await open_episode(clinic)
        await clinic.run_week(patient, None)
        async with clinic.store.transaction() as tx:
            [stored] = await episodes.of_patient(tx, patient.id)
            assert stored.episode.sessions == 1
            recent = await session_outcomes.sessions_around(
                tx, patient_id=patient.id, at=clinic.now
            )
            assert await session_outcomes.record_not_held(
                tx, session=recent[-1], outcome=SessionOutcome.NO_SHOW, at=clinic.now
            )
            [stored] = await episodes.of_patient(tx, patient.id)
        assert stored.episode.sessions == 0
