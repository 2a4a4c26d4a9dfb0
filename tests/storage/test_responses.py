"""What therapists say to alerts: nothing is lost, the latest counts; what is shown is noted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from alliance.alerts.evidence import Evidence
from alliance.alerts.responses import Response
from alliance.rupture import Kind, Verdict
from storage.alerts import alerts, responses
from storage.database.ids import new_id
from storage.database.open_database import open_database
from storage.database.tx import Store, Tx, at_text
from storage.maintenance.migrate import migrate
from storage.messages import outbox, shown_messages
from storage.people import people
from tests.databases import SEALING, a_store, an_address, on_both

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FELL = Verdict(Kind.SCORES, 0.5, 0.1, True, True, "bond", 3.0, 5.0, 6.0, 7.9, 9.7, None, 5, 0, 5)
ON_RATINGS = Evidence(FELL)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with a_store(tmp_path, at=T0) as opened:
        yield opened


async def somebody(tx: Tx, code: str, role: str) -> str:
    """Return the id of somebody new."""
    return (await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)).id


async def an_alert(tx: Tx, patient_id: str, evidence: Evidence = ON_RATINGS) -> str:
    """Return the id of an alert of a patient, about a session of its own."""
    at = at_text(T0)
    session_id, checkin_id = new_id(T0), new_id(T0)
    await tx.run(
        "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes, instrument,"
        " quiet_from, quiet_to, state) VALUES (?, ?, ?, ?, 'UTC', 0, 'check_in_4', '21:00',"
        " '08:00', 'held')",
        session_id,
        patient_id,
        at,
        at,
    )
    await tx.run(
        "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version, state,"
        " due_at, closes_at) VALUES (?, ?, ?, 'check_in_4', 1, 'completed', ?, ?)",
        checkin_id,
        session_id,
        patient_id,
        at,
        at,
    )
    alert_id = await alerts.raise_once(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=evidence,
        detector="hidden_markov 1",
        at=T0,
    )
    assert alert_id is not None
    return alert_id


async def say(tx: Tx, alert_id: str, who: str, response: Response, minutes: int) -> None:
    """Let a therapist say something, so many minutes later."""
    await responses.add(
        tx, alert_id=alert_id, therapist_id=who, response=response, at=T0 + minutes * MINUTE
    )


async def test_the_latest_counts_and_all_are_kept(store: Store) -> None:
    """Whoever said it; a snooze says nothing about the alert."""
    async with store.transaction() as tx:
        one, two = await somebody(tx, "T-1", "therapist"), await somebody(tx, "T-2", "therapist")
        alert_id = await an_alert(tx, await somebody(tx, "P-1", "patient"))
        assert await responses.present(tx, alert_id) is None
        await say(tx, alert_id, one, Response.SEEN, 1)
        await say(tx, alert_id, two, Response.TALKED, 2)
        await say(tx, alert_id, one, Response.NOT_RUPTURE, 3)
        await responses.snooze(
            tx, alert_id=alert_id, therapist_id=two, until=T0 + 60 * MINUTE, at=T0 + 4 * MINUTE
        )
    async with store.reading() as tx:
        present = await responses.present(tx, alert_id)
        kept = await tx.all("SELECT kind FROM alert_responses ORDER BY at")
        until = await responses.snoozed_until(tx, alert_id=alert_id, therapist_id=two)
        other = await responses.snoozed_until(tx, alert_id=alert_id, therapist_id=one)
    assert present is not None
    assert (present.response, present.therapist_code) == (Response.NOT_RUPTURE, "T-1")
    assert present.at == T0 + 3 * MINUTE
    assert [row["kind"] for row in kept] == ["seen", "talked", "not_rupture", "snooze"]
    assert (until, other) == (T0 + 60 * MINUTE, None)


async def test_two_at_one_instant_have_an_order(store: Store) -> None:
    """The one that was kept last counts, and only that one."""
    async with store.transaction() as tx:
        therapist = await somebody(tx, "T-1", "therapist")
        patient = await somebody(tx, "P-1", "patient")
        alert_id = await an_alert(tx, patient)
        await say(tx, alert_id, therapist, Response.SEEN, 1)
        await say(tx, alert_id, therapist, Response.TALKED, 1)
        said = await responses.of_patient(tx, patient)
    assert [one.response for one in said] == [Response.TALKED]


async def test_a_site_counts_what_is_said_now_of_ratings_of_real_patients(
    store: Store,
) -> None:
    """Seen counts nowhere, a correction replaces, a wish and a test patient are left out."""
    async with store.transaction() as tx:
        therapist = await somebody(tx, "T-1", "therapist")
        patient = await somebody(tx, "P-1", "patient")
        test = await somebody(tx, "P-0", "patient")
        await tx.run("UPDATE people SET is_test = 1 WHERE id = ?", test)
        assert await responses.tally(tx) == (0, 0)
        for whose, said, evidence in (
            (patient, (Response.TALKED,), ON_RATINGS),
            (patient, (Response.TALKED, Response.NOT_RUPTURE), ON_RATINGS),
            (patient, (Response.NOT_RUPTURE, Response.TALKED), ON_RATINGS),
            (patient, (Response.SEEN,), ON_RATINGS),
            (patient, (Response.TALKED, Response.SEEN), ON_RATINGS),
            (patient, (Response.TALKED,), Evidence(None)),
            (test, (Response.NOT_RUPTURE,), ON_RATINGS),
        ):
            alert_id = await an_alert(tx, whose, evidence)
            for minutes, response in enumerate(said):
                await say(tx, alert_id, therapist, response, minutes)
        assert await responses.tally(tx) == (2, 1)


async def test_what_is_shown_leaves_once(store: Store) -> None:
    """One letter for each message; shown again it stays no longer; gone, the letter is void."""
    async with store.transaction() as tx:
        therapist = await somebody(tx, "T-1", "therapist")
        for minutes in (0, 5):
            await shown_messages.begin(
                tx,
                person_id=therapist,
                message_id=7,
                kind="alert",
                subject_id="a",
                sent_at=T0 - MINUTE,
                at=T0 + minutes * MINUTE,
                until=T0 + (minutes + 10) * MINUTE,
            )
        [letter] = await tx.all("SELECT * FROM outbox")
        showing = await shown_messages.by_id(tx, letter["subject_id"])
        assert showing is not None
        assert (showing.message_id, showing.sent_at) == (7, T0 - MINUTE)
        assert await outbox.next_at(tx) == T0 + 10 * MINUTE
        await shown_messages.over(tx, person_id=therapist, message_id=7)
        await shown_messages.over(tx, person_id=therapist, message_id=7)
        assert await shown_messages.by_id(tx, letter["subject_id"]) is None
        assert await outbox.next_at(tx) is None


A_SEEN_ALERT = (
    "INSERT INTO people (id, code, role, language, zone, state, created_at) VALUES"
    " ('p', 'P-1', 'patient', 'en', 'UTC', 'active', 't0'),"
    " ('t', 'T-1', 'therapist', 'en', 'UTC', 'active', 't0')",
    "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes, instrument,"
    " quiet_from, quiet_to, state) VALUES ('s', 'p', 't0', 't0', 'UTC', 0, 'check_in_4', '21:00',"
    " '08:00', 'held'), ('u', 'p', 't1', 't1', 'UTC', 0, 'check_in_4', '21:00', '08:00', 'held')",
    "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version, state,"
    " due_at, closes_at) VALUES ('k', 's', 'p', 'check_in_4', 1, 'completed', 't0', 't0'),"
    " ('l', 'u', 'p', 'check_in_4', 1, 'completed', 't1', 't1')",
    "INSERT INTO alerts (id, checkin_id, patient_id, kind, state, evidence, detector, created_at,"
    " seen_at, seen_by) VALUES ('a', 'k', 'p', 'scores', 'seen', '{}', 'd 1', 't0', 'WHEN', 't'),"
    " ('b', 'l', 'p', 'scores', 'open', '{}', 'd 1', 't0', NULL, NULL)",
)


@on_both
async def test_what_was_seen_before_there_were_responses_stays_seen(tmp_path: Path) -> None:
    """The one response there was becomes the first of the new kind."""
    async with an_address(tmp_path, is_empty=True) as address:
        old = await open_database(address, sealing=SEALING)
        try:
            await migrate(old, now=T0, upto=2)
            async with old.transaction() as tx:
                for statement in A_SEEN_ALERT:
                    await tx.run(statement.replace("WHEN", at_text(T0)))
            await migrate(old, now=T0)
            async with old.reading() as tx:
                present = await responses.present(tx, "a")
                assert await responses.present(tx, "b") is None
        finally:
            await old.close()
    assert present is not None
    assert (present.response, present.therapist_code) == (Response.SEEN, "T-1")
    assert present.at == T0
