"""A database that an earlier version wrote opens today, and everything in it goes on."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from alliance.alerts.episodes import Stage
from bot.config.settings import Settings
from storage.audit import verification
from storage.checkins import comments
from storage.conversations import conversations
from storage.database.open_database import open_database
from storage.database.tx import Store, Tx, utc_time
from storage.files import imports
from storage.maintenance.backup import back_up, count_rows, decrypt
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import check_keys, verify_encrypted_texts
from storage.messages import coordinator_notices, post
from storage.messages.kinds_and_priorities import MessageKind, Trouble
from storage.messages.payloads import (
    DigestPayload,
    EpisodePayload,
    HeartbeatPayload,
    Payload,
    TroublePayload,
    payload_from_json,
)
from storage.people import accounts, people
from tests.handlers.channel import Conversation
from tests.handlers.clinic import HandlerClinic
from tests.storage.maintenance.earlier_version import (
    FILE,
    STOPPED_AT,
    encryption,
    open_unmigrated,
    rows_of,
)
from tests.storage.maintenance.test_migrate import open_new_store, schema_of

LATER = STOPPED_AT + timedelta(minutes=30)
"""When today's version starts: all that waited is due."""

RENAMED_TABLES = {
    "heard": "processed_updates",
    "pulses": "internal_heartbeats",
    "wizards": "conversations",
    "silences": "unreachable_periods",
    "paces": "send_limits",
    "showings": "visible_answers",
    "guesses": "failed_links",
    "facts": "key_values",
}
SETTINGS = {
    "ATTUNE_TELEGRAM_TOKEN": "123456:ABCdef",
    "ATTUNE_PAGE_URL": "https://answers.example.org",
    "ATTUNE_COMMENTS": "true",
}


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """The earlier version's database, migrated."""
    async with open_unmigrated(tmp_path, engine) as opened:
        await migrate(opened, now=LATER)
        yield opened


@pytest_asyncio.fixture
async def clinic(store: Store) -> HandlerClinic:
    """Today's handlers on it, and a conversation for everybody."""
    clinic = HandlerClinic(store, Settings.read(SETTINGS))
    clinic.now = LATER
    async with store.read_transaction() as tx:
        clinic.coordinator = await _open_conversation(clinic, tx, "C-1")
        clinic.therapist = await _open_conversation(clinic, tx, "T-1")
        clinic.patient = await _open_conversation(clinic, tx, "P-1")
        for code in ("C-2", "T-2", "P-2", "P-3"):
            await _open_conversation(clinic, tx, code)
    return clinic


async def _open_conversation(clinic: HandlerClinic, tx: Tx, code: str) -> Conversation:
    account_id = await accounts.of_person(tx, await _id_of(tx, code))
    assert account_id is not None
    return clinic.channel.open(account_id)


async def _id_of(tx: Tx, code: str) -> str:
    person = await people.by_code(tx, code)
    assert person is not None
    return person.id


async def _rows(tx: Tx, query: str) -> list[tuple[Any, ...]]:
    """Return rows as tuples, in an order that is the same on every database."""
    found = [dict(row) for row in await tx.all(query)]  # type: ignore[call-overload]
    return sorted((tuple(row.values()) for row in found), key=repr)


async def _messages(tx: Tx, kind: MessageKind) -> dict[str, Payload]:
    """Return the payloads of all messages of a kind, by key."""
    rows = await tx.all("SELECT key, payload FROM outbox WHERE kind = ?", kind)
    return {row["key"]: payload_from_json(kind, row["payload"]) for row in rows}


async def test_it_gets_the_schema_of_a_new_database(store: Store, tmp_path: Path) -> None:
    """Released migrations are never edited: a change is a new one."""
    (tmp_path / "fresh").mkdir()
    async with open_new_store(tmp_path / "fresh", is_empty=False) as fresh:
        assert await schema_of(store) == await schema_of(fresh)


async def test_renamed_tables_keep_their_rows(store: Store) -> None:
    """Nothing is lost or changed on the way."""
    async with store.read_transaction() as tx:
        for old, new in RENAMED_TABLES.items():
            before = sorted((tuple(row.values()) for row in rows_of(old)), key=repr)
            assert before
            assert await _rows(tx, f"SELECT * FROM {new}") == before


async def test_what_was_encrypted_opens(store: Store) -> None:
    """Texts bound to the old tables' names, too; and the audit log's chain holds."""
    await check_keys(store)
    async with store.transaction() as tx:
        assert await verify_encrypted_texts(tx) == len(rows_of("accounts")) + 4
        conversation = await conversations.of_person(tx, await _id_of(tx, "C-1"))
        assert conversation is not None
        assert (conversation.kind, conversation.step) == ("plan", "time")
        assert conversation.filled["days"]
        [comment] = await comments.of_patient(tx, await _id_of(tx, "P-1"), limit=9)
        assert comment.text == "It was better this time."
        assert (await imports.identity_hasher(tx))("one@example.org")
        assert not (await verification.verify(tx)).breaks


async def test_what_a_message_is_about_is_read_out_of_its_key(store: Store) -> None:
    """Of every message, waiting or sent, the migration makes a payload of its kind."""
    async with store.read_transaction() as tx:
        kinds = {MessageKind(row["kind"]) for row in rows_of("outbox")}
        assert len(kinds) == 18
        for kind in kinds:
            assert await _messages(tx, kind), kind
        therapist = await _id_of(tx, "T-1")
        digests = await _messages(tx, MessageKind.DIGEST)
        assert digests[f"digest:{therapist}:2026-04-14"] == DigestPayload(date(2026, 4, 14))
        episodes = await _messages(tx, MessageKind.EPISODE)
        [alert] = rows_of("alerts")
        assert set(episodes.values()) == {
            EpisodePayload(alert["id"], Stage.RECOVERED),
            EpisodePayload(alert["id"], Stage.UNREPAIRED),
        }
        heartbeats = await _messages(tx, MessageKind.HEARTBEAT)
        assert HeartbeatPayload(until=STOPPED_AT) in heartbeats.values()
        troubles = await _messages(tx, MessageKind.TROUBLE)
        told = {payload for payload in troubles.values() if isinstance(payload, TroublePayload)}
        assert len({payload.trouble for payload in told}) == 11
        assert TroublePayload(Trouble.UNREACHABLE, person_id=await _id_of(tx, "P-3")) in told
        [plan] = rows_of("plans")
        assert TroublePayload(Trouble.PLAN_ENDS, plan_id=plan["id"]) in told
        [late] = [row for row in rows_of("audit") if row["action"] == "clock.late"]
        assert TroublePayload(Trouble.LATE, audit_number=late["number"]) in told


async def test_what_waited_is_composed_and_sent(clinic: HandlerClinic) -> None:
    """All but the news of an episode that has another stage by now."""
    waiting = [row["key"] for row in rows_of("outbox") if row["state"] == "new"]
    await clinic.deliver()
    async with clinic.store.read_transaction() as tx:
        marks = ", ".join("?" for _ in waiting)
        rows = await tx.all(f"SELECT key, state FROM outbox WHERE key IN ({marks})", *waiting)
    unsent = {row["key"].partition(":")[0] for row in rows if row["state"] != "sent"}
    assert (len(rows), unsent) == (len(waiting), {"unrepaired"})
    texts = "\n".join(screen.text for screen in clinic.coordinator.messages.values())
    assert "P-3" in texts


async def test_what_was_posted_before_is_not_posted_again(store: Store) -> None:
    """Today's functions make the keys that were made then."""
    async with store.transaction() as tx:
        before = await _rows(tx, "SELECT key, payload FROM outbox")
        c1, t1, t2, p1 = [await _id_of(tx, code) for code in ("C-1", "T-1", "T-2", "P-1")]
        [alert], [plan] = rows_of("alerts"), rows_of("plans")
        asked = [row for row in rows_of("checkins") if row["patient_id"] == p1]
        last = max(asked, key=lambda row: str(row["due_at"]))
        again = [
            await post.post_prompt(tx, checkin_id=last["id"], patient_id=p1, at=LATER),
            await post.post_lock(
                tx, checkin_id=last["id"], patient_id=p1, locks_at=LATER, at=LATER
            ),
            await post.post_close(tx, checkin_id=last["id"], patient_id=p1, at=LATER),
            await post.post_alert(
                tx, alert_id=alert["id"], therapist_id=t1, at=LATER, not_before=LATER
            ),
            await post.post_alert_again(
                tx, alert_id=alert["id"], therapist_id=t2, at=LATER, not_before=LATER
            ),
            await post.post_unseen(
                tx, alert_id=alert["id"], coordinator_id=c1, at=LATER, not_before=LATER
            ),
            await post.post_seen(tx, alert_id=alert["id"], patient_id=p1, at=LATER),
            await post.post_episode(
                tx,
                episode_id=alert["id"],
                stage=Stage.RECOVERED,
                checkin_id=last["id"],
                therapist_id=t1,
                at=LATER,
                not_before=LATER,
            ),
            await post.post_digest(tx, therapist_id=t1, day=date(2026, 4, 14), at=LATER),
            await post.post_heartbeat(
                tx, coordinator_id=c1, due_at=utc_time("2026-04-08T08:00+00:00"), at=LATER
            ),
            await coordinator_notices.notify_plan_ending(tx, plan_id=plan["id"], at=LATER),
        ]
        await coordinator_notices.notify_no_backup(tx, at=LATER)
        await coordinator_notices.notify_undelivered(
            tx, person=await people.by_id(tx, await _id_of(tx, "P-2")), at=LATER
        )
        assert not any(again)
        assert await _rows(tx, "SELECT key, payload FROM outbox") == before


async def test_an_open_conversation_continues(clinic: HandlerClinic) -> None:
    """The coordinator who had chosen the day now types the time."""
    text = await clinic.write(clinic.coordinator, "14:30")
    assert "14:30" in text
    assert "Save" in clinic.coordinator.labels


@pytest.mark.sqlite_only("a server is backed up by its own means")
async def test_a_backup_of_the_earlier_version_is_restored(tmp_path: Path) -> None:
    """It opens, is counted, and migrates as the file itself does."""
    made = back_up(FILE, tmp_path, encryption=encryption(), at=STOPPED_AT)
    decrypt(made.path, tmp_path / "restored.db", encryption=encryption())
    assert count_rows(tmp_path / "restored.db") == made.rows
    store = await open_database(f"sqlite:///{tmp_path / 'restored.db'}", encryption=encryption())
    await migrate(store, now=LATER)
    async with store.read_transaction() as tx:
        assert len(await _rows(tx, "SELECT id FROM outbox")) == made.rows["outbox"]
        [row] = await tx.all("SELECT payload FROM outbox WHERE kind = 'hide'")
        assert list(json.loads(row["payload"])) == ["shown_message_id"]
    await store.close()
