"""Therapists' responses: all are kept, the latest counts. Messages with answers are removed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from alliance.alerts.evidence import Evidence
from alliance.alerts.responses import Response
from alliance.rupture import Verdict, VerdictKind
from storage.alerts import alerts, responses
from storage.database.ids import new_id
from storage.database.open_database import open_database
from storage.database.tx import Store, Tx, utc_text
from storage.maintenance.migrate import migrate
from storage.messages import delivery, shown_messages
from storage.messages.shown_messages import ShownMessageKind
from storage.people import people
from tests.databases import ENCRYPTION, fresh_database_address, on_both_engines, open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FELL = Verdict(
    VerdictKind.SCORES, 0.5, 0.1, True, True, "bond", 3.0, 5.0, 6.0, 7.9, 9.7, None, 5, 0, 5
)
ON_RATINGS = Evidence(FELL)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        yield opened


async def add_person(tx: Tx, code: str, role: str) -> str:
    """Add a person and return their id."""
    return (await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)).id


async def an_alert(tx: Tx, patient_id: str, evidence: Evidence = ON_RATINGS) -> str:
    """Add a patient's alert with a session of its own and return its id."""
    at = utc_text(T0)
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
    alert_id = await alerts.raise_or_update(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=evidence,
        detector="hidden_markov 1",
        at=T0,
    )
    assert alert_id is not None
    return alert_id


async def respond(
    tx: Tx, alert_id: str, therapist_id: str, response: Response, minutes: int
) -> None:
    """Save a therapist's response, that many minutes after T0."""
    await responses.add(
        tx,
        alert_id=alert_id,
        therapist_id=therapist_id,
        response=response,
        at=T0 + minutes * MINUTE,
    )


async def test_the_latest_counts_and_all_are_kept(store: Store) -> None:
    """No matter whose it is; a snooze is not a response."""
    async with store.transaction() as tx:
        one, two = (
            await add_person(tx, "T-1", "therapist"),
            await add_person(tx, "T-2", "therapist"),
        )
        alert_id = await an_alert(tx, await add_person(tx, "P-1", "patient"))
        assert await responses.latest(tx, alert_id) is None
        await respond(tx, alert_id, one, Response.SEEN, 1)
        await respond(tx, alert_id, two, Response.TALKED, 2)
        await respond(tx, alert_id, one, Response.NOT_RUPTURE, 3)
        await responses.snooze(
            tx, alert_id=alert_id, therapist_id=two, until=T0 + 60 * MINUTE, at=T0 + 4 * MINUTE
        )
    async with store.read_transaction() as tx:
        current = await responses.latest(tx, alert_id)
        rows = await tx.all("SELECT kind FROM alert_responses ORDER BY at")
        until = await responses.snoozed_until(tx, alert_id=alert_id, therapist_id=two)
        other = await responses.snoozed_until(tx, alert_id=alert_id, therapist_id=one)
    assert current is not None
    assert (current.response, current.therapist_code) == (Response.NOT_RUPTURE, "T-1")
    assert current.at == T0 + 3 * MINUTE
    assert [row["kind"] for row in rows] == ["seen", "talked", "not_rupture", "snooze"]
    assert (until, other) == (T0 + 60 * MINUTE, None)


async def test_two_responses_at_the_same_time_have_an_order(store: Store) -> None:
    """Only the one that was saved last counts."""
    async with store.transaction() as tx:
        therapist = await add_person(tx, "T-1", "therapist")
        patient = await add_person(tx, "P-1", "patient")
        alert_id = await an_alert(tx, patient)
        await respond(tx, alert_id, therapist, Response.SEEN, 1)
        await respond(tx, alert_id, therapist, Response.TALKED, 1)
        current = await responses.of_patient(tx, patient)
    assert [one.response for one in current] == [Response.TALKED]


async def test_the_tally_counts_current_responses(store: Store) -> None:
    """The response "seen" does not count; alerts for a wish and of test patients are left out."""
    async with store.transaction() as tx:
        therapist = await add_person(tx, "T-1", "therapist")
        patient = await add_person(tx, "P-1", "patient")
        test = await add_person(tx, "P-0", "patient")
        await tx.run("UPDATE people SET is_test = 1 WHERE id = ?", test)
        assert await responses.tally(tx) == (0, 0)
        for patient_id, given, evidence in (
            (patient, (Response.TALKED,), ON_RATINGS),
            (patient, (Response.TALKED, Response.NOT_RUPTURE), ON_RATINGS),
            (patient, (Response.NOT_RUPTURE, Response.TALKED), ON_RATINGS),
            (patient, (Response.SEEN,), ON_RATINGS),
            (patient, (Response.TALKED, Response.SEEN), ON_RATINGS),
            (patient, (Response.TALKED,), Evidence(None)),
            (test, (Response.NOT_RUPTURE,), ON_RATINGS),
        ):
            alert_id = await an_alert(tx, patient_id, evidence)
            for minutes, response in enumerate(given):
                await respond(tx, alert_id, therapist, response, minutes)
        assert await responses.tally(tx) == (2, 1)


async def test_a_shown_message_is_removed_once(store: Store) -> None:
    """One removal per message; showing it again does not extend it; hiding it cancels it."""
    async with store.transaction() as tx:
        therapist = await add_person(tx, "T-1", "therapist")
        for minutes in (0, 5):
            await shown_messages.add(
                tx,
                person_id=therapist,
                message_id=7,
                kind=ShownMessageKind.ALERT,
                subject_id="a",
                sent_at=T0 - MINUTE,
                at=T0 + minutes * MINUTE,
                until=T0 + (minutes + 10) * MINUTE,
            )
        [removal] = await tx.all("SELECT * FROM outbox")
        shown = await shown_messages.by_id(tx, removal["subject_id"])
        assert shown is not None
        assert (shown.message_id, shown.sent_at) == (7, T0 - MINUTE)
        assert await delivery.next_at(tx) == T0 + 10 * MINUTE
        await shown_messages.remove(tx, person_id=therapist, message_id=7)
        await shown_messages.remove(tx, person_id=therapist, message_id=7)
        assert await shown_messages.by_id(tx, removal["subject_id"]) is None
        assert await delivery.next_at(tx) is None


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


@on_both_engines
async def test_an_alert_that_was_seen_before_the_migration_stays_seen(tmp_path: Path) -> None:
    """Its acknowledgement becomes its first response."""
    async with fresh_database_address(tmp_path, is_empty=True) as address:
        old = await open_database(address, encryption=ENCRYPTION)
        try:
            await migrate(old, now=T0, upto=2)
            async with old.transaction() as tx:
                for statement in A_SEEN_ALERT:
                    await tx.run(statement.replace("WHEN", utc_text(T0)))
            await migrate(old, now=T0)
            async with old.read_transaction() as tx:
                current = await responses.latest(tx, "a")
                assert await responses.latest(tx, "b") is None
        finally:
            await old.close()
    assert current is not None
    assert (current.response, current.therapist_code) == (Response.SEEN, "T-1")
    assert current.at == T0
