"""Health and metrics over HTTP are correct and contain no personal data."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from alliance.errors import BadSettings
from bot.web.health import NO_CONTACT_SECONDS, health_routes, serve_app
from bot.web.metrics import ProcessStatus
from storage.database import postgres
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import migrate
from storage.messages.post import post_prompt
from storage.people import people
from tests.databases import ENCRYPTION, fresh_database_address, open_fresh_store
from tests.servers import drop_database

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A clinic with one check-in that has been in the outbox for an hour."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            patient = await people.add(
                tx, code="P-SECRET", role="patient", language="en", zone="UTC", at=T0
            )
            await post_prompt(
                tx, checkin_id="c1", patient_id=patient.id, at=T0 - timedelta(hours=1)
            )
        yield opened


async def fetch(store: Store, status: ProcessStatus, path: str) -> tuple[int, str]:
    """Return the HTTP status and the text of one page."""
    app = Starlette(routes=list(health_routes(store, status, lambda: T0)))
    async with (
        serve_app(app, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as reply,
    ):
        return reply.status, await reply.text()


async def test_a_working_bot_is_alive_and_ready(store: Store) -> None:
    """Both pages return 200 while polling and the scheduler work."""
    process = ProcessStatus()
    assert (await fetch(store, process, "/healthz"))[0] == 200
    assert (await fetch(store, process, "/readyz")) == (200, '{"ready":true,"wrong":[]}')


async def test_a_bot_without_contact_is_not_ready(store: Store) -> None:
    """It is still alive, as the watchdog decides on a restart."""
    process = ProcessStatus()
    process.last_contact_at -= NO_CONTACT_SECONDS + 1
    status, text = await fetch(store, process, "/readyz")
    assert status == 503
    assert "Telegram has not answered" in text
    assert (await fetch(store, process, "/healthz"))[0] == 200


@pytest.mark.postgresql_only("a database on a server that can be dropped")
@pytest.mark.fault("the PostgreSQL database is dropped while the bot runs")
async def test_a_missing_database_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database is dropped while the bot runs, the page returns 503."""
    monkeypatch.setattr(postgres, "OPENING_SECONDS", 0.5)
    async with fresh_database_address(tmp_path, "postgresql") as address:
        gone = await open_database(address, encryption=ENCRYPTION)
        try:
            await migrate(gone, now=T0)
            await asyncio.to_thread(drop_database, address.partition("@/")[2].partition("?")[0])
            status, text = await fetch(gone, ProcessStatus(), "/readyz")
            assert status == 503
            assert "database" in text
            assert (await fetch(gone, ProcessStatus(), "/metrics"))[0] == 503
        finally:
            await gone.close()


async def test_metrics_show_queues_and_no_personal_data(store: Store) -> None:
    """They show messages and their age, ticks and updates, but no code or id."""
    process = ProcessStatus()
    process.update_seconds.observe(0.02)
    process.record_tick(0.003)
    status, text = await fetch(store, process, "/metrics")
    assert status == 200
    assert 'attune_letters_waiting{kind="prompt"} 1.0' in text
    assert "attune_letter_age_seconds 3600.0" in text
    assert 'attune_update_seconds_bucket{le="0.025"} 1.0' in text
    assert "attune_tick_seconds_count 1.0" in text
    assert "SECRET" not in text
    async with store.read_transaction() as tx:
        ids = [row["id"] for row in await tx.all("SELECT id FROM people")]
    assert not [one for one in ids if one in text]


async def test_a_port_in_use_is_named(store: Store) -> None:
    """One sentence names the port, so that another one can be chosen."""
    app = Starlette(routes=list(health_routes(store, ProcessStatus(), lambda: T0)))
    other = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    async with other:
        with pytest.raises(BadSettings, match=str(port)):
            async with serve_app(app, host="127.0.0.1", port=port):
                pass
